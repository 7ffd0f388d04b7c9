// SPDX-License-Identifier: Apache-2.0
//
// Config: what a JSON file says of a bus and of where its events go. config.md has every key.
//
//   {"service_name": "shop",
//    "exporters": [
//      {"to": "jsonl:run.jsonl"},
//      {"otlp": {"endpoint": "http://collector:4318",
//                "headers": {"authorization": "Bearer ${COLLECTOR_TOKEN}"}},
//       "processors": ["redact", "tail=0.05"],
//       "filter": {"types": ["llm_call", "error"]},
//       "spool": {"folder": "spool", "bytes_max": 1073741824}}]}
//
// Secrets are put in from the environment or from files that only their owner may read, and appear
// in no message.
#ifndef TRACEBUS_CONFIG_CONFIG_FILE_H_
#define TRACEBUS_CONFIG_CONFIG_FILE_H_

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/options.h"
#include "tracebus/config/exporter_config.h"
#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/trace/budget.h"
#include "tracebus/trace/price_table.h"

namespace tracebus {
inline namespace v1 {

struct Config {
  bool enabled = true;  // false: spans are wanted by nobody
  std::string service_name;
  double sample_rate = 1;  // of the traces that begin here
  BusOptions bus;
  std::shared_ptr<const PriceTable> prices;  // null: none
  std::vector<ExporterConfig> exporters;
  std::optional<Budget> budget;
};

struct ConfigRules {
  ExporterFactory factory = ExporterFactory::with_builtin();
  // Of exporters for which neither the file nor the environment says it.
  Overflow overflow = Overflow::kDropNewest;
};

// Opens no exporter. Options that the file does not give are as the environment has them. Errors
// name file, line and key, a line each: InvalidArgument for what the file says, else of the file.
absl::StatusOr<Config> read_config_file(const std::string& path, const ConfigRules& rules);

// name: what errors call the text. may_hold_secrets: whether secrets may stand in it.
absl::StatusOr<Config> parse_config(std::string_view json, const std::string& name,
                                    const ConfigRules& rules, bool may_hold_secrets = false);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_CONFIG_FILE_H_
