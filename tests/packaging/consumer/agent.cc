// SPDX-License-Identifier: Apache-2.0
//
// What an instrumented program does: emits in both ways, subscribes, has an exporter of its own.
// Ends with 0 if every event arrived in each place.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"

namespace {

class CountingExporter final : public tracebus::Exporter {
 public:
  explicit CountingExporter(std::uint64_t& count) : count_(count) {}
  std::string_view name() const noexcept override { return "counting"; }
  tracebus::ExportResult export_batch(const tracebus::Batch& batch,
                                      const tracebus::ExportContext&) override {
    count_ += batch.size();
    return tracebus::ExportResult::ok();
  }

 private:
  std::uint64_t& count_;
};

void emit_three(tracebus::TraceEventBus& bus) {
  bus.emit({.event_type = "agent_start",
            .agent_name = "analyst",
            .pattern_type = "pipeline",
            .payload = {{"model", "m"}, {"tokens", 3}}});
  bus.emit(tracebus::kLlmCall, tracebus::kNoIds, "analyst", "pipeline",
           tracebus::attr<"model">("m"), tracebus::attr<"tokens">(3u),
           tracebus::attr<"temperature">(0.5f));
  tracebus::Producer producer = bus.producer();
  producer.emit(tracebus::kLlmCallEnd, tracebus::kNoIds, tracebus::NameHandle::of("analyst"),
                "pipeline", tracebus::attr<"cached">(true));
}

}  // namespace

int main() {
  std::uint64_t called = 0;
  std::uint64_t exported = 0;
  tracebus::TraceEventBus bus;
  bus.subscribe_filter({"agent_start", "llm_call"},
                       [&called](const tracebus::EventView&) { ++called; });
  const bool added = bus.add_exporter(std::make_unique<CountingExporter>(exported)).ok();
  emit_three(bus);
  const absl::Status status = bus.shutdown(std::chrono::seconds(10));
  std::printf("%s: called %d times, exported %d\n", status.ok() ? "ok" : "failed",
              static_cast<int>(called), static_cast<int>(exported));
  return added && status.ok() && called == 3 && exported == 3 ? 0 : 1;
}
