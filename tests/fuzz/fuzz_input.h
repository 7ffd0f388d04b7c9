// SPDX-License-Identifier: Apache-2.0
//
// FuzzInput: choices made from the bytes that a fuzzer gives. Once they are used up all are 0.
#ifndef TRACEBUS_TESTS_FUZZ_FUZZ_INPUT_H_
#define TRACEBUS_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace tracebus::testing {

// What libFuzzer takes for a crash, with all assertions off too.
inline void require(bool holds) {
  if (!holds) std::abort();
}

class FuzzInput {
 public:
  explicit FuzzInput(std::string_view bytes) noexcept : left_(bytes) {}

  bool empty() const noexcept { return left_.empty(); }
  std::uint8_t byte() noexcept { return number<std::uint8_t>(); }
  std::size_t below(std::size_t bound) noexcept { return byte() % bound; }  // bound: up to 256
  template <class T>
  T number() noexcept {
    T value{};
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  // Borrows the input.
  std::string_view text(std::size_t length_max) noexcept { return take(below(length_max + 1)); }
  std::string_view rest() noexcept { return take(left_.size()); }

 private:
  std::string_view take(std::size_t bytes) noexcept {
    const std::string_view taken = left_.substr(0, std::min(bytes, left_.size()));
    left_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view left_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_FUZZ_FUZZ_INPUT_H_
