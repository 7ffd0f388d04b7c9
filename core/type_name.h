// SPDX-License-Identifier: Apache-2.0
//
// What a type is called in the source, as "std::runtime_error".
#ifndef TRACEBUS_CORE_TYPE_NAME_H_
#define TRACEBUS_CORE_TYPE_NAME_H_

#include <string>
#include <typeinfo>

namespace tracebus {
inline namespace v1 {

std::string type_name_of(const std::type_info& type);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_TYPE_NAME_H_
