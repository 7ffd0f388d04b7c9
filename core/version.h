// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_CORE_VERSION_H_
#define TRACEBUS_CORE_VERSION_H_

#include <string_view>

namespace tracebus {
inline namespace v1 {

// Of this library, as "0.1.0", for those who are told who speaks to them.
std::string_view version() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VERSION_H_
