// SPDX-License-Identifier: Apache-2.0
//
// init_from_file: tracing for a program as a config file has it (config.md).
//
//   auto tracing = tracebus::init_from_file("tracebus.json");
//   if (!tracing.ok()) return fail(tracing.status());   // file, line and key, a line each
#ifndef TRACEBUS_CONFIG_INIT_FROM_FILE_H_
#define TRACEBUS_CONFIG_INIT_FROM_FILE_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "tracebus/config/config_file.h"
#include "tracebus/config/exporter_factory.h"
#include "tracebus/config/init.h"

namespace tracebus {
inline namespace v1 {

// factory: what "to" may name; your own exporters may be added to it. Errors as of
// read_config_file, and as the exporters say when they are made, after the place in the file.
absl::StatusOr<std::unique_ptr<Tracing>> init_from_file(
    const std::string& path, const ExporterFactory& factory = exporter_factory());
absl::StatusOr<std::unique_ptr<Tracing>> init_from_config(const Config& config);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_INIT_FROM_FILE_H_
