// SPDX-License-Identifier: Apache-2.0
//
// A TailSampler between events of small numbered runs and a receiver, with a clock that stands.
#ifndef TRACEBUS_TESTS_EXPORTERS_TAIL_SAMPLER_RIG_H_
#define TRACEBUS_TESTS_EXPORTERS_TAIL_SAMPLER_RIG_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "tracebus/exporters/tail_sampler.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {

// 0: an event of no run.
inline EventIds ids_of_run(std::uint8_t run) {
  EventIds ids;
  ids.run_id.bytes[3] = run;
  return ids;
}

class TailSamplerRig {
 public:
  explicit TailSamplerRig(TailSamplerOptions options) {
    options.clock = [this] { return now; };
    options.tick_ms = 0;  // whatever the time of the machine
    auto sampler = std::make_unique<TailSampler>(std::move(options));
    told = sampler->counts();
    exporter_ = std::make_unique<ProcessingExporter>(chain_of(std::move(sampler)),
                                                     std::make_unique<NotingExporter>(received));
  }

  // The event's number is `next`, which goes up.
  TailSamplerRig& add(std::uint8_t run, std::string_view type = "llm_call", Payload more = {}) {
    return add_event({.event_type = type, .payload = std::move(more), .ids = ids_of_run(run)});
  }
  TailSamplerRig& add_event(TraceEvent event) {
    event.payload.add("n", next++);
    maker_.add(event);
    return *this;
  }
  // As a batch of all that was added since the last one.
  ExportResult send() {
    const ExportResult result = exporter_->export_batch(
        maker_.batch_of(sent_, static_cast<std::size_t>(next)), in_a_second());
    sent_ = static_cast<std::size_t>(next);
    return result;
  }
  ExportResult flush() {
    EXPECT_TRUE(exporter_->flush(Deadline::max()).ok());
    return exporter_->flush_result();
  }
  std::uint64_t kept(TailReason reason) const {
    return told->runs_kept[static_cast<std::size_t>(reason)].get();
  }
  std::uint64_t sampled_out(TailReason reason) const {
    return told->runs_sampled_out[static_cast<std::size_t>(reason)].get();
  }

  std::chrono::steady_clock::time_point now{};
  std::int64_t next = 0;
  Received received;
  std::shared_ptr<const TailSamplerCounts> told;

 private:
  EventMaker maker_;
  std::size_t sent_ = 0;
  std::unique_ptr<ProcessingExporter> exporter_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_TAIL_SAMPLER_RIG_H_
