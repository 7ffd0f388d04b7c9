// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the commands that look at traces share.
#ifndef TRACEBUS_TESTS_TOOLS_LOOK_LOOK_FIXTURE_H_
#define TRACEBUS_TESTS_TOOLS_LOOK_LOOK_FIXTURE_H_

#include <simdjson.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus::testing {

inline const std::string kSample = TRACEBUS_TEST_DATA "/traces/pyagent_sample_trace.jsonl";

// What the program prints, which must end well.
inline std::string output_of(const std::vector<std::string>& arguments) {
  const ProgramResult result = run_program(arguments);
  if (result.status != 0) throw std::runtime_error(result.out + result.err);
  return result.out;
}

// The same as a document; parser keeps it.
inline simdjson::dom::element json_of(simdjson::dom::parser& parser,
                                      const std::vector<std::string>& arguments) {
  return parser.parse(simdjson::padded_string(output_of(arguments))).value();
}

inline std::string text_at(simdjson::dom::element element, std::string_view pointer) {
  return std::string(element.at_pointer(pointer).get_string().value());
}
inline double number_at(simdjson::dom::element element, std::string_view pointer) {
  return element.at_pointer(pointer).get_double().value();
}
inline std::int64_t count_at(simdjson::dom::element element, std::string_view pointer) {
  return element.at_pointer(pointer).get_int64().value();
}

// Waits until it holds; false after a minute.
inline bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

inline void append_line(const std::string& path, const std::string& line) {
  std::ofstream(path, std::ios::binary | std::ios::app) << line << "\n";
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TOOLS_LOOK_LOOK_FIXTURE_H_
