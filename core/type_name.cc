// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/type_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace tracebus {
inline namespace v1 {

std::string type_name_of(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : type.name();
}

}  // namespace v1
}  // namespace tracebus
