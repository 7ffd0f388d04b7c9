// SPDX-License-Identifier: Apache-2.0
//
// Random trees of spans on several threads, some of which go on on a thread of their own, and some
// of which fail by exceptions. The oracle is what each thread wrote down when it made a span; the
// judge is what a subscriber received: for each span one start and one end that say so, and an
// `error` before the end where its kind has no end of its own for errors.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Seen;
using testing::SeenList;

struct Expected {
  EventIds ids;
  SpanKind kind = SpanKind::kChain;
  std::string name;
  std::string agent;
  std::string pattern;
  SpanStatus status = SpanStatus::kUnset;
  std::map<std::string, std::string> attributes;  // as JSON
  std::size_t start_attributes = 0;
  std::size_t events = 0;
  int starts_seen = 0;
  int ends_seen = 0;
  int errors_seen = 0;
};

struct Failure : std::exception {};

constexpr std::size_t kKeys = 12;

// What the threads write down. Spans are found by their ids.
class Book {
 public:
  void note(const Expected& expected) {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(spans_.emplace(expected.ids.span_id, expected).second) << "an id came twice";
  }
  std::map<SpanId, Expected>& spans() { return spans_; }

 private:
  std::mutex mutex_;
  std::map<SpanId, Expected> spans_;
};

class Grower {
 public:
  Grower(const Tracer& tracer, Book& book, std::uint64_t seed)
      : tracer_(tracer), book_(book), random_(seed) {}

  // A span that is a child of the current one, and what is below it. Throws where it fails.
  void grow(int depth) {
    Expected expected;
    const Context parent = Context::current();
    expected.kind = static_cast<SpanKind>(below(kSpanKinds));
    expected.name = "n" + std::to_string(below(50));
    expected.agent = expected.kind == SpanKind::kAgent ? expected.name : parent.agent();
    expected.pattern = expected.kind == SpanKind::kPattern ? expected.name : parent.pattern();
    const Noted noted{book_, expected};
    auto span = tracer_.span({.kind = expected.kind, .name = expected.name});
    expected.ids = span.ids();
    EXPECT_EQ(expected.ids.parent_span_id, parent.span_id());
    if (parent.has_span()) {
      EXPECT_EQ(expected.ids.trace_id, parent.trace_id());
      EXPECT_EQ(expected.ids.run_id, parent.run_id());
    }
    decorate(span, expected);
    for (std::size_t children = depth == 0 ? 0 : below(4); children != 0; --children) {
      below(8) == 0 ? grow_elsewhere(depth - 1) : grow_here(depth - 1, expected);
    }
    finish(span, expected);
  }

 private:
  // Writes down what became of a span, however it ended.
  struct Noted {
    Book& book;
    const Expected& expected;
    ~Noted() { book.note(expected); }
  };

  std::size_t below(std::size_t end) { return random_() % end; }

  void decorate(Span& span, Expected& expected) {
    // Records of registered keys alone are written in another way than those with a key inline.
    const std::string prefix = below(2) == 0 ? "registered_" : "inline_";
    for (std::size_t count = below(14); count != 0; --count) {
      const std::string key = prefix + std::to_string(below(kKeys));
      const std::string text(below(60), 'x');
      const auto number = static_cast<std::int64_t>(random_());
      switch (below(4)) {
        case 0:
          span.set(key, text);
          expected.attributes[key] = '"' + text + '"';
          break;
        case 1:
          span.set(attr<"typed">(number));
          expected.attributes["typed"] = std::to_string(number);
          break;
        case 2:
          span.set(key, Value::array({text, true}));
          expected.attributes[key] = "[\"" + text + "\",true]";
          break;
        default:
          span.set(key, number);
          expected.attributes[key] = std::to_string(number);
      }
    }
    for (std::size_t count = below(8) == 0 ? below(3) : 0; count != 0; --count) {
      span.add_event("happened");
      ++expected.events;
    }
  }

  void grow_here(int depth, Expected& expected) {
    try {
      grow(depth);
    } catch (const Failure&) {
      if (below(2) != 0) return;
      expected.status = SpanStatus::kFailed;
      ++expected.events;
      throw;  // leaves the span of the caller as well
    }
  }

  void grow_elsewhere(int depth) {
    std::thread(Context::current().wrap([this, depth] {
      try {
        grow(depth);
      } catch (const Failure&) {
      }
      EXPECT_TRUE(Context::current().has_span());
    })).join();
  }

  void finish(Span& span, Expected& expected) {
    const std::size_t fate = below(12);
    if (fate == 0) {
      expected.status = SpanStatus::kFailed;
      ++expected.events;
      throw Failure();
    }
    if (fate > 2) return;
    expected.status = fate == 1 ? SpanStatus::kOk : SpanStatus::kFailed;
    span.set_status(expected.status);
    if (below(2) == 0) span.end();
  }

  const Tracer& tracer_;
  Book& book_;
  std::mt19937_64 random_;
};

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

void judge_end(const Seen& seen, const Expected& expected) {
  const SpanKindEntry& entry = entry_of(expected.kind);
  const bool failed = expected.status == SpanStatus::kFailed;
  EXPECT_EQ(seen.type, (failed ? entry.error : entry.end).name());
  EXPECT_EQ(seen["span.status"], '"' + std::string(to_string(expected.status)) + '"');
  EXPECT_EQ(occurrences(seen["span.events"], "offset_ns"), expected.events);
  EXPECT_GE(seen.duration_ms(), 0.0);
  for (const auto& [key, json] : expected.attributes) EXPECT_EQ(seen[key], json) << key;
  const std::size_t fields = 4 + (expected.events != 0 ? 1 : 0);
  EXPECT_EQ(seen.payload.size(), expected.attributes.size() + fields);
  EXPECT_EQ(expected.errors_seen, failed && entry.error == entry.end ? 1 : 0);
}

void judge(const Seen& seen, Expected& expected) {
  EXPECT_TRUE(seen.well_formed);
  EXPECT_EQ(seen.ids, expected.ids);
  EXPECT_EQ(seen.agent, expected.agent);
  EXPECT_EQ(seen.pattern, expected.pattern);
  EXPECT_EQ(seen["span.name"], '"' + expected.name + '"');
  if (seen.type == "error") {
    ++expected.errors_seen;
    return;
  }
  EXPECT_EQ(seen["span.kind"], '"' + std::string(to_string(expected.kind)) + '"');
  if (seen.is_start()) {
    EXPECT_EQ(seen.type, entry_of(expected.kind).start.name());
    EXPECT_EQ(expected.starts_seen++, 0);
    EXPECT_EQ(expected.ends_seen, 0) << "the end came first";
    return;
  }
  EXPECT_EQ(expected.ends_seen++, 0);
  judge_end(seen, expected);
}

void run(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  BusOptions options;
  options.ring_bytes = options.ring_bytes_max = std::size_t{4} << 20;
  SeenList received;
  Book book;
  {
    TraceEventBus bus(options);
    const Tracer tracer(bus);
    ASSERT_TRUE(bus.subscribe_filter(Filter(), [&](const EventView& e) { received.add(e); }));
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&tracer, &book, seed, i] {
        Grower grower(tracer, book, seed * 1000 + i);
        for (int tree = 0; tree < 6; ++tree) {
          try {
            grower.grow(4);
          } catch (const Failure&) {
          }
          EXPECT_FALSE(Context::current().has_span());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
    ASSERT_EQ(total(bus.stats().rejected), 0u);
  }
  for (const Seen& seen : received.take()) {
    const auto found = book.spans().find(seen.ids.span_id);
    ASSERT_NE(found, book.spans().end()) << seen.type << " of a span that nobody made";
    judge(seen, found->second);
  }
  for (const auto& [id, expected] : book.spans()) {
    EXPECT_EQ(expected.starts_seen, 1) << expected.name;
    EXPECT_EQ(expected.ends_seen, 1) << expected.name;
  }
}

TEST(SpanProperty, EachSpanIsReceivedOnceAndWhole) {
  const char* const first = std::getenv("TRACEBUS_FIRST_SEED");
  const char* const seeds = std::getenv("TRACEBUS_SEEDS");
  const std::uint64_t begin = first != nullptr ? std::strtoull(first, nullptr, 10) : 1;
  const std::uint64_t count = seeds != nullptr ? std::strtoull(seeds, nullptr, 10) : 10;
  for (std::size_t i = 0; i < kKeys; ++i) {
    AttributeKey::registered("registered_" + std::to_string(i));
  }
  for (std::uint64_t seed = begin; seed < begin + count && !HasFailure(); ++seed) run(seed);
}

}  // namespace
}  // namespace tracebus
