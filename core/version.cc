// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/version.h"

namespace tracebus {
inline namespace v1 {

std::string_view version() noexcept { return TRACEBUS_VERSION; }

}  // namespace v1
}  // namespace tracebus
