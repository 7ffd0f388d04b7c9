// SPDX-License-Identifier: Apache-2.0
//
// Whether a spool would do, and what stands behind it, without opening it: a process that runs
// keeps its lock and its entries, and nothing of theirs is sent.
#ifndef TRACEBUS_EXPORTERS_SPOOL_SPOOL_CHECK_H_
#define TRACEBUS_EXPORTERS_SPOOL_SPOOL_CHECK_H_

#include <absl/status/status.h>

#include <memory>
#include <string>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/exporter_spec.h"

namespace tracebus {
inline namespace v1 {

// OK: a file can be written in the folder, and the lock could be opened; whether another process
// holds it does not matter. A folder that is not there yet can be made. Else what stands in the
// way. Leaves nothing behind.
absl::Status check_spool_folder(const std::string& folder);

// What stands for a SpoolExporter in a check: its check_connection (connection_check.h) looks at
// the folder and asks the exporter, and says what is wrong with each. Events it refuses.
std::unique_ptr<Exporter> make_spool_check(std::string folder, std::unique_ptr<Exporter> to);

// From now on spool=FOLDER|SPEC is made so.
void add_spool_check(ExporterFactory& factory);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPOOL_SPOOL_CHECK_H_
