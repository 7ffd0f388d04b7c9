// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/datadog/span_receiver.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace tracebus::testing {
namespace {

// Of MessagePack what the exporter writes; node_agent_test.cc proves that others read it so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::size_t array() { return count(0x90, 0xDC, 0xDD); }
  std::size_t map() { return count(0x80, 0xDE, 0xDF); }

  std::string text() {
    const unsigned head = byte();
    std::size_t size = head & 0x1F;
    if (head == 0xD9) size = number(1);
    if (head == 0xDA) size = number(2);
    if (head == 0xDB) size = number(4);
    EXPECT_TRUE((head & 0xE0) == 0xA0 || (head >= 0xD9 && head <= 0xDB)) << "no text: " << head;
    const std::string text(rest_.substr(0, size));
    rest_.remove_prefix(std::min(size, rest_.size()));
    return text;
  }
  std::uint64_t integer() {
    const unsigned head = byte();
    if (head < 0x80) return head;
    EXPECT_EQ(head, 0xCFu);
    return number(8);
  }
  double real() {
    EXPECT_EQ(byte(), 0xCBu);
    return std::bit_cast<double>(number(8));
  }

 private:
  unsigned byte() { return static_cast<unsigned>(number(1)); }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      if (rest_.empty()) {
        ADD_FAILURE() << "a body that breaks off";
        return 0;
      }
      value = value << 8 | static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
    }
    return value;
  }
  std::size_t count(unsigned small, unsigned head16, unsigned head32) {
    const unsigned head = byte();
    if (head == head16) return number(2);
    if (head == head32) return number(4);
    EXPECT_EQ(head & 0xF0, small);
    return head & 0x0F;
  }

  std::string_view rest_;
};

struct ReadSpan {
  std::uint64_t trace_id = 0;
  std::int64_t number = -1;
};

ReadSpan read_span(Reader& reader) {
  ReadSpan span;
  for (std::size_t members = reader.map(); members > 0; --members) {
    const std::string name = reader.text();
    if (name == "meta") {
      for (std::size_t count = 2 * reader.map(); count > 0; --count) reader.text();
    } else if (name == "metrics") {
      for (std::size_t count = reader.map(); count > 0; --count) {
        const std::string metric = reader.text();
        const double value = reader.real();
        if (metric == "n") span.number = static_cast<std::int64_t>(value);
      }
    } else if (name == "service" || name == "name" || name == "resource" || name == "type") {
      reader.text();
    } else {
      const std::uint64_t value = reader.integer();
      if (name == "trace_id") span.trace_id = value;
    }
    if (::testing::Test::HasFailure()) break;
  }
  return span;
}

}  // namespace

std::multiset<std::int64_t> SpanReceiver::take(const RequestHead& head, std::string_view body) {
  Reader reader(body);
  std::multiset<std::int64_t> numbers;
  std::set<std::uint64_t> traces;
  const std::size_t count = reader.array();
  EXPECT_EQ(head.header("X-Datadog-Trace-Count"), std::to_string(count));
  for (std::size_t i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
    const std::size_t spans = reader.array();
    EXPECT_GT(spans, 0u);
    std::uint64_t trace_id = 0;
    for (std::size_t j = 0; j < spans && !::testing::Test::HasFailure(); ++j) {
      const ReadSpan span = read_span(reader);
      if (j == 0) {
        trace_id = span.trace_id;
        EXPECT_TRUE(traces.insert(trace_id).second) << "a trace in two arrays";
      }
      EXPECT_EQ(span.trace_id, trace_id);
      numbers.insert(span.number);
    }
  }
  EXPECT_TRUE(reader.at_end());
  const std::lock_guard lock(mutex_);
  numbers_.insert(numbers.begin(), numbers.end());
  return numbers;
}

std::multiset<std::int64_t> SpanReceiver::numbers() const {
  const std::lock_guard lock(mutex_);
  return numbers_;
}

std::size_t SpanReceiver::distinct() const {
  const std::lock_guard lock(mutex_);
  return std::set<std::int64_t>(numbers_.begin(), numbers_.end()).size();
}

}  // namespace tracebus::testing
