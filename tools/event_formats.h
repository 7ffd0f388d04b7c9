// SPDX-License-Identifier: Apache-2.0
//
// Every format this build can write and read.
#ifndef TRACEBUS_TOOLS_EVENT_FORMATS_H_
#define TRACEBUS_TOOLS_EVENT_FORMATS_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/options.h"
#include "tracebus/core/exporter.h"
#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

// What --to and config files may name: exporter_factory.h, and otlp-grpc.
ExporterFactory command_exporters();

// The defaults, and how often the bus says its own numbers as TRACEBUS_STATS_INTERVAL_MS has it,
// for exporters of them. What is wrong with that is told on standard error.
BusOptions bus_with_stats();

// One exporter a spec, in their order. The first that cannot be made is the error, with the option
// of the command line that gave it.
absl::StatusOr<std::vector<std::unique_ptr<Exporter>>> make_exporters(
    std::string_view option, const std::vector<std::string>& specs);

// Whatever format the file has. Errors as of open_file_source.
absl::StatusOr<std::unique_ptr<EventReader>> open_recorded(const std::string& path);
absl::StatusOr<std::unique_ptr<EventReader>> read_recorded(std::unique_ptr<ByteSource> source);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_EVENT_FORMATS_H_
