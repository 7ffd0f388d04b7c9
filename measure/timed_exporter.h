// SPDX-License-Identifier: Apache-2.0
//
// TimedExporter: another exporter, and how long its batches take it, and how late they come to it.
#ifndef TRACEBUS_MEASURE_TIMED_EXPORTER_H_
#define TRACEBUS_MEASURE_TIMED_EXPORTER_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/core/counter.h"
#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

// Written by the exporter's thread, read by any.
struct ExportTimes {
  Counter batches;
  Counter busy_ns;
  Counter busy_ns_max;  // of one batch
  Counter age_ns_max;   // from an event's emit until its batch came
};

class TimedExporter final : public Exporter {
 public:
  // REQUIRES: neither is null.
  TimedExporter(std::unique_ptr<Exporter> exporter, std::shared_ptr<ExportTimes> times)
      : exporter_(std::move(exporter)), times_(std::move(times)) {}

  std::string_view name() const noexcept override { return exporter_->name(); }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    if (!batch.empty()) note_age(*batch.begin());
    const Timing timing(*times_);
    return exporter_->export_batch(batch, context);
  }
  absl::Status flush(Deadline deadline) override { return exporter_->flush(deadline); }
  absl::Status shutdown(Deadline deadline) override { return exporter_->shutdown(deadline); }
  ExportResult flush_result() const noexcept override { return exporter_->flush_result(); }
  bool non_blocking() const noexcept override { return exporter_->non_blocking(); }
  std::string_view last_error() const noexcept override { return exporter_->last_error(); }

 private:
  // Of one batch, also of one that throws.
  class Timing {
   public:
    explicit Timing(ExportTimes& times) noexcept : times_(times) {}
    Timing(const Timing&) = delete;
    Timing& operator=(const Timing&) = delete;
    ~Timing() {
      const std::uint64_t ns = Clock::monotonic_ns() - begin_ns_;
      times_.batches.add(1);
      times_.busy_ns.add(ns);
      times_.busy_ns_max.set(std::max(times_.busy_ns_max.get(), ns));
    }

   private:
    ExportTimes& times_;
    const std::uint64_t begin_ns_ = Clock::monotonic_ns();
  };

  // Events come in the order of their time, so the first is the oldest.
  void note_age(const EventView& event) noexcept {
    const std::int64_t age_ns = Clock::unix_ns() - event.timestamp().to_unix_ns();
    if (age_ns <= 0) return;  // the wall clock was set back meanwhile
    times_->age_ns_max.set(std::max(times_->age_ns_max.get(), static_cast<std::uint64_t>(age_ns)));
  }

  const std::unique_ptr<Exporter> exporter_;
  const std::shared_ptr<ExportTimes> times_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_TIMED_EXPORTER_H_
