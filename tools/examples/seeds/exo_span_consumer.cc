// SPDX-License-Identifier: Apache-2.0
//
// Document 004, "Span Consumer Plugin System": a consumer that writes all spans to a file, FILE:
// exo_span_consumer FILE. Other than in the document, somebody calls it.
#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/trace/span_consumer.h"
#include "tracebus/trace/tracer.h"

using namespace tracebus;

namespace {

// Log all spans to a file.
class LogConsumer final : public EachSpanConsumer {
 public:
  explicit LogConsumer(const std::string& path) : file_(path) {}

  std::string_view name() const noexcept override { return "log"; }
  void consume(const EventView& span) override {
    std::string line;
    append_json_event(line, span);
    file_ << line << std::endl;
  }

 private:
  std::ofstream file_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  TraceEventBus bus;
  // Register the consumer.
  if (!register_span_consumer(std::make_shared<LogConsumer>(arguments[1])).ok()) return 3;
  const auto attached = span_consumers().attach(bus);
  if (!attached.ok()) return 3;
  const Tracer tracer(bus);
  {
    auto agent = tracer.agent("researcher");
    auto tool = tracer.tool("search");
  }
  return bus.flush(std::chrono::seconds(20)).ok() ? 0 : 1;
}
