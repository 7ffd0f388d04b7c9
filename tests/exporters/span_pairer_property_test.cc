// SPDX-License-Identifier: Apache-2.0
//
// SpanPairer against a naive model: a vector of open starts that is searched from end to end.
// Oracle: what leaves the chain, in order, as (start, end) by their numbers, 0 for none.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/span_pairer.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kOpenMax = 6;
constexpr std::int64_t kOpenMs = 50;

struct Step {
  std::int64_t number = 0;
  bool is_start = false;
  bool says_duration = false;
  int run = 0;
  int span = 0;  // 0: none
  std::string family;
  std::string agent;
  std::int64_t at_ms = 0;
};

struct Told {
  std::int64_t start = 0;
  std::int64_t end = 0;
  bool is_span = false;
  bool operator==(const Told&) const = default;
};

class NaivePairer {
 public:
  void add(const Step& step) {
    if (!step.is_start) return close(step);
    for (const Step& open : open_) {
      if (step.span != 0 && open.span == step.span && open.run == step.run) {
        return told.push_back({step.number, 0, false});
      }
    }
    open_.push_back(step);
    if (open_.size() > kOpenMax) give_up_first();
  }
  void tick(std::int64_t now_ms, bool last) {
    while (!open_.empty() && (last || open_.front().at_ms + kOpenMs <= now_ms)) give_up_first();
  }

  std::vector<Told> told;

 private:
  void give_up_first() {
    told.push_back({open_.front().number, 0, true});
    open_.erase(open_.begin());
  }
  void close(const Step& end) {
    std::size_t found = open_.size();
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (end.span != 0 && open_[i].span == end.span && open_[i].run == end.run) found = i;
    }
    const bool nests = end.family == "pattern";
    for (std::size_t i = 0; found == open_.size() && i < open_.size(); ++i) {
      const std::size_t at = nests ? open_.size() - 1 - i : i;
      const Step& open = open_[at];
      const bool alike =
          open.run == end.run && open.family == end.family && (nests || open.agent == end.agent);
      if (alike && (end.span == 0 || open.span == 0)) found = at;
    }
    if (found == open_.size()) {
      return told.push_back({0, end.number, end.says_duration});
    }
    told.push_back({open_[found].number, end.number, true});
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(found));
  }

  std::vector<Step> open_;
};

class StepMaker {
 public:
  explicit StepMaker(std::uint64_t seed) : random_(seed) {}
  Step next() {
    const auto below = [&](int bound) { return static_cast<int>(random_() % unsigned(bound)); };
    static const char* const kFamilies[] = {"agent", "llm_call", "pattern", "search"};
    static const char* const kAgents[] = {"", "bull", "bear"};
    at_ms_ += below(8) == 0 ? 30 : 1;
    return {.number = ++number_,
            .is_start = below(2) == 0,
            .says_duration = below(2) == 0,
            .run = below(3),
            .span = below(2) == 0 ? 0 : 1 + below(5),
            .family = kFamilies[below(4)],
            .agent = kAgents[below(3)],
            .at_ms = at_ms_};
  }

 private:
  std::mt19937_64 random_;
  std::int64_t number_ = 0;
  std::int64_t at_ms_ = 0;
};

void add_event(EventMaker& maker, const Step& step) {
  const std::string type = step.family + (step.is_start ? "_start" : "_end");
  TraceEvent event{.timestamp = Timestamp::from_unix_ns(step.at_ms * 1'000'000),
                   .event_type = type,
                   .agent_name = step.agent};
  event.payload.add(step.is_start ? "start_n" : "end_n", step.number);
  if (!step.is_start && step.says_duration) event.payload.add("duration_ms", 3);
  if (step.run != 0) event.ids.run_id.bytes[0] = static_cast<std::uint8_t>(step.run);
  if (step.span != 0) event.ids.span_id.bytes[7] = static_cast<std::uint8_t>(step.span);
  maker.add(event);
}

Told told_of(const EventView& event) {
  const auto number = [&](std::string_view key) {
    const auto value = event.find(key);
    return value ? value->as_int64() : 0;
  };
  const bool is_span = event.find("span.kind") && event.find("span.status") &&
                       !event.span_id().is_none() && !event.trace_id().is_none();
  return {number("start_n"), number("end_n"), is_span};
}

TEST(SpanPairerPropertyTest, ItTellsWhatANaiveModelTellsAndTheAccountIsExact) {
  const std::uint64_t first_seed = std::random_device()();
  for (std::uint64_t seed = first_seed; seed < first_seed + 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    StepMaker steps(seed);
    NaivePairer naive;
    std::chrono::steady_clock::time_point now{};
    auto pairer = std::make_unique<SpanPairer>(SpanPairerOptions{
        .open_max = kOpenMax, .open_ms_max = kOpenMs, .tick_ms = 0, .clock = [&] { return now; }});
    const auto counts = pairer->counts();
    Received received;
    ProcessingExporter exporter(chain_of(std::move(pairer)),
                                std::make_unique<NotingExporter>(received));
    std::uint64_t given = 0;
    ExportResult all;
    for (int round = 0; round < 60; ++round) {
      // The events of a batch come at one moment, as a clock would say.
      EventMaker maker;
      std::vector<Step> batch(1 + random() % 9);
      for (Step& step : batch) step = steps.next();
      for (Step& step : batch) {
        step.at_ms = batch.back().at_ms;
        add_event(maker, step);
        naive.add(step);
      }
      now = std::chrono::steady_clock::time_point(milliseconds(batch.back().at_ms));
      all += exporter.export_batch(maker.batch(), in_a_second());
      given += batch.size();
      naive.tick(batch.back().at_ms, false);
    }
    ASSERT_TRUE(exporter.flush(in_a_second().deadline).ok());
    all += exporter.flush_result();
    naive.tick(0, true);
    std::vector<Told> told;
    for (const OwnedEvent& event : received.events) told.push_back(told_of(event.view()));
    ASSERT_EQ(told.size(), naive.told.size());
    ASSERT_TRUE(told == naive.told);
    ASSERT_EQ(given + all.added - all.processed, told.size());
    const std::uint64_t unfinished =
        counts->unfinished[0].get() + counts->unfinished[1].get() + counts->unfinished[2].get();
    ASSERT_EQ(counts->starts.get(), counts->paired.get() + unfinished);
    ASSERT_EQ(counts->open.get(), 0u);
    ASSERT_EQ(counts->open_bytes.get(), 0u);
  }
}

}  // namespace
}  // namespace tracebus::testing
