// SPDX-License-Identifier: Apache-2.0
//
// Header values drawn from a seed: well-formed ones, damaged ones, and bytes.
#ifndef TRACEBUS_TESTS_TRACE_RANDOM_HEADER_H_
#define TRACEBUS_TESTS_TRACE_RANDOM_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "tracebus/trace/baggage.h"
#include "tracebus/trace/trace_parent.h"
#include "tracebus/trace/trace_state.h"

namespace tracebus::testing {

class RandomHeader {
 public:
  explicit RandomHeader(std::uint64_t seed) : random_(seed) {}

  TraceParent trace_parent();
  TraceState trace_state();
  Baggage baggage();  // with values of any UTF-8

  // Up to bytes_max characters of the alphabet; of all bytes if it is empty.
  std::string text(std::string_view alphabet, std::size_t bytes_max);
  // Some bytes changed, left out, doubled or put elsewhere.
  std::string damaged(std::string text);
  // Any number below bound, which is not 0.
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  std::string utf8(std::size_t characters_max);

  std::mt19937_64 random_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_RANDOM_HEADER_H_
