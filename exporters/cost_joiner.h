// SPDX-License-Identifier: Apache-2.0
//
// CostJoiner: gives the spans of models' calls the costs that are recorded behind them, for
// exporters that tell whole spans and nothing else. It stands behind a SpanPairer.
//
//   a call's span that says no cost   --held-->  a cost_record with its span id: it says cost_usd,
//                                                and the record is left out
//                                     --wait_ms_max, out of room, flush, shutdown-->  as it is
//   anything else                     passes as it is, a record that comes later, too
//
// 1. A CostTracker emits the record of a call behind its end, and between them a thread may emit
//    what other agents of it do. Until a first record has come, calls wait to the end of their
//    batch alone; and after kMissesMax calls without a record none waits until one comes again. So
//    no call is kept back for records that nobody makes.
// 2. Held are at most calls_max calls and bytes_max bytes; beyond that the oldest pass.
// 3. One that is held counts as processed (core/processor.h), and as added should it leave the
//    chain with another batch.
#ifndef TRACEBUS_EXPORTERS_COST_JOINER_H_
#define TRACEBUS_EXPORTERS_COST_JOINER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>

#include "tracebus/core/owned_event.h"
#include "tracebus/core/processor.h"

namespace tracebus {
inline namespace v1 {

struct CostJoinerOptions {
  std::size_t calls_max = 4096;
  std::size_t bytes_max = std::size_t{16} << 20;  // of their records
  std::int64_t wait_ms_max = 1000;
  // Of wait_ms_max. Default: the bus's own.
  std::function<std::chrono::steady_clock::time_point()> clock = {};
};

class CostJoiner final : public Processor {
 public:
  static constexpr std::size_t kMissesMax = 1000;

  explicit CostJoiner(CostJoinerOptions options = {});

  void process(const EventView& event, ProcessorOutput& output) override;
  void tick(bool last, ProcessorOutput& output) override;
  // After each batch.
  std::chrono::milliseconds tick_interval() const override {
    return std::chrono::milliseconds::zero();
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Held {
    OwnedEvent call;
    Instant since;
  };
  using Calls = std::list<Held>;

  void record(const EventView& event, ProcessorOutput& output);
  OwnedEvent take(Calls::iterator held);
  void let_go_of_oldest(ProcessorOutput& output);
  Instant now() const;

  const CostJoinerOptions options_;
  Calls calls_;                                               // the oldest first
  std::unordered_map<std::uint64_t, Calls::iterator> by_id_;  // of their spans
  std::size_t bytes_ = 0;
  bool has_records_ = false;  // that belong to calls
  std::size_t misses_ = 0;    // calls without, one behind the other
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_COST_JOINER_H_
