// SPDX-License-Identifier: Apache-2.0
//
// A descriptor whose output a test reads back.
#ifndef TRACEBUS_TESTS_EXPORTERS_CAPTURED_OUTPUT_H_
#define TRACEBUS_TESTS_EXPORTERS_CAPTURED_OUTPUT_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <string>

namespace tracebus::testing {

class CapturedOutput {
 public:
  CapturedOutput() : descriptor_(::memfd_create("captured", MFD_CLOEXEC)) {}
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;
  ~CapturedOutput() { ::close(descriptor_); }

  int descriptor() const { return descriptor_; }

  std::string text() const {
    std::string text(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
    const ssize_t read = ::pread(descriptor_, text.data(), text.size(), 0);
    return read == static_cast<ssize_t>(text.size()) ? text : "unreadable";
  }

 private:
  const int descriptor_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_CAPTURED_OUTPUT_H_
