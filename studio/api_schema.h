// SPDX-License-Identifier: Apache-2.0
//
// The OpenAPI 3.1 document of api.md (api_schema.json), which is compiled in.
#ifndef TRACEBUS_STUDIO_API_SCHEMA_H_
#define TRACEBUS_STUDIO_API_SCHEMA_H_

#include <string_view>

namespace tracebus {
inline namespace v1 {

std::string_view api_schema() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_API_SCHEMA_H_
