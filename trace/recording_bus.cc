// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_bus.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

// How the exporter ended, told by its thread to the one that waits for it.
class BusRecording::Ending {
 public:
  void tell(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    status_ = status;
    told_.notify_all();
  }
  absl::Status wait_until(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (told_.wait_until(lock, deadline, [&] { return has_ended_; })) return status_;
    return absl::DeadlineExceededError("the recording's file was not closed in time");
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  bool has_ended_ = false;
  absl::Status status_;
};

class BusRecording::EndingExporter final : public Exporter {
 public:
  EndingExporter(std::unique_ptr<RecordingExporter> exporter, std::shared_ptr<Ending> ending)
      : exporter_(std::move(exporter)), ending_(std::move(ending)) {}

  std::string_view name() const noexcept override { return exporter_->name(); }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    return exporter_->export_batch(batch, context);
  }
  absl::Status flush(Deadline deadline) override { return exporter_->flush(deadline); }
  absl::Status shutdown(Deadline deadline) override {
    const absl::Status status = exporter_->shutdown(deadline);
    ending_->tell(status);
    return status;
  }
  std::string_view last_error() const noexcept override { return exporter_->last_error(); }

 private:
  const std::unique_ptr<RecordingExporter> exporter_;
  const std::shared_ptr<Ending> ending_;
};

absl::StatusOr<std::unique_ptr<BusRecording>> BusRecording::start(TraceEventBus& bus,
                                                                  const std::string& path,
                                                                  BusRecordingOptions options) {
  auto exporter = RecordingExporter::open(path, std::move(options.recording));
  if (!exporter.ok()) return exporter.status();
  auto ending = std::make_shared<Ending>();
  std::unique_ptr<BusRecording> recording(new BusRecording(bus, (*exporter)->counters(), ending));
  options.exporter.content = true;
  const auto added = bus.add_exporter(
      std::make_unique<EndingExporter>(*std::move(exporter), std::move(ending)), options.exporter);
  recording->is_stopped_ = !added.ok();
  if (!added.ok()) return added.status();
  recording->id_ = *added;
  return recording;
}

BusRecording::~BusRecording() { (void)stop(std::chrono::seconds(5)); }

absl::Status BusRecording::stop(std::chrono::milliseconds timeout) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return stopped_;
  const Deadline deadline = Clock::steady_now() + timeout;
  // Once the bus is shut down, its exporters are, too.
  absl::Status status = bus_.flush(timeout);
  if (absl::IsFailedPrecondition(status)) status = absl::OkStatus();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(deadline - Clock::steady_now(), Deadline::duration::zero()));
  bus_.unsubscribe(id_, left);
  const absl::Status ended = ending_->wait_until(deadline);
  is_stopped_ = !absl::IsDeadlineExceeded(ended);
  stopped_ = status.ok() ? ended : status;
  return stopped_;
}

}  // namespace v1
}  // namespace tracebus
