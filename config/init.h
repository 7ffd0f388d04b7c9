// SPDX-License-Identifier: Apache-2.0
//
// init: tracing for a program in one call: a bus, a tracer, and where spans go.
//
//   auto tracing = tracebus::init({.service_name = "shop", .endpoint = "http://localhost:4318"});
//   if (!tracing.ok()) ...
//   traced("checkout", [&] { ... });            // by the default tracer, which init has set
//   (*tracing)->shutdown();                     // what its destructor does, too
//
// Thread safety: init and shutdown one at a time; the bus and the tracer as they say themselves.
#ifndef TRACEBUS_CONFIG_INIT_H_
#define TRACEBUS_CONFIG_INIT_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/config/cost_watch.h"
#include "tracebus/core/processor.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

struct InitOptions {
  // What spans say as service.name, and receivers of OTLP as the resource's. Empty: as
  // OTEL_SERVICE_NAME says, if it does.
  std::string service_name = {};
  // A receiver of OTLP: the address for all signals (http://localhost:4318) or that of traces
  // (http://localhost:6006/v1/traces). Empty: as OTEL_EXPORTER_OTLP_ENDPOINT or
  // OTEL_EXPORTER_OTLP_TRACES_ENDPOINT says; the console, if neither does.
  std::string endpoint = {};
  // "http/protobuf", "http/json", "grpc" (see init_grpc.h), "console" or "memory". Empty: as
  // OTEL_EXPORTER_OTLP_PROTOCOL says, http/protobuf if it does not; the console if there is no
  // endpoint.
  std::string protocol = {};
  // Sent with each request, after those of OTEL_EXPORTER_OTLP_HEADERS: name and value. Values
  // appear in no output.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // In front of the exporter, the first one first.
  std::vector<std::unique_ptr<Processor>> processors = {};
  bool enabled = true;  // false: there is a tracer, whose spans nobody wants
  BusOptions bus = {};
};

class Tracing {
 public:
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
  ~Tracing();  // shutdown()

  TraceEventBus& bus() noexcept { return bus_; }
  const Tracer& tracer() const noexcept { return *tracer_; }
  // With "memory", what was kept; else null.
  const MemoryExporter* memory() const noexcept { return memory_; }
  // What model calls cost, and their budget, where a config file gives prices or a budget; else
  // null.
  CostWatch* costs() noexcept { return costs_.get(); }

  // Brings what was emitted to its exporter and ends the bus; the tracer is no longer the default
  // one. OK again when it was called before.
  absl::Status shutdown(std::chrono::milliseconds timeout = std::chrono::milliseconds(5000));

 private:
  friend class TracingBuilder;
  explicit Tracing(const BusOptions& bus) : bus_(bus) {}

  TraceEventBus bus_;
  std::unique_ptr<CostWatch> costs_;
  std::optional<Tracer> tracer_;  // since the builder was done
  const MemoryExporter* memory_ = nullptr;
};

// The tracer becomes the default one. InvalidArgument for options that cannot be; Unimplemented for
// a protocol that this build has not; else what the exporter says. Warnings about the environment
// are printed on standard error.
absl::StatusOr<std::unique_ptr<Tracing>> init(InitOptions options = {});

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_INIT_H_
