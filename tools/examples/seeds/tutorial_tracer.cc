// SPDX-License-Identifier: Apache-2.0
//
// Document 003, "Distributed Tracing Basics": a trace, its spans, their parents, attributes,
// events, statuses and baggage, and an exporter of one's own.
#include <cstdio>
#include <memory>

#include "tracebus/tools/examples/seeds/example.h"

using namespace tracebus;

namespace {

// Prints how each span ended.
class SpanPrinter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "spans"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    for (const EventView& event : batch) {
      const auto name = event.find("span.name");
      const auto status = event.find("span.status");
      if (!name || !status) continue;
      std::printf("%.*s ended %.*s\n", static_cast<int>(name->as_string().size()),
                  name->as_string().data(), static_cast<int>(status->as_string().size()),
                  status->as_string().data());
    }
    std::fflush(stdout);
    return ExportResult::ok();
  }
};

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  if (!example.bus.add_exporter(std::make_unique<SpanPrinter>()).ok()) return 1;
  const Tracer tracer(example.bus, {.service_name = "agent_service"});
  {
    const Baggage baggage = *Baggage().with("user_id", "u-1");
    const ContextScope scope = Context::current().with_baggage(baggage).attach();
    auto root = tracer.chain("process_query", {{"priority", "high"}});  // start_trace
    auto task = tracer.chain("task");                                   // below the current span
    task.set("attempt", 1).add_event("request_received", {{"bytes", 12}});
    // Below a span that is named, whatever the current one is.
    auto aside = tracer.span({.name = "aside", .parent = &root.context()});
    aside.set("user_id", *tracer.current().baggage().get("user_id"));
    aside.set_status(SpanStatus::kFailed, "took too long");
    aside.end();
    task.set_status(SpanStatus::kOk).set_status(SpanStatus::kFailed, "too late to say");
    if (tracer.current().span_id() != task.ids().span_id) return 1;  // get_current_span
  }
  return tracer.current().has_span() ? 1 : example.end();
}
