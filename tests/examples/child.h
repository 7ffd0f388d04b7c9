// SPDX-License-Identifier: Apache-2.0
//
// Child: an example program that runs beside a test, and what it printed.
#ifndef TRACEBUS_TESTS_EXAMPLES_CHILD_H_
#define TRACEBUS_TESTS_EXAMPLES_CHILD_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {

class Child {
 public:
  // command: the program's path and its arguments. environment: as of execve; null: this
  // process's.
  explicit Child(const std::vector<std::string>& command, char* const* environment = nullptr);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Kills one that was not waited for.
  ~Child();

  std::string printed() const { return read_file(folder_.file("out")); }
  // What exit was given; 128 + signal if a signal ended it, also that of ours where it did not end
  // in time.
  int wait();

 private:
  bool has_ended();

  TemporaryFolder folder_;
  pid_t id_ = -1;
  int status_ = 0;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXAMPLES_CHILD_H_
