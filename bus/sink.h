// SPDX-License-Identifier: Apache-2.0
//
// Sink: what a worker hands its batches to: an exporter, or the callbacks that share a worker.
#ifndef TRACEBUS_BUS_SINK_H_
#define TRACEBUS_BUS_SINK_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/bus/callback_table.h"
#include "tracebus/bus/running_mark.h"
#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

// What became of a batch, and of the rest of it where the subscription ended inside.
struct SinkResult {
  ExportResult exported;
  std::uint64_t unsubscribed = 0;
};

// Thread safety: one worker calls everything but name, end and running.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual std::string_view name() const noexcept = 0;
  // callbacks: those that were subscribed when the events were queued; null for exporters.
  virtual SinkResult deliver(const Batch& batch, const CallbackTable* callbacks,
                             const ExportContext& context) = 0;
  // After shutdown, the worker's last call: what was unsubscribed is destroyed on the thread that
  // called it.
  virtual void dispose() noexcept {}
  // Any thread: no call begins after this, other than one that is about to.
  virtual void end() noexcept {}
  // Any thread, after end of the callback and a barrier on all threads: whether it is running.
  virtual bool running(const CallbackEntry&) const noexcept { return false; }
  virtual bool non_blocking() const noexcept { return true; }
  virtual absl::Status flush(Deadline) { return absl::OkStatus(); }
  virtual absl::Status shutdown(Deadline) { return absl::OkStatus(); }
  virtual ExportResult flush_result() const noexcept { return {}; }
  virtual std::string_view last_error() const noexcept { return {}; }
};

class ExporterSink final : public Sink {
 public:
  explicit ExporterSink(std::unique_ptr<Exporter> exporter)
      : exporter_(std::move(exporter)), name_(exporter_->name()) {}

  std::string_view name() const noexcept override { return name_; }
  SinkResult deliver(const Batch& batch, const CallbackTable*,
                     const ExportContext& context) override {
    return {exporter_->export_batch(batch, context)};
  }
  void dispose() noexcept override { exporter_.reset(); }
  bool non_blocking() const noexcept override { return exporter_->non_blocking(); }
  absl::Status flush(Deadline deadline) override { return exporter_->flush(deadline); }
  absl::Status shutdown(Deadline deadline) override { return exporter_->shutdown(deadline); }
  ExportResult flush_result() const noexcept override { return exporter_->flush_result(); }
  std::string_view last_error() const noexcept override { return exporter_->last_error(); }

 private:
  std::unique_ptr<Exporter> exporter_;  // null once disposed of
  const std::string name_;              // the exporter may be busy when somebody asks
};

// Counts on the entries; its own result is always OK.
class CallbackSink final : public Sink {
 public:
  explicit CallbackSink(std::uint64_t instance) noexcept
      : plain_{instance, nullptr, false}, with_content_{instance, nullptr, true} {}

  std::string_view name() const noexcept override { return "callbacks"; }
  SinkResult deliver(const Batch& batch, const CallbackTable* callbacks,
                     const ExportContext&) override;
  bool running(const CallbackEntry& entry) const noexcept override { return mark_.running(entry); }

 private:
  void call(CallbackEntry& entry, const EventView& event) noexcept;

  const ViewContext plain_;
  const ViewContext with_content_;
  BasicRunningMark<CallbackEntry> mark_;
};

// One callback with a worker of its own. Its subscription does the counting.
class OneCallbackSink final : public Sink {
 public:
  explicit OneCallbackSink(EventCallback callback) : callback_(std::move(callback)) {}

  std::string_view name() const noexcept override { return "callback"; }
  SinkResult deliver(const Batch& batch, const CallbackTable* callbacks,
                     const ExportContext&) override;
  void end() noexcept override { ended_.store(true); }
  std::string_view last_error() const noexcept override { return last_error_; }

 private:
  const EventCallback callback_;
  std::atomic<bool> ended_{false};
  std::string last_error_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_SINK_H_
