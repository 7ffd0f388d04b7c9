// SPDX-License-Identifier: Apache-2.0
//
// RunName: how a run with an id of ours is named among texts: a zero byte, which begins no text,
// and the id.
#ifndef TRACEBUS_TRACE_RUN_NAME_H_
#define TRACEBUS_TRACE_RUN_NAME_H_

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

using RunName = std::array<char, 1 + sizeof(RunId)>;

inline std::string_view write_run_name(const RunId& run, RunName& name) noexcept {
  name[0] = '\0';
  std::memcpy(&name[1], run.bytes.data(), sizeof run);
  return {name.data(), name.size()};
}

// For people: the id's digits, or the foreign text.
inline std::string run_display_name(std::string_view name) {
  if (name.size() != sizeof(RunName) || name[0] != '\0') return std::string(name);
  RunId run;
  name.substr(1).copy(reinterpret_cast<char*>(run.bytes.data()), sizeof run);
  return run.hex();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RUN_NAME_H_
