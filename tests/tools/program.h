// SPDX-License-Identifier: Apache-2.0
//
// Runs the tracebus program as a user does, and keeps what it said.
#ifndef TRACEBUS_TESTS_TOOLS_PROGRAM_H_
#define TRACEBUS_TESTS_TOOLS_PROGRAM_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {

struct ProgramResult {
  int status = -1;  // of exit; 128 + signal if a signal ended it
  std::string out;
  std::string err;
};

// A program that runs beside the test.
class RunningProgram {
 public:
  // Standard input: the file; empty: nothing.
  explicit RunningProgram(const std::vector<std::string>& arguments,
                          const std::string& in = {});
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();

  void send_signal(int signal) const;
  std::string out_so_far() const;
  std::string err_so_far() const;
  ProgramResult wait();

 private:
  TemporaryFolder folder_;
  pid_t process_ = -1;
};

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& in = {});

// The figures of the demo's last line.
struct Account {
  std::uint64_t emitted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
};

// Nothing unless the last line is exactly of this form.
std::optional<Account> account_of(const std::string& out);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TOOLS_PROGRAM_H_
