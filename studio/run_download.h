// SPDX-License-Identifier: Apache-2.0
//
// A run as a file: in the formats of viewers, as OTLP's JSON, or as our JSONL.
//
// Thread safety: pure functions over a store, which locks.
#ifndef TRACEBUS_STUDIO_RUN_DOWNLOAD_H_
#define TRACEBUS_STUDIO_RUN_DOWNLOAD_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

struct DownloadFormat {
  std::string_view name;          // "otlp"
  std::string_view content_type;  // of HTTP
  std::string_view file_ending;   // "otlp.json"
  absl::StatusOr<std::string> (*make)(const TraceStore& store, std::string_view run_id,
                                      std::size_t bytes_max);
};

// otlp, perfetto, jaeger, chrome, folded, jsonl. make fails with NotFound where there is no such
// run, and ResourceExhausted for one whose file would be larger than bytes_max.
std::span<const DownloadFormat> download_formats() noexcept;

// "run-174.otlp.json": of what a run is called, what any system takes for a file's name.
std::string download_name(std::string_view run_id, const DownloadFormat& format);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_RUN_DOWNLOAD_H_
