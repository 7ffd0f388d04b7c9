// SPDX-License-Identifier: Apache-2.0
//
// Processor: changes, adds, drops or holds back events before one exporter. Processors are chained;
// each hands what it lets through to the next.
//
// Contract
//  1. Called on the exporter's own thread, between the queue and export_batch; never concurrently.
//  2. process may emit any number of events, in any order, now or in a later call of process or
//     tick: a processor that holds events back copies them, as their views end with the call.
//  3. tick(false) comes after a batch once tick_interval has passed since the tick before; an idle
//     thread is not woken for it. tick(true) comes before every flush and shutdown: what is held
//     back must be emitted then, or dropped.
//  4. Each event is counted once, at the end of the batch it came with:
//       it left the chain, passed or replaced, itself or a copy   what the exporter made of it
//       a processor threw on it, or its replacement is too large  DropReason::kExportFailed
//       neither, but a sampler left it out                        DropReason::kSampledOut
//       none of these, whether it is held back or not             DropReason::kProcessor
//     Whatever else leaves the chain, or fails in it, is an event added: one made by add, one held
//     back from an earlier batch, the second of two. So `matched + added = delivered + dropped + in
//     flight` is exact, and no event is in flight because a processor holds it.
//  5. An exception costs the event that process was called with, unless it was passed or replaced
//     before. What was emitted stays so, and the chain goes on.
//  6. Whether process and tick return at once, whatever happens outside the process, a processor
//     says itself: only then may it stand before an exporter of a bus without threads of its own.
#ifndef TRACEBUS_CORE_PROCESSOR_H_
#define TRACEBUS_CORE_PROCESSOR_H_

#include <chrono>

#include "tracebus/core/event.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

// What the arguments refer to need not outlive the call.
class ProcessorOutput {
 public:
  // As it is.
  virtual void pass(const EventView& event) = 0;
  // In place of the original, under its identity: origin, producer, sequence and moment of emit.
  // Its given time and its ids are kept where event has none.
  virtual void replace(const EventView& original, const TraceEvent& event) = 0;
  // Emitted now, by a producer of the chain's own, unless it has a time and an origin.
  virtual void add(const TraceEvent& event) = 0;
  // Left out by a sampler, for now at least: if the event does not leave the chain with its batch,
  // it counts as DropReason::kSampledOut, and as added should it leave the chain later. Of an event
  // of an earlier batch, which was counted then, it says nothing.
  virtual void sample_out(const EventView& event) = 0;

 protected:
  ~ProcessorOutput() = default;
};

class Processor {
 public:
  Processor() = default;
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;
  virtual ~Processor() = default;

  virtual void process(const EventView& event, ProcessorOutput& output) = 0;
  virtual void tick(bool last, ProcessorOutput& output) {
    static_cast<void>(last);
    static_cast<void>(output);
  }
  virtual std::chrono::milliseconds tick_interval() const {
    return std::chrono::milliseconds(1000);
  }
  virtual bool non_blocking() const noexcept { return false; }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROCESSOR_H_
