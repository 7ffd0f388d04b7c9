// SPDX-License-Identifier: Apache-2.0
//
// How much of a long loop a test does: a little on every run, all of it with TRACEBUS_FULL=1, and
// less under sanitizers, which make each step slow.
#ifndef TRACEBUS_TESTS_BUS_TEST_SCALE_H_
#define TRACEBUS_TESTS_BUS_TEST_SCALE_H_

#include <chrono>
#include <cstdlib>
#include <string_view>

namespace tracebus::testing {

#if defined(__SANITIZE_THREAD__)
inline constexpr int kSanitizerSlowness = 10;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int kSanitizerSlowness = 4;
#else
inline constexpr int kSanitizerSlowness = 1;
#endif

inline bool full_scale() {
  const char* const full = std::getenv("TRACEBUS_FULL");
  return full != nullptr && std::string_view(full) != "0";
}

// So many rounds of something.
inline int rounds(int quick, int full) {
  const int asked = full_scale() ? full : quick;
  return asked < kSanitizerSlowness ? 1 : asked / kSanitizerSlowness;
}

// How long something may take, on this build.
template <class Rep, class Period>
constexpr auto within(std::chrono::duration<Rep, Period> time) {
  return time * kSanitizerSlowness;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_TEST_SCALE_H_
