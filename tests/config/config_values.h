// SPDX-License-Identifier: Apache-2.0
//
// What the tests of config files have in common.
#ifndef TRACEBUS_TESTS_CONFIG_CONFIG_VALUES_H_
#define TRACEBUS_TESTS_CONFIG_CONFIG_VALUES_H_

#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "tracebus/config/config_file.h"
#include "tracebus/config/exporter_factory.h"

namespace tracebus::testing {

// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* const name_;
};

inline absl::StatusOr<Config> parsed(const std::string& json, bool may_hold_secrets = false) {
  return parse_config(json, "c.json", {.factory = exporter_factory()}, may_hold_secrets);
}

// Every line of what is wrong with it; empty if nothing is.
inline std::string errors_of(const std::string& json) {
  return std::string(parsed(json).status().message());
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CONFIG_CONFIG_VALUES_H_
