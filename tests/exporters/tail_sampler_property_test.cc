// SPDX-License-Identifier: Apache-2.0
//
// A TailSampler against a plain model of it.
//
// Oracle. The model keeps every event of every run for ever in one list, and finds all it needs by
// going through that list again: what a run holds, which run is the oldest, which decisions are
// still remembered. After each batch the receiver has exactly the events that the model let
// through, in its order, and both counted the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "tracebus/tests/exporters/tail_sampler_rig.h"

namespace tracebus::testing {
namespace {

struct ModelEvent {
  std::int64_t number;
  int run;
  bool error;
  bool ends;
};

// Keeps runs with an error, all or nothing of the rest.
class Model {
 public:
  Model(const TailSamplerOptions& options, bool share) : options_(options), share_(share) {}

  void take(const ModelEvent& event, std::int64_t now_ms) {
    if (const auto decided = decision(event.run)) {
      if (!*decided && event.error) decide_again(event.run);
      if (*decided || event.error) {
        out.push_back(event.number);
      } else {
        ++sampled_out;
      }
      return;
    }
    held_.push_back({event, now_ms});
    if (event.error) return decide(event.run, true);
    if (event.ends) return decide(event.run, share_);
    while (runs() > options_.runs_max) decide(held_.front().event.run, share_);
  }

  void flush(std::int64_t now_ms) {
    while (!held_.empty()) {
      const bool old = now_ms - held_.front().since_ms >= options_.run_ms_max;
      decide(held_.front().event.run, share_ || (!old && options_.flush_keeps));
    }
  }

  void tick(std::int64_t now_ms) {
    while (!held_.empty() && now_ms - held_.front().since_ms >= options_.run_ms_max) {
      decide(held_.front().event.run, share_);
    }
  }

  std::size_t held() const { return held_.size(); }

  std::vector<std::int64_t> out;
  std::uint64_t sampled_out = 0;

 private:
  struct Held {
    ModelEvent event;
    std::int64_t since_ms;
  };

  std::optional<bool> decision(int run) const {
    const std::size_t first = decided_.size() - std::min(decided_.size(), options_.decisions_max);
    for (std::size_t i = first; i < decided_.size(); ++i) {
      if (decided_[i].first == run) return decided_[i].second;
    }
    return std::nullopt;
  }
  void decide_again(int run) {
    for (auto& [decided, kept] : decided_) kept = kept || decided == run;
  }
  std::size_t runs() const {
    std::vector<int> all;
    for (const Held& held : held_) all.push_back(held.event.run);
    std::sort(all.begin(), all.end());
    return static_cast<std::size_t>(std::unique(all.begin(), all.end()) - all.begin());
  }
  void decide(int run, bool kept) {
    for (const Held& held : held_) {
      if (held.event.run != run) continue;
      if (kept) {
        out.push_back(held.event.number);
      } else {
        ++sampled_out;
      }
    }
    std::erase_if(held_, [run](const Held& held) { return held.event.run == run; });
    decided_.emplace_back(run, kept);
  }

  const TailSamplerOptions options_;
  const bool share_;
  std::vector<Held> held_;
  std::vector<std::pair<int, bool>> decided_;
};

void compare(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const bool share = random() % 2 == 0;
  TailSamplerOptions options;
  options.share = *SamplingThreshold::of_share(share ? 1 : 0);
  options.flush_keeps = random() % 2 == 0;
  options.runs_max = 1 + random() % 6;
  options.run_ms_max = 100;
  options.decisions_max = 1 + random() % 8;
  Model model(options, share);
  TailSamplerRig rig(options);
  std::uint64_t matched = 0, added = 0, lost = 0;
  const auto count = [&](const ExportResult& result) {
    added += result.added;
    lost += result.lost();
    EXPECT_EQ(result.lost(), result.sampled_out);
  };
  const auto now_ms = [&rig] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(rig.now.time_since_epoch())
        .count();
  };
  for (int batch = 0; batch < 20; ++batch) {
    if (random() % 3 == 0) rig.now += std::chrono::milliseconds(random() % 90);
    for (std::uint64_t left = random() % 10; left != 0; --left) {
      const int run = 1 + static_cast<int>(random() % 12);
      const std::uint64_t kind = random() % 8;
      model.take({rig.next, run, kind == 0, kind == 1}, now_ms());
      rig.add(static_cast<std::uint8_t>(run),
              kind == 0 ? "error" : (kind == 1 ? "pattern_end" : "llm_call"));
      ++matched;
    }
    count(rig.send());
    model.tick(now_ms());
    if (random() % 5 == 0) {
      model.flush(now_ms());
      count(rig.flush());
    }
    ASSERT_EQ(rig.received.numbers(), model.out);
    ASSERT_EQ(rig.told->events_held.get(), model.held());
    ASSERT_EQ(rig.told->events_sampled_out.get(), model.sampled_out);
    ASSERT_EQ(rig.told->events_kept.get(), model.out.size());
    ASSERT_EQ(matched + added, model.out.size() + lost);
  }
}

TEST(TailSamplerProperty, DoesWhatThePlainModelDoes) {
  for (std::uint64_t seed = 1; seed <= 2000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    compare(seed);
  }
}

}  // namespace
}  // namespace tracebus::testing
