// SPDX-License-Identifier: Apache-2.0
//
// The environment as a carrier between processes: TRACEPARENT, TRACESTATE and BAGGAGE
// (OpenTelemetry, "Environment Variables as Context Propagation Carriers").
//
//   ChildEnvironment environment;                  // in a process that starts a tool
//   inject(Context::current(), environment);
//   posix_spawn(&pid, path, nullptr, nullptr, argv, environment.envp());
//
//   const ContinuedTrace trace = continue_trace(extract(ProcessEnvironment()));  // in the tool
#ifndef TRACEBUS_TRACE_ENVIRONMENT_CARRIER_H_
#define TRACEBUS_TRACE_ENVIRONMENT_CARRIER_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

// A name as a variable's: letters in upper case, '_' for what is neither letter nor digit, and
// before a digit that it would begin with.
std::string environment_name(std::string_view name);

// This process's variables, to read. An empty one counts as not set. Thread safety: while nobody
// changes the environment (see getenv(3)).
class ProcessEnvironment {
 public:
  std::optional<std::string_view> get(std::string_view name) const;
};

// Variables for a process that is to be started; this one's own are never changed. Thread safety:
// none.
class ChildEnvironment {
 public:
  // With what this process has, while nobody changes that; or with nothing.
  ChildEnvironment();
  static ChildEnvironment empty() { return ChildEnvironment(std::vector<std::string>()); }

  std::optional<std::string_view> get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void erase(std::string_view name);

  // For posix_spawn and execve: "NAME=value" each, and a null at the end. Valid until the next
  // change. A value is kept up to its first zero byte.
  char* const* envp();

 private:
  explicit ChildEnvironment(std::vector<std::string> variables)
      : variables_(std::move(variables)) {}

  std::vector<std::string> variables_;
  std::vector<char*> pointers_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_ENVIRONMENT_CARRIER_H_
