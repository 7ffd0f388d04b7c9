// SPDX-License-Identifier: Apache-2.0
//
// Processor: changes, adds, drops or holds back events before one exporter. Processors are chained;
// each hands what it lets through to the next.
//
// Contract
//  1. Called on the exporter's own thread, between the queue and export_batch; never concurrently.
//  2. process may emit any number of events, in any order, now or in a later call of process or
//     tick: a processor that holds events back copies them, as their views end with the call.
//  3. tick comes at least every tick_interval while the thread is awake, and before every flush with
//     last = true: what is held back must be emitted then, or dropped.
//  4. The bus counts: events in = events out + dropped + held - added, so `matched + added =
//     delivered + dropped + in flight` stays exact. What was handed in and not emitted by the time
//     of a flush counts as dropped by DropReason::kProcessor.
#ifndef TRACEBUS_CORE_PROCESSOR_H_
#define TRACEBUS_CORE_PROCESSOR_H_

#include <chrono>

#include "tracebus/core/event.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

class ProcessorOutput {
 public:
  virtual void pass(const EventView& event) = 0;  // as it is
  virtual void replace(const EventView& original, const TraceEvent& event) = 0;
  virtual void add(const TraceEvent& event) = 0;

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
  virtual std::chrono::milliseconds tick_interval() const { return std::chrono::milliseconds(1000); }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROCESSOR_H_
