// SPDX-License-Identifier: Apache-2.0
//
// BusRecording: records a bus into a file, from start to stop.
//
//   auto recording = BusRecording::start(bus, "traces/runs.jsonl");
//   ...
//   (*recording)->stop(5s);
//
// Thread safety: every method may be called from any thread, but not from a callback or exporter.
#ifndef TRACEBUS_TRACE_RECORDING_BUS_H_
#define TRACEBUS_TRACE_RECORDING_BUS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/recording_exporter.h"

namespace tracebus {
inline namespace v1 {

struct BusRecordingOptions {
  RecordingOptions recording = {};
  // Filter, queue and so on. content is granted in any case: the recording is what it is for, and
  // no other subscription sees more for it.
  ExporterOptions exporter = {};
};

class BusRecording {
 public:
  // Errors as of RecordingExporter::open and TraceEventBus::add_exporter. REQUIRES: the bus
  // outlives the recording.
  static absl::StatusOr<std::unique_ptr<BusRecording>> start(TraceEventBus& bus,
                                                             const std::string& path,
                                                             BusRecordingOptions options = {});
  BusRecording(const BusRecording&) = delete;
  BusRecording& operator=(const BusRecording&) = delete;
  // stop, with five seconds.
  ~BusRecording();

  // Until what was emitted before is in the file, and the file is closed. What was emitted
  // meanwhile may be in it or not. Idempotent; errors as of TraceEventBus::flush, DataLoss for
  // lines that could not be written at the end, and DeadlineExceeded.
  absl::Status stop(std::chrono::milliseconds timeout);

  const SubscriptionId& id() const noexcept { return id_; }  // in TraceEventBus::stats
  const JoinCounters& counters() const noexcept { return *counters_; }

 private:
  class Ending;
  class EndingExporter;

  BusRecording(TraceEventBus& bus, std::shared_ptr<const JoinCounters> counters,
               std::shared_ptr<Ending> ending)
      : bus_(bus), counters_(std::move(counters)), ending_(std::move(ending)) {}

  TraceEventBus& bus_;
  const std::shared_ptr<const JoinCounters> counters_;
  const std::shared_ptr<Ending> ending_;
  SubscriptionId id_;
  std::mutex mutex_;  // of stop
  bool is_stopped_ = false;
  absl::Status stopped_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDING_BUS_H_
