// SPDX-License-Identifier: Apache-2.0
//
// Violation: a place where a file breaks a rule of the house.
#ifndef TRACEBUS_TESTS_TIDY_VIOLATION_H_
#define TRACEBUS_TESTS_TIDY_VIOLATION_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace tracebus::tidy {

struct Violation {
  std::string path;
  std::size_t line;  // from 1
  std::string rule;
};
using Violations = std::vector<Violation>;

inline std::ostream& operator<<(std::ostream& out, const Violation& violation) {
  return out << violation.path << ":" << violation.line << ": " << violation.rule;
}

inline std::ostream& operator<<(std::ostream& out, const Violations& violations) {
  for (const Violation& violation : violations) out << violation << "\n";
  return out;
}

}  // namespace tracebus::tidy

#endif  // TRACEBUS_TESTS_TIDY_VIOLATION_H_
