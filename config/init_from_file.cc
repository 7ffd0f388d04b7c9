// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init_from_file.h"

#include <utility>

#include "tracebus/config/tracing_builder.h"
#include "tracebus/trace/head_sampler.h"

namespace tracebus {
inline namespace v1 {

absl::StatusOr<std::unique_ptr<Tracing>> init_from_file(const std::string& path,
                                                        const ExporterFactory& factory) {
  const absl::StatusOr<Config> config = read_config_file(path, {.factory = factory});
  if (!config.ok()) return config.status();
  return init_from_config(*config);
}

absl::StatusOr<std::unique_ptr<Tracing>> init_from_config(const Config& config) {
  TracingBuilder builder(config.bus);
  if (config.enabled) {
    for (const ExporterConfig& exporter : config.exporters) {
      auto made = exporter.make();
      if (!made.ok()) {
        return absl::Status(made.status().code(),
                            exporter.where + ": " + std::string(made.status().message()));
      }
      builder.add(*std::move(made), exporter.options, exporter.where);
    }
    if (config.prices != nullptr || config.budget) {
      builder.watch_costs(config.bus.log, config.prices, config.budget);
    }
  }
  TracerOptions tracer{.service_name = config.service_name};
  if (config.sample_rate < 1) {
    auto sampler = HeadSampler::create({.share = config.sample_rate});
    if (!sampler.ok()) return sampler.status();
    tracer.sampler = std::make_shared<const HeadSampler>(*std::move(sampler));
  }
  return builder.build(std::move(tracer));
}

}  // namespace v1
}  // namespace tracebus
