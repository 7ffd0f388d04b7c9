// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/run_download.h"

#include <absl/strings/str_cat.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "tracebus/render/trace_format.h"
#include "tracebus/studio/event_line.h"
#include "tracebus/studio/otlp_document.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kNameMax = 80;
constexpr std::uint64_t kInstance = 1;  // of events that say no origin

absl::Status too_large(std::string_view run_id, std::size_t bytes_max) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "run \"", std::string(run_id.substr(0, 200)), "\" makes a file of more than ", bytes_max,
      " bytes, which is the most that is made at once: use `tracebus convert` on "
      "the file it came from"));
}

absl::StatusOr<std::string> bounded(std::string file, std::string_view run_id,
                                    std::size_t bytes_max) {
  if (file.size() > bytes_max) return too_large(run_id, bytes_max);
  return file;
}

template <TraceFormat kFormat>
absl::StatusOr<std::string> rendered(const TraceStore& store, std::string_view run_id,
                                     std::size_t bytes_max) {
  const absl::StatusOr<Trace> trace = store.trace(run_id);
  if (!trace.ok()) return trace.status();
  // What is left out of a trace is left out of its file: better none than a part that looks whole.
  if (trace->lost_spans() != 0) return too_large(run_id, bytes_max);
  return bounded(render(std::span(&*trace, 1), kFormat), run_id, bytes_max);
}

absl::StatusOr<std::string> json_lines(const TraceStore& store, std::string_view run_id,
                                       std::size_t bytes_max) {
  std::string lines;
  EventRecord record;
  const absl::Status status = store.each_event(run_id, [&](const TraceEvent& event) {
    if (append_event_line(lines, event, record)) lines += '\n';
    return lines.size() <= bytes_max;
  });
  if (!status.ok()) return status;
  return bounded(std::move(lines), run_id, bytes_max);
}

// Spans without ids get theirs of the run and the origin: where events came from a file, which run
// they are of was found out by the store, and their origin is their place in it.
absl::StatusOr<std::string> otlp(const TraceStore& store, std::string_view run_id,
                                 std::size_t bytes_max) {
  const RunId run = RunId::from_hex(run_id, true).value_or(RunId::from_foreign(run_id));
  OtlpDocument document(bytes_max);
  std::uint64_t place = 0;
  const absl::Status status = store.each_event(run_id, [&](TraceEvent event) {
    ++place;
    if (event.ids.run_id.is_none()) event.ids.run_id = run;
    if (!event.origin) event.origin = Origin{kInstance, place, 0};
    return document.add(event);
  });
  if (!status.ok()) return status;
  std::optional<std::string> json = document.take();
  if (!json) return too_large(run_id, bytes_max);
  return bounded(*std::move(json), run_id, bytes_max);
}

constexpr DownloadFormat kFormats[] = {
    {"otlp", "application/json", "otlp.json", otlp},
    {"perfetto", "application/octet-stream", "perfetto-trace", rendered<TraceFormat::kPerfetto>},
    {"jaeger", "application/json", "jaeger.json", rendered<TraceFormat::kJaeger>},
    {"chrome", "application/json", "chrome.json", rendered<TraceFormat::kChrome>},
    {"folded", "text/plain; charset=utf-8", "folded", rendered<TraceFormat::kFolded>},
    {"jsonl", "application/x-ndjson", "jsonl", json_lines},
};

bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::span<const DownloadFormat> download_formats() noexcept { return kFormats; }

std::string download_name(std::string_view run_id, const DownloadFormat& format) {
  std::string name = "run-";
  for (const char c : run_id.substr(0, kNameMax)) {
    if (is_plain(c)) {
      name += c;
    } else if (name.back() != '-') {
      name += '-';
    }
  }
  if (name.back() == '-') name.pop_back();
  return name.append(".").append(format.file_ending);
}

}  // namespace v1
}  // namespace tracebus
