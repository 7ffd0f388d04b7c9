// SPDX-License-Identifier: Apache-2.0
//
// ExporterConfig: one element of "exporters" in a config file. config.md has its keys.
#ifndef TRACEBUS_CONFIG_EXPORTER_CONFIG_H_
#define TRACEBUS_CONFIG_EXPORTER_CONFIG_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "tracebus/bus/options.h"
#include "tracebus/config/config_object.h"
#include "tracebus/core/exporter.h"
#include "tracebus/exporters/exporter_spec.h"

namespace tracebus {
inline namespace v1 {

struct ExporterConfig {
  using Make = std::function<absl::StatusOr<std::unique_ptr<Exporter>>()>;

  std::string where;    // "config.json:12: exporters[1]", for messages
  std::string to;       // what it is, for people, without what may be secret
  Make make_for_check;  // without processors, and with a spool_check.h in the place of a spool
  Make make;
  bool takes_bus_stats = false;  // it is for the bus's own numbers, and nothing else
  ExporterOptions options;
};

struct ExporterConfigRules {
  // What "to" may be.
  std::shared_ptr<const ExporterFactory> factory;
  // What is not said. OTLP in full batches wants more events in one than the bus's own default.
  ExporterOptions options = {};
  std::string service_name = {};
  // Whether nobody but its owner may read the file, so that secrets may stand in it.
  bool may_hold_secrets = false;
};

ExporterConfig read_exporter(ConfigObject object, const ExporterConfigRules& rules);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_EXPORTER_CONFIG_H_
