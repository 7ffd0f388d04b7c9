// SPDX-License-Identifier: Apache-2.0
//
// Random events from a seed: every type of value, nested ones, registered and unknown keys and
// types, ids of all kinds, and given times of any year.
#ifndef TRACEBUS_TESTS_CORE_RANDOM_EVENT_H_
#define TRACEBUS_TESTS_CORE_RANDOM_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>

#include "tracebus/core/event.h"
#include "tracebus/core/value_view.h"

namespace tracebus::testing {

class EventGenerator {
 public:
  explicit EventGenerator(std::uint64_t seed) : random_(seed) {}

  // Valid until the next call.
  const TraceEvent& next();
  // Text of any bytes: ASCII, well-formed and ill-formed UTF-8, control characters, quotes.
  // Valid until the next event.
  std::string_view text(std::size_t length_max);
  Value value(int depth_max);
  Timestamp timestamp();
  double real();
  std::int64_t integer();

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t chances) { return below(chances) == 0; }
  void append_character(std::string& text, std::uint64_t kind);
  std::string_view key();
  template <class Id>
  Id id() {
    Id made;
    for (auto& byte : made.bytes) byte = static_cast<std::uint8_t>(random_());
    return made;
  }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;  // what the event borrows
  TraceEvent event_;
};

// Doubles are the same when their bits are.
bool same(const Value& given, const ValueView& seen);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_RANDOM_EVENT_H_
