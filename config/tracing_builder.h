// SPDX-License-Identifier: Apache-2.0
//
// TracingBuilder: puts a Tracing together, piece by piece. The first error counts; what comes after
// it does nothing.
#ifndef TRACEBUS_CONFIG_TRACING_BUILDER_H_
#define TRACEBUS_CONFIG_TRACING_BUILDER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>

#include "tracebus/config/init.h"

namespace tracebus {
inline namespace v1 {

class TracingBuilder {
 public:
  explicit TracingBuilder(const BusOptions& bus);

  // where: goes before the message of an error, such as "config.json:12: exporters[1]".
  void add(std::unique_ptr<Exporter> exporter, const ExporterOptions& options,
           const std::string& where = {});
  // Model calls of the tracer cost what prices say.
  void watch_costs(const LogCallback& log, std::shared_ptr<const PriceTable> prices,
                   const std::optional<Budget>& budget);
  // Once. Its tracer becomes the default one; options.costs is for watch_costs to set.
  absl::StatusOr<std::unique_ptr<Tracing>> build(TracerOptions options);

 private:
  std::unique_ptr<Tracing> tracing_;
  absl::Status status_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_TRACING_BUILDER_H_
