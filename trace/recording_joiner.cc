// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_joiner.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

// What a run takes without its calls: the list's node, the map's, and some.
constexpr std::size_t kRunBytes = 256;

bool is_start(EntryKind kind) noexcept {
  return kind == EntryKind::kModelBegins || kind == EntryKind::kToolBegins;
}
bool is_end(EntryKind kind) noexcept {
  return kind == EntryKind::kModelEnds || kind == EntryKind::kToolEnds;
}

bool is_end_of(const RecordedEntry& end, const RecordedEntry& start) noexcept {
  const bool of_tool = kind_of(end) == EntryKind::kToolEnds;
  if (of_tool != (kind_of(start) == EntryKind::kToolBegins)) return false;
  if (!end.span_id.empty() && !start.span_id.empty()) return end.span_id == start.span_id;
  if (end.agent_name != start.agent_name) return false;
  const std::string_view tool = end.tool_name();
  return !of_tool || tool.empty() || start.tool_name().empty() || tool == start.tool_name();
}

double ms_between(const Timestamp& start, const Timestamp& end) noexcept {
  const double seconds = static_cast<double>(end.seconds - start.seconds);
  return seconds * 1e3 + (static_cast<double>(end.nanoseconds) - start.nanoseconds) / 1e6;
}

// The later ones count. Without them, if both together are too large for a record.
void add_members(RecordedEntry& entry, std::vector<Attribute> first, std::vector<Attribute> last) {
  for (const Attribute& member : entry.metadata.members()) first.push_back(member);
  for (Attribute& member : last) first.push_back(std::move(member));
  std::optional<RecordedObject> all = RecordedObject::of(std::move(first));
  if (all) entry.metadata = *std::move(all);
}

void join(const RecordedEntry& start, RecordedEntry& end) {
  if (end.messages.empty()) end.messages = start.messages;
  if (end.agent_name.empty()) end.agent_name = start.agent_name;
  std::vector<Attribute> latency;
  if (!end.duration_ms() && end.timestamp >= start.timestamp) {
    latency.push_back({"duration_ms", ms_between(start.timestamp, end.timestamp)});
  }
  add_members(end, start.metadata.members(), std::move(latency));
}

// The type that says both: begun and ended.
void name_whole_call(RecordedEntry& entry) {
  const std::optional<std::string> error = entry.error();
  if (error && !entry.metadata.find("error")) add_members(entry, {}, {{"error", *error}});
  entry.event_type = kind_of(entry) == EntryKind::kToolEnds ? "tool_call" : "llm_call";
}

}  // namespace

void CallJoiner::add(RecordedEntry entry, std::vector<RecordedEntry>& out) {
  if (entry.event_type == "pattern_start") begin_pattern(entry);
  if (entry.run_id.empty() && options_.one_run_at_a_time) entry.run_id = current_;
  const EntryKind kind = kind_of(entry);
  if (is_start(kind)) {
    open_call(std::move(entry), out);
  } else if (is_end(kind)) {
    out.push_back(close_call(std::move(entry)));
  } else if (entry.event_type == "pattern_end") {
    end_pattern(entry.run_id, out);
    out.push_back(std::move(entry));
  } else {
    out.push_back(std::move(entry));
  }
  keep_bounds(out);
}

void CallJoiner::finish(std::vector<RecordedEntry>& out) {
  while (!runs_.empty()) end_run(runs_.begin(), LetGo::kEnded, out);
}

CallJoiner::Runs::iterator CallJoiner::find(std::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? runs_.end() : found->second;
}

// The run, made if need be, as the one that was heard of last.
CallJoiner::Runs::iterator CallJoiner::touch(const std::string& id) {
  const auto found = find(id);
  if (found != runs_.end()) {
    runs_.splice(runs_.end(), runs_, found);
    return found;
  }
  const auto run = runs_.insert(runs_.end(), Run(id));
  by_id_.emplace(run->id, run);
  charge(*run, kRunBytes + id.size());
  counters_.open_runs.set(runs_.size());
  return run;
}

void CallJoiner::begin_pattern(const RecordedEntry& entry) {
  current_ = entry.run_id;
  if (current_.empty() && options_.one_run_at_a_time) {
    current_ = "run_" + std::to_string(++unnamed_runs_);
  }
  Run& run = *touch(current_);
  run.patterns.push_back(entry.pattern_type);
  if (run.workflow.empty()) run.workflow = entry.workflow();
  charge(run, sizeof(std::string) + entry.pattern_type.size() + entry.workflow().size());
}

// A run ends with its outermost pattern.
void CallJoiner::end_pattern(std::string_view id, std::vector<RecordedEntry>& out) {
  const auto run = find(id);
  if (run == runs_.end()) return;
  if (!run->patterns.empty()) run->patterns.pop_back();
  if (!run->patterns.empty()) return;
  if (id == current_) current_.clear();
  end_run(run, LetGo::kEnded, out);
}

// What a call does not say itself, its run may.
void CallJoiner::fill(const Run& run, RecordedEntry& entry) {
  if (entry.pattern_type.empty()) entry.pattern_type = run.pattern();
  if (run.workflow.empty() || !entry.workflow().empty()) return;
  add_members(entry, {}, {{"workflow", std::string_view(run.workflow)}});
}

void CallJoiner::end_run(Runs::iterator run, LetGo reason, std::vector<RecordedEntry>& out) {
  const auto index = static_cast<std::size_t>(reason);
  if (reason != LetGo::kEnded || !run->open.empty()) counters_.runs_let_go[index].add(1);
  counters_.calls_let_go[index].add(run->open.size());
  if (!options_.pass_starts) std::ranges::move(run->open, std::back_inserter(out));
  bytes_ -= run->bytes;
  by_id_.erase(run->id);
  runs_.erase(run);
  counters_.open_runs.set(runs_.size());
  counters_.open_bytes.set(bytes_);
}

void CallJoiner::keep_bounds(std::vector<RecordedEntry>& out) {
  while (runs_.size() > options_.open_runs_max) end_run(runs_.begin(), LetGo::kOpenRunsMax, out);
  while (bytes_ > options_.open_bytes_max) end_run(runs_.begin(), LetGo::kOpenBytesMax, out);
}

void CallJoiner::charge(Run& run, std::size_t bytes) {
  run.bytes += bytes;
  bytes_ += bytes;
  counters_.open_bytes.set(bytes_);
}

void CallJoiner::open_call(RecordedEntry entry, std::vector<RecordedEntry>& out) {
  Run& run = *touch(entry.run_id);
  fill(run, entry);
  if (options_.pass_starts) out.push_back(entry);
  charge(run, entry.size_bytes());
  run.open.push_back(std::move(entry));
}

RecordedEntry CallJoiner::close_call(RecordedEntry end) {
  const auto run = find(end.run_id);
  if (run != runs_.end()) {
    const auto start = std::ranges::find_if(
        run->open, [&](const RecordedEntry& open) { return is_end_of(end, open); });
    if (start != run->open.end()) {
      join(*start, end);
      const std::size_t bytes = start->size_bytes();
      run->bytes -= bytes;
      bytes_ -= bytes;
      run->open.erase(start);
      counters_.joined.add(1);
    }
    fill(*run, end);
    if (run->open.empty() && run->patterns.empty()) {  // nothing worth keeping
      std::vector<RecordedEntry> nothing;
      end_run(run, LetGo::kEnded, nothing);
    } else {
      runs_.splice(runs_.end(), runs_, run);
      counters_.open_bytes.set(bytes_);
    }
  }
  if (!options_.pass_starts) name_whole_call(end);
  return end;
}

}  // namespace v1
}  // namespace tracebus
