// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/render/random_forest.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <string_view>

#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/trace/made_trace.h"

namespace tracebus::testing {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Forest {
 public:
  explicit Forest(std::uint64_t seed) : random_(seed), texts_(seed) {
    const std::size_t spans = below(40);
    TraceCollector collector({.bytes_max = ~std::size_t{0}});
    for (std::size_t i = 0; i < spans; ++i) add(collector, i, spans);
    EXPECT_EQ(collector.stats().refused_events, 0u);
    trace = collector.latest();
    EXPECT_EQ(trace.spans().size(), spans);
  }

  Trace trace;

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  // Ids are few, so that parents are often there, and some are there twice.
  void add(TraceCollector& collector, std::size_t number, std::size_t spans) {
    (void)texts_.next();
    const std::string name = std::string(texts_.text(20)) + token_of(number);
    MadeSpan span = {.id = 1 + below(spans + spans / 4 + 1),
                     .parent = below(4) == 0 ? 0 : 1 + below(spans + 2),
                     .kind = static_cast<SpanKind>(below(kSpanKinds)),
                     .name = name,
                     .start_ms = static_cast<std::int64_t>(below(1000)),
                     .duration_ms = static_cast<double>(below(1'000'000)) / 1000};
    span.open = below(8) == 0;
    if (below(4) == 0) span.status = "error";
    if (below(4) == 0) span.message = texts_.text(30);
    if (below(2) == 0) span.attributes.add("cost_usd", static_cast<double>(below(1000)) / 1e6);
    if (below(2) == 0) span.attributes.add("input_tokens", below(1000));
    constexpr std::array<std::string_view, 3> kKeys = {"a0", "a1", "a2"};  // some twice
    for (std::uint64_t i = below(4); i > 0; --i) {
      span.attributes.add(kKeys[below(kKeys.size())], texts_.value(3));
    }
    const std::string key = "k" + std::string(texts_.text(8));
    span.attributes.add(key, texts_.value(2));
    // The end of an open span, or the start of one that ended, would be no span of its own.
    const auto known = is_open_.find(span.id);
    if (known != is_open_.end() && known->second != span.open) span.id = 1000 + number;
    is_open_.emplace(span.id, span.open);
    TraceEvent event = event_of(span);
    event.agent_name = {};  // or the token would be there twice
    event.origin = Origin{.instance = 1, .sequence = number + 1, .producer = 1};
    collector.add(event);
  }

  std::mt19937_64 random_;
  EventGenerator texts_;
  std::map<std::uint64_t, bool> is_open_;  // by id, of the first with it
};

}  // namespace

std::string token_of(std::size_t span) { return "{token " + std::to_string(span) + "}"; }

Trace random_forest(std::uint64_t seed) { return Forest(seed).trace; }

void each_forest(const std::function<void(const Trace&)>& check) {
  const std::uint64_t seeds = from_environment("TRACEBUS_SEEDS", 300);
  const std::uint64_t first = from_environment("TRACEBUS_FIRST_SEED", 1);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("TRACEBUS_FIRST_SEED=" + std::to_string(seed) + " TRACEBUS_SEEDS=1");
    check(random_forest(seed));
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace tracebus::testing
