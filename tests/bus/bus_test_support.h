// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the bus share: collected events, gates to hold threads at, and small emits.
#ifndef TRACEBUS_TESTS_BUS_BUS_TEST_SUPPORT_H_
#define TRACEBUS_TESTS_BUS_BUS_TEST_SUPPORT_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::testing {

// Long enough for any machine; nothing that goes well waits for it.
inline constexpr std::chrono::milliseconds kLong = std::chrono::seconds(20);

// Holds threads until it is opened.
class Gate {
 public:
  void open() {
    open_.store(true);
    open_.notify_all();
  }
  void pass() const { open_.wait(false); }
  bool is_open() const { return open_.load(); }

 private:
  std::atomic<bool> open_{false};
};

// Texts that any thread adds and any thread reads.
class Collected {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
  }
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::size_t size() const { return texts().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

// An exporter made of functions; those left out do nothing and say OK.
struct ExporterFunctions {
  std::function<ExportResult(const Batch&, const ExportContext&)> export_batch = {};
  std::function<absl::Status(Deadline)> flush = {};
  std::function<absl::Status(Deadline)> shutdown = {};
};

class FunctionExporter final : public Exporter {
 public:
  explicit FunctionExporter(ExporterFunctions functions) : functions_(std::move(functions)) {}
  std::string_view name() const noexcept override { return "functions"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    return functions_.export_batch ? functions_.export_batch(batch, context) : ExportResult::ok();
  }
  absl::Status flush(Deadline deadline) override {
    return functions_.flush ? functions_.flush(deadline) : absl::OkStatus();
  }
  absl::Status shutdown(Deadline deadline) override {
    return functions_.shutdown ? functions_.shutdown(deadline) : absl::OkStatus();
  }

 private:
  const ExporterFunctions functions_;
};

inline std::unique_ptr<Exporter> exporter_of(ExporterFunctions functions) {
  return std::make_unique<FunctionExporter>(std::move(functions));
}

inline std::int64_t number_of(const EventView& event) {
  const auto number = event.find("n");
  return number ? number->as_int64() : -1;
}

inline EmitResult emit_number(TraceEventBus& bus, std::int64_t number,
                              std::string_view type = "agent_start") {
  return bus.emit({.event_type = type, .payload = {{"n", number}}});
}

// The stats of one subscription; a failure if there are none.
inline SubscriptionStats stats_of(const TraceEventBus& bus, const SubscriptionId& id) {
  const BusStats stats = bus.stats();
  const auto found = std::ranges::find(stats.subscriptions, id, &SubscriptionStats::id);
  if (found != stats.subscriptions.end()) return *found;
  ADD_FAILURE() << "no subscription " << id.hex();
  return {};
}

inline std::uint64_t count(const DropCounts& drops, DropReason reason) {
  return drops[static_cast<std::size_t>(reason)];
}

// Whether a shutdown that gave up in time did so without the dispatchers: the system may stop a
// thread for longer than a shutdown waits, and then what the rings hold is not counted.
inline bool dispatcher_was_late(const absl::Status& shutdown) {
  return std::string(shutdown.message()).find("busy: dispatcher") != std::string::npos;
}

// Polls until ready() or kLong; what ready() said last.
template <class Ready>
bool eventually(Ready ready) {
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (!ready()) {
    if (std::chrono::steady_clock::now() > deadline) return ready();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Waits until the dispatchers know that nobody wants the type any more, because another thread
// unsubscribes who did: from then on a worker delivers nothing but the batch that it is at.
inline void wait_until_unwanted(TraceEventBus& bus, std::string_view type = "agent_start") {
  EXPECT_TRUE(eventually([&] { return !bus.wants(type); }));
  EXPECT_TRUE(bus.flush(kLong).ok());  // a pass that began since
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_BUS_TEST_SUPPORT_H_
