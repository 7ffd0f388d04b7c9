// SPDX-License-Identifier: Apache-2.0
//
// Random entries of recordings from a seed, of all that JSON can say.
#ifndef TRACEBUS_TESTS_TRACE_RANDOM_ENTRY_H_
#define TRACEBUS_TESTS_TRACE_RANDOM_ENTRY_H_

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/utf8.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/trace/recorder.h"

namespace tracebus::testing {

class RandomEntries {
 public:
  explicit RandomEntries(std::uint64_t seed) : random_(seed), events_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  // Of well-formed UTF-8: what is not would come back as U+FFFD.
  std::string text() {
    const std::string_view any = events_.text(40);
    std::string valid;
    for (std::string_view rest = any; !rest.empty();) {
      const Utf8Sequence sequence = first_utf8_sequence(rest);
      valid += sequence.valid ? rest.substr(0, sequence.length) : kReplacementCharacter;
      rest.remove_prefix(sequence.length);
    }
    return valid;
  }

  RecordedMessage message() {
    RecordedMessage made{.role = below(3) == 0 ? text() : "user", .content = text()};
    if (below(3) == 0) made.name = text();
    return made;
  }

  // A double that is one in JSON too.
  double real() {
    const double any = events_.real();
    return std::isfinite(any) ? any : 0.5;
  }

  // Texts that it borrows live as long as this.
  Value value(int depth) {
    switch (below(depth == 0 ? 5 : 7)) {
      case 0:
        return {};
      case 1:
        return below(2) == 0;
      case 2:
        return events_.integer();
      case 3:
        return real();
      case 4:
        return keep(text());
      case 5: {
        Value::Array items;
        for (std::uint64_t i = below(4); i > 0; --i) items.push_back(value(depth - 1));
        return Value::array(std::move(items));
      }
      default: {
        Value::Object members;
        for (std::uint64_t i = below(4); i > 0; --i) {
          members.push_back({keep(std::to_string(i) + text()), value(depth - 1)});
        }
        return Value::object(std::move(members));
      }
    }
  }

  RecordedLlmCall call() {
    RecordedLlmCall made{.agent_name = keep(text()), .response = keep(text())};
    for (std::uint64_t i = below(4); i > 0; --i) made.messages.push_back(message());
    for (std::uint64_t i = below(4); i > 0; --i) made.metadata.add(keep("k" + text()), value(3));
    if (below(2) == 0) made.model = keep(text());
    if (below(2) == 0) made.input_tokens = below(100000);
    if (below(2) == 0) made.output_tokens = below(100000);
    if (below(2) == 0) made.cost_usd = static_cast<double>(below(1'000'000'000'000)) / 1e9;
    if (below(4) == 0) made.error = keep(text());
    return made;
  }

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  std::mt19937_64 random_;
  EventGenerator events_;
  std::deque<std::string> texts_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_RANDOM_ENTRY_H_
