// SPDX-License-Identifier: Apache-2.0
//
// Processors made of lambdas, and an exporter that notes what it was handed.
#ifndef TRACEBUS_TESTS_EXPORTERS_PROCESSOR_STUBS_H_
#define TRACEBUS_TESTS_EXPORTERS_PROCESSOR_STUBS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/owned_event.h"
#include "tracebus/core/processor.h"
#include "tracebus/exporters/processing_exporter.h"

namespace tracebus::testing {

inline constexpr std::chrono::milliseconds kNever = std::chrono::hours(24);

// Passes everything, and does nothing in a tick, unless told otherwise. Ticks after every batch.
struct StubProcessor final : Processor {
  using Process = std::function<void(const EventView&, ProcessorOutput&)>;
  using Tick = std::function<void(bool last, ProcessorOutput&)>;

  explicit StubProcessor(Process process_with, Tick tick_with = {},
                         std::chrono::milliseconds interval = {})
      : on_process(std::move(process_with)), on_tick(std::move(tick_with)), every(interval) {}

  void process(const EventView& event, ProcessorOutput& output) override {
    on_process ? on_process(event, output) : output.pass(event);
  }
  void tick(bool last, ProcessorOutput& output) override {
    if (on_tick) on_tick(last, output);
  }
  std::chrono::milliseconds tick_interval() const override { return every; }

  Process on_process;
  Tick on_tick;
  std::chrono::milliseconds every;
};

// Holds back all events until a tick, or until the last tick.
class HoldingProcessor final : public Processor {
 public:
  explicit HoldingProcessor(bool until_last) : until_last_(until_last) {}

  void process(const EventView& event, ProcessorOutput&) override { held_.emplace_back(event); }
  void tick(bool last, ProcessorOutput& output) override {
    if (until_last_ && !last) return;
    for (const OwnedEvent& event : std::exchange(held_, {})) output.pass(event.view());
  }
  std::chrono::milliseconds tick_interval() const override { return {}; }

 private:
  const bool until_last_;
  std::vector<OwnedEvent> held_;
};

// What an exporter was handed. Outlives it.
struct Received {
  struct OneBatch {
    std::size_t events;
    std::size_t bytes;
    std::uint64_t first_number;
  };
  std::vector<OneBatch> batches;
  std::vector<OwnedEvent> events;
  int flushes = 0;
  int shutdowns = 0;
  // What to answer instead of OK; may throw.
  std::function<ExportResult(const Batch&)> answer;

  std::vector<std::int64_t> numbers() const {  // -1: has none
    std::vector<std::int64_t> all;
    for (const OwnedEvent& event : events) {
      const auto number = event.view().find("n");
      all.push_back(number ? number->as_int64() : -1);
    }
    return all;
  }
};

class NotingExporter final : public Exporter {
 public:
  explicit NotingExporter(Received& received) : received_(received) {}

  std::string_view name() const noexcept override { return "noting"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    std::size_t bytes = 0;
    for (const EventView& event : batch) {
      bytes += event.size_bytes();
      received_.events.emplace_back(event);
    }
    received_.batches.push_back({batch.size(), bytes, batch.first_number});
    return received_.answer ? received_.answer(batch) : ExportResult::ok();
  }
  absl::Status flush(Deadline) override {
    ++received_.flushes;
    return absl::OkStatus();
  }
  absl::Status shutdown(Deadline) override {
    ++received_.shutdowns;
    return absl::OkStatus();
  }
  std::string_view last_error() const noexcept override { return "noted"; }

 private:
  Received& received_;
};

// failed, rejected, processed, added, and sampled out if any were
inline std::vector<std::uint64_t> counts(const ExportResult& result) {
  std::vector<std::uint64_t> all = {result.failed, result.rejected, result.processed, result.added};
  if (result.sampled_out != 0) all.push_back(result.sampled_out);
  return all;
}

template <class... Processors>
std::vector<std::unique_ptr<Processor>> chain_of(Processors... processors) {
  std::vector<std::unique_ptr<Processor>> chain;
  (chain.push_back(std::move(processors)), ...);
  return chain;
}

template <class... Arguments>
std::unique_ptr<Processor> stub(Arguments&&... arguments) {
  return std::make_unique<StubProcessor>(std::forward<Arguments>(arguments)...);
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_PROCESSOR_STUBS_H_
