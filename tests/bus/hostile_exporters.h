// SPDX-License-Identifier: Apache-2.0
//
// Exporters that misbehave, each in one way. All of them show their batches to a Receiver first.
#ifndef TRACEBUS_TESTS_BUS_HOSTILE_EXPORTERS_H_
#define TRACEBUS_TESTS_BUS_HOSTILE_EXPORTERS_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "tracebus/bus/options.h"
#include "tracebus/tests/bus/property_receiver.h"

namespace tracebus::testing {

// Behaves well.
class ReceivingExporter : public Exporter {
 public:
  ReceivingExporter(std::shared_ptr<Receiver> receiver, const BatchLimits& limits)
      : receiver_(std::move(receiver)), limits_(limits) {}
  ~ReceivingExporter() override {
    if (!shut_down_) receiver_->report("destroyed without shutdown");
  }

  std::string_view name() const noexcept override { return "receiving"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) final {
    if (shut_down_) receiver_->report("export_batch after shutdown");
    receiver_->see_batch(batch, limits_.events_max, limits_.bytes_max);
    return answer(batch, context);
  }
  absl::Status flush(Deadline) override {
    if (shut_down_) receiver_->report("flush after shutdown");
    return absl::OkStatus();
  }
  absl::Status shutdown(Deadline) override {
    if (std::exchange(shut_down_, true)) receiver_->report("shutdown twice");
    return absl::OkStatus();
  }

 protected:
  virtual ExportResult answer(const Batch& batch, const ExportContext&) {
    receiver_->count_kept(batch.size());
    return ExportResult::ok();
  }
  Receiver& receiver() { return *receiver_; }

 private:
  const std::shared_ptr<Receiver> receiver_;
  const BatchLimits limits_;
  bool shut_down_ = false;  // the worker's
};

// Throws on every third batch.
class ThrowingExporter final : public ReceivingExporter {
 public:
  using ReceivingExporter::ReceivingExporter;

 private:
  ExportResult answer(const Batch& batch, const ExportContext& context) override {
    if (++batches_ % 3 != 0) return ReceivingExporter::answer(batch, context);
    receiver().count_failed(batch.size());
    throw std::runtime_error("third batch");
  }
  int batches_ = 0;
};

class SlowExporter final : public ReceivingExporter {
 public:
  using ReceivingExporter::ReceivingExporter;

 private:
  ExportResult answer(const Batch& batch, const ExportContext& context) override {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    return ReceivingExporter::answer(batch, context);
  }
};

// Loses a third of every batch and has another third refused.
class PartialExporter final : public ReceivingExporter {
 public:
  using ReceivingExporter::ReceivingExporter;

 private:
  ExportResult answer(const Batch& batch, const ExportContext&) override {
    const ExportResult result{batch.size() / 3, batch.size() / 3};
    receiver().count_failed(result.failed);
    receiver().count_rejected(result.rejected);
    receiver().count_kept(batch.size() - result.failed - result.rejected);
    return result;
  }
};

// Hangs in its second batch until it is released, and then says that all is well.
class HangingExporter final : public ReceivingExporter {
 public:
  HangingExporter(std::shared_ptr<Receiver> seen_by, const BatchLimits& limits,
                  std::shared_ptr<std::atomic<bool>> released)
      : ReceivingExporter(std::move(seen_by), limits), released_(std::move(released)) {}

 private:
  ExportResult answer(const Batch& batch, const ExportContext& context) override {
    if (++batches_ == 2) released_->wait(false);
    return ReceivingExporter::answer(batch, context);
  }
  const std::shared_ptr<std::atomic<bool>> released_;
  int batches_ = 0;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_HOSTILE_EXPORTERS_H_
