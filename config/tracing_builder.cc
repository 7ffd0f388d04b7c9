// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/tracing_builder.h"

#include <utility>

#include "tracebus/exporters/processing_exporter.h"

namespace tracebus {
inline namespace v1 {

namespace {

const Exporter& innermost(const Exporter& exporter) {
  const auto* const outer = dynamic_cast<const ProcessingExporter*>(&exporter);
  return outer == nullptr ? exporter : innermost(outer->exporter());
}

}  // namespace

TracingBuilder::TracingBuilder(const BusOptions& bus)
    : tracing_(new Tracing(bus)), status_(tracing_->bus_.status()) {}

void TracingBuilder::add(std::unique_ptr<Exporter> exporter, const ExporterOptions& options,
                         const std::string& where) {
  if (!status_.ok()) return;
  if (const auto* memory = dynamic_cast<const MemoryExporter*>(&innermost(*exporter))) {
    tracing_->memory_ = memory;
  }
  const auto added = tracing_->bus_.add_exporter(std::move(exporter), options);
  if (added.ok()) return;
  status_ = absl::Status(added.status().code(), (where.empty() ? "" : where + ": ") +
                                                    std::string(added.status().message()));
}

void TracingBuilder::watch_costs(const LogCallback& log, std::shared_ptr<const PriceTable> prices,
                                 const std::optional<Budget>& budget) {
  if (!status_.ok()) return;
  auto costs = CostWatch::start(tracing_->bus_, log, std::move(prices), budget);
  if (costs.ok()) {
    tracing_->costs_ = *std::move(costs);
  } else {
    status_ = costs.status();
  }
}

absl::StatusOr<std::unique_ptr<Tracing>> TracingBuilder::build(TracerOptions options) {
  if (!status_.ok()) return status_;
  if (tracing_->costs_ != nullptr) options.costs = &tracing_->costs_->tracker();
  tracing_->tracer_.emplace(tracing_->bus_, std::move(options));
  set_default_tracer(&*tracing_->tracer_);
  return std::move(tracing_);
}

}  // namespace v1
}  // namespace tracebus
