// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/run_lookup.h"

#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kNamedMax = 5;

// Without what shows put around it.
std::string_view bare(std::string_view text) noexcept {
  if (text.starts_with('#')) text.remove_prefix(1);
  for (const std::string_view cut : {"…", "..."}) {
    if (text.ends_with(cut)) text.remove_suffix(cut.size());
  }
  return text;
}

absl::Status ambiguous(const std::string& text, const std::vector<std::string>& found) {
  std::string message =
      "'" + visible(text) + "' may be any of " + grouped(found.size()) + " runs: ";
  for (std::size_t i = 0; i < found.size() && i < kNamedMax; ++i) {
    message.append(i == 0 ? "" : ", ").append(visible(found[i]));
  }
  if (found.size() > kNamedMax) message += ", ...";
  return absl::InvalidArgumentError(message + "; say more of the id");
}

}  // namespace

absl::StatusOr<std::string> run_called(const TraceStore& store, const std::string& text) {
  if (store.run(text).ok()) return text;
  const std::string_view wanted = bare(text);
  std::vector<std::string> whole;  // but for the "run-" that shows leave out
  std::vector<std::string> parts;
  for (const RunSummary& run : store.runs().runs) {
    const std::string shown = visible(run.run_id);
    std::string_view id = shown;
    const bool begins = id.starts_with(wanted);
    if (id.starts_with("run-") || id.starts_with("run_")) id.remove_prefix(4);
    if (id == wanted || shown == wanted) whole.push_back(run.run_id);
    if (begins || id.starts_with(wanted) || id.ends_with(wanted)) parts.push_back(run.run_id);
  }
  const std::vector<std::string>& found = whole.empty() ? parts : whole;
  if (found.empty() || wanted.empty()) {
    return absl::NotFoundError("no run '" + visible(text) + "'");
  }
  return found.size() == 1 ? absl::StatusOr<std::string>(found.front()) : ambiguous(text, found);
}

absl::Status find_run_of(const TraceStore& store, SpanQuery& query) {
  if (query.run_id.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> id = run_called(store, query.run_id);
  if (id.ok()) query.run_id = *id;
  if (id.ok() || absl::IsNotFound(id.status())) return absl::OkStatus();
  return absl::InvalidArgumentError("--run: " + std::string(id.status().message()));
}

}  // namespace v1
}  // namespace tracebus
