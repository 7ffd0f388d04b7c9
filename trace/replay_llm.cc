// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/replay_llm.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/trace/recording_joiner.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kModel = "llm";
constexpr std::string_view kTool = "tool";
constexpr std::size_t kNamesShown = 10;

// Names in the order in which they first came.
class Names {
 public:
  void add(const std::string& name) {
    if (known_.insert(name).second) names_.push_back(name);
  }
  bool empty() const noexcept { return names_.empty(); }
  const std::vector<std::string>& all() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_set<std::string> known_;
};

std::string quoted(std::string_view name) {
  std::string text;
  append_visible_quoted(text, name, '\'');
  return text;
}

std::string list_of(const Names& all) {
  const std::vector<std::string>& names = all.all();
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) {
    list += (i == 0 ? "" : ", ") + quoted(names[i]);
  }
  if (names.size() > kNamesShown) {
    list += " and " + std::to_string(names.size() - kNamesShown) + " more";
  }
  return list;
}

// Empty for what is no call.
std::string_view kind_name(const RecordedEntry& entry) noexcept {
  switch (kind_of(entry)) {
    case EntryKind::kModelBegins:
    case EntryKind::kModelEnds:
      return kModel;
    case EntryKind::kToolBegins:
    case EntryKind::kToolEnds:
      return kTool;
    default:
      return {};
  }
}

// Nothing is let go of: the recording is in memory as it is.
std::vector<RecordedEntry> joined(std::vector<RecordedEntry> entries) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  JoinCounters counters;
  CallJoiner joiner({.open_runs_max = kAll, .open_bytes_max = kAll, .one_run_at_a_time = true},
                    counters);
  std::vector<RecordedEntry> calls;
  for (RecordedEntry& entry : entries) joiner.add(std::move(entry), calls);
  joiner.finish(calls);
  std::erase_if(calls, [](const RecordedEntry& entry) { return kind_name(entry).empty(); });
  return calls;
}

template <class Replay>
absl::StatusOr<std::unique_ptr<Replay>> from_file(
    const std::string& path, std::string_view agent, ReplayOptions options,
    absl::StatusOr<std::unique_ptr<Replay>> (ReplaySource::*make)(std::string_view, ReplayOptions)
        const) {
  const auto source = ReplaySource::load(path);
  if (!source.ok()) return source.status();
  return ((**source).*make)(agent, std::move(options));
}

}  // namespace

struct ReplaySource::Chosen {
  std::string what;
  ReplayCalls::Calls calls;
};

absl::StatusOr<std::shared_ptr<const ReplaySource>> ReplaySource::load(const std::string& path) {
  absl::StatusOr<Recording> recording = load_recording(path);
  if (!recording.ok()) return recording.status();
  return std::make_shared<const ReplaySource>(*std::move(recording), path);
}

ReplaySource::ReplaySource(Recording recording, std::string name)
    : name_(std::move(name)), account_(std::move(recording.account)) {
  for (RecordedEntry& call : joined(std::move(recording.entries))) {
    calls_.push_back(std::make_shared<const RecordedEntry>(std::move(call)));
  }
}

absl::StatusOr<ReplaySource::Chosen> ReplaySource::choose(std::string_view kind,
                                                          std::string_view agent,
                                                          const ReplayOptions& options) const {
  Chosen chosen;
  Names runs;
  Names agents;
  for (const auto& call : calls_) {
    if (kind_name(*call) != kind) continue;
    agents.add(call->agent_name);
    if (!agent.empty() && call->agent_name != agent) continue;
    runs.add(call->run_id);
    if (options.run.empty() || call->run_id == options.run) chosen.calls.push_back(call);
  }
  chosen.what = std::string(kind) + " calls";
  if (!agent.empty()) chosen.what += " of agent " + quoted(agent);
  const std::string& run = options.run.empty() && !runs.empty() ? runs.all().front() : options.run;
  if (!run.empty()) chosen.what += " in run " + quoted(run);
  if (chosen.calls.empty()) {
    std::string message = quoted(name_) + " has no " + chosen.what;
    if (!runs.empty()) message += "; it has those of the runs " + list_of(runs);
    if (runs.empty() && !agents.empty())
      message += "; it has those of the agents " + list_of(agents);
    if (agents.empty()) message += ", nor any other " + std::string(kind) + " call";
    return absl::NotFoundError(message);
  }
  if (options.run.empty() && runs.all().size() > 1) {
    return absl::FailedPreconditionError(quoted(name_) + " has " + std::string(kind) +
                                         " calls of several runs, " + list_of(runs) +
                                         "; name one of them in ReplayOptions::run");
  }
  return chosen;
}

absl::StatusOr<std::unique_ptr<ReplayLlm>> ReplaySource::llm(std::string_view agent,
                                                             ReplayOptions options) const {
  absl::StatusOr<Chosen> chosen = choose(kModel, agent, options);
  if (!chosen.ok()) return chosen.status();
  return std::make_unique<ReplayLlm>(std::move(chosen->what), std::move(chosen->calls),
                                     std::move(options));
}

absl::StatusOr<std::unique_ptr<ReplayTools>> ReplaySource::tools(std::string_view agent,
                                                                 ReplayOptions options) const {
  absl::StatusOr<Chosen> chosen = choose(kTool, agent, options);
  if (!chosen.ok()) return chosen.status();
  return std::make_unique<ReplayTools>(std::move(chosen->what), std::move(chosen->calls),
                                       std::move(options));
}

std::vector<std::string> ReplaySource::runs() const {
  Names runs;
  for (const auto& call : calls_) runs.add(call->run_id);
  return runs.all();
}

absl::StatusOr<std::unique_ptr<ReplayLlm>> ReplayLlm::from_recording(const std::string& path,
                                                                     std::string_view agent,
                                                                     ReplayOptions options) {
  return from_file(path, agent, std::move(options), &ReplaySource::llm);
}

absl::StatusOr<std::unique_ptr<ReplayTools>> ReplayTools::from_recording(const std::string& path,
                                                                         std::string_view agent,
                                                                         ReplayOptions options) {
  return from_file(path, agent, std::move(options), &ReplaySource::tools);
}

absl::StatusOr<Replayed> ReplayTools::call(std::string_view tool_name, std::string_view arguments) {
  const RecordedMessage request{.role = std::string(tool_name), .content = std::string(arguments)};
  return calls_.next(tool_name, {&request, 1});
}

}  // namespace v1
}  // namespace tracebus
