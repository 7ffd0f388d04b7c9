// SPDX-License-Identifier: Apache-2.0
//
// SpanPairer: makes whole spans of the starts and ends that others emit, for exporters that can
// only tell whole ones. What trace/span.h emits needs no pairing and passes as it is.
//
//   start                      --kept-->  its end comes: one span, in the end's place
//                              --open_ms_max, out of room, flush, shutdown-->  an unfinished span
//   end with a start           --> a span: the attributes of both, the end's where both have one
//   end without, but with duration_ms (or duration_seconds)  --> a span
//   llm_call, tool_call without           --> a span, of no duration if it says none
//   end without, or a start whose span is open already, or anything else              --> as it is
//
// 1. Which end belongs to which start: open_starts.h. Types: pair_role.h.
// 2. A span says what spans of ours say: span.kind, span.status, duration_ms, span.name; its time
//    is the end's. It failed if its type, status or success says so. One that is unfinished lasts
//    until the last time that was seen, says `unfinished: true`, and has no status.
// 3. Ids that are missing are made of the run and of the event's origin: alike whoever makes them.
//    Without a parent of its own a span stands below the open span of its agent, or below the
//    innermost open pattern of its run. Where nobody says a run, an agent's name decides, if one
//    such agent alone is open.
// 4. Kept are at most open_max starts and bytes_max bytes; beyond that the oldest are given up.
// 5. A start counts as processed (core/processor.h), and as added should it become an unfinished
//    span. SpanPairerCounts says what became of all.
#ifndef TRACEBUS_EXPORTERS_SPAN_PAIRER_H_
#define TRACEBUS_EXPORTERS_SPAN_PAIRER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "tracebus/core/counter.h"
#include "tracebus/core/exporter.h"
#include "tracebus/core/processor.h"
#include "tracebus/exporters/open_starts.h"

namespace tracebus {
inline namespace v1 {

struct SpanPairerOptions {
  std::size_t open_max = 10000;                   // starts
  std::size_t bytes_max = std::size_t{16} << 20;  // of them
  std::int64_t open_ms_max = 600'000;             // from a start to its end
  std::int64_t tick_ms = 1000;  // how often time is looked at, if batches come; 0: after each
  // Of open_ms_max. Default: the bus's own.
  std::function<std::chrono::steady_clock::time_point()> clock = {};
};

// Why a start was given up.
enum class GivenUp : std::uint8_t { kTime, kRoom, kFlush };
inline constexpr std::size_t kGivenUpReasons = 3;

// One thread counts, any thread may read. starts = paired + unfinished + open.
struct SpanPairerCounts {
  Counter starts;  // that were kept
  Counter paired;
  std::array<Counter, kGivenUpReasons> unfinished;  // by GivenUp
  Counter open;                                     // now
  Counter open_bytes;                               // now
  Counter whole;                                    // ends that say how long it took
  Counter unmatched;                                // ends that passed as they are
  Counter repeated;                                 // starts that passed as they are
};

class SpanPairer final : public Processor {
 public:
  explicit SpanPairer(SpanPairerOptions options = {});

  void process(const EventView& event, ProcessorOutput& output) override;
  void tick(bool last, ProcessorOutput& output) override;
  std::chrono::milliseconds tick_interval() const override {
    return std::chrono::milliseconds(options_.tick_ms);
  }
  bool non_blocking() const noexcept override { return true; }
  std::shared_ptr<const SpanPairerCounts> counts() const noexcept { return counts_; }

 private:
  void begin(const EventView& event, const PairRole& role, ProcessorOutput& output);
  void finish(const EventView& event, const PairRole& role, ProcessorOutput& output);
  void give_up(OpenStarts::Iterator start, GivenUp reason, ProcessorOutput& output);
  void count_open() noexcept;
  OpenStarts::Instant now() const;

  const SpanPairerOptions options_;
  const std::shared_ptr<SpanPairerCounts> counts_;
  OpenStarts open_;
  Timestamp last_time_{};  // the latest that was seen
};

// The exporter with a pairer in front, and a CostJoiner between them. REQUIRES: exporter is not
// null.
std::unique_ptr<Exporter> behind_pairer(std::unique_ptr<Exporter> exporter);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPAN_PAIRER_H_
