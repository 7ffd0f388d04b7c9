// SPDX-License-Identifier: Apache-2.0
//
// TailSampler: holds the events of a run back until it is known whether the run is worth keeping.
//
//   undecided --(an event that `keep` matches, a slow one, cost)--> kept, from its first event on
//             --(its end)--------------------------------------> by share
//             --(older than run_ms_max, or out of room)--------> by share
//             --(flush, shutdown)------------------------------> kept, or by share
//   sampled out --(an event that `keep` matches, or a slow one)--> kept from there on
//
// 1. A run is known by its run id, else by its trace id. Events with neither are passed on.
// 2. By share means by the trace id, as the head sampler decides, or by the run id's hash: alike in
//    every process.
// 3. Events of a run keep their order; across runs they do not, as some wait longer.
// 4. Held are at most runs_max runs and bytes_max bytes: beyond that the oldest runs are decided.
//    Decisions are remembered for decisions_max runs, the youngest ones. A run that went on after
//    its decision was forgotten begins anew.
// 5. Time is looked at in ticks (Processor), so an idle exporter decides with its next batch.
// 6. Events that are held beyond their batch count as sampled out, and as added if their run is
//    kept (ProcessorOutput::sample_out). TailSamplerCounts says what became of them in the end.
#ifndef TRACEBUS_EXPORTERS_TAIL_SAMPLER_H_
#define TRACEBUS_EXPORTERS_TAIL_SAMPLER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracebus/core/counter.h"
#include "tracebus/core/filter.h"
#include "tracebus/core/hash.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/core/processor.h"
#include "tracebus/core/sampling_threshold.h"

namespace tracebus {
inline namespace v1 {

// Events that say that something failed, in the vocabularies that tracebus knows.
Filter error_events();
// Events that end a run, if they have no parent span: the end of a pattern.
Filter run_ends();

struct TailSamplerOptions {
  Filter keep = error_events();  // runs with such an event are kept
  Filter ends = run_ends();      // what ends a run
  std::int64_t slow_ms = 0;      // keep runs that last as long, or have an event of that
                                 // duration_ms; 0: none for that
  double cost_usd = 0;           // keep runs that cost as much; 0: none for that
  SamplingThreshold share = {};  // of the rest; default: all
  bool flush_keeps = true;       // undecided runs at a flush are kept, else by share
  std::size_t runs_max = 10000;  // held
  std::size_t bytes_max = std::size_t{64} << 20;  // held, counting kHeldBytesPerEvent for each
  std::int64_t run_ms_max = 60000;                // from a run's first event to its decision
  std::size_t decisions_max = 65536;              // remembered
  std::int64_t tick_ms = 1000;  // how often time is looked at, if batches come; 0: after each
  // Of run_ms_max. Default: the bus's own.
  std::function<std::chrono::steady_clock::time_point()> clock = {};
};

inline constexpr std::size_t kHeldBytesPerEvent = 160;

// Why a run was decided.
enum class TailReason : std::uint8_t { kMatched, kSlow, kCostly, kEnded, kTime, kRoom, kFlush };
inline constexpr std::size_t kTailReasons = 7;

// One thread counts, any thread may read.
struct TailSamplerCounts {
  std::array<Counter, kTailReasons> runs_kept;  // by TailReason
  std::array<Counter, kTailReasons> runs_sampled_out;
  Counter events_sampled_out;  // for good
  Counter events_kept;         // of runs; those passed on without a run are no part of it
  Counter events_without_run;
  Counter runs_kept_late;  // that were sampled out before
  Counter events_held;     // now
  Counter bytes_held;      // now
};

class TailSampler final : public Processor {
 public:
  explicit TailSampler(TailSamplerOptions options = {});
  ~TailSampler() override;

  void process(const EventView& event, ProcessorOutput& output) override;
  bool non_blocking() const noexcept override { return true; }
  void tick(bool last, ProcessorOutput& output) override;
  std::chrono::milliseconds tick_interval() const override;
  std::shared_ptr<const TailSamplerCounts> counts() const noexcept { return counts_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;

  // A run id or a trace id.
  struct Key {
    std::array<std::uint8_t, 16> bytes{};
    bool is_trace = false;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    explicit KeyHash(std::uint64_t random) noexcept : seed(random) {}
    std::size_t operator()(const Key& key) const noexcept;
    std::uint64_t seed;  // ids come from strangers
  };
  struct Run {
    Key key;
    Instant since;
    TraceId trace_id;  // of the first event that had one
    std::vector<OwnedEvent> events;
    std::size_t bytes = 0;
    Timestamp first;
    Timestamp last;
    double calls_usd = 0;    // as the calls say
    double records_usd = 0;  // as cost records say, which are about the same calls
  };
  using Runs = std::list<Run>;  // the oldest first

  static Key key_of(const EventView& event) noexcept;
  Runs::iterator run_of(const Key& key, const EventView& event);
  void note(Run& run, const EventView& event) const;
  bool is_slow(const EventView& event) const;
  bool is_worth(const Run& run, const EventView& event, TailReason& reason) const;
  bool in_share(const Run& run) const noexcept;
  void after_decision(bool& kept, const EventView& event, ProcessorOutput& output);
  void hold(Run& run, const EventView& event, ProcessorOutput& output);
  void decide(Runs::iterator run, bool kept, TailReason reason, ProcessorOutput& output);
  void remember(const Key& key, bool kept);
  void keep_bounds(ProcessorOutput& output);

  const TailSamplerOptions options_;
  const CompiledFilter keep_;
  const CompiledFilter ends_;
  const std::shared_ptr<TailSamplerCounts> counts_;
  const KeyHash hash_;

  Runs runs_;
  std::unordered_map<Key, Runs::iterator, KeyHash> by_key_;
  std::size_t bytes_ = 0;
  std::size_t events_ = 0;
  std::unordered_map<Key, bool, KeyHash> decisions_;  // whether the run is kept
  std::deque<Key> decided_;                           // the keys of decisions_, the oldest first
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_TAIL_SAMPLER_H_
