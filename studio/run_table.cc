// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/run_table.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Those of a run of its trace's name are the trace's.
RunId run_id_of(const TraceId& id) noexcept {
  RunId run;
  run.bytes = id.bytes;
  return run;
}

template <class Id>
Id id_of(const Id& binary, std::string_view foreign) noexcept {
  return foreign.empty() ? binary : Id::from_foreign(foreign);
}

std::int64_t time_of(const TraceEvent& event) noexcept {
  return event.timestamp ? event.timestamp->to_unix_ns() : 0;
}

template <class Id, class Map>
std::uint32_t find_id(std::string_view text, const Map& numbers) noexcept {
  if (const auto binary = Id::from_hex(text, true)) {
    const auto found = numbers.find(*binary);
    if (found != numbers.end()) return found->second;
  }
  const auto found = numbers.find(Id::from_foreign(text));
  return found == numbers.end() ? 0 : found->second;
}

}  // namespace

template <class Id>
std::size_t RunTable::IdHash::operator()(const Id& id) const noexcept {
  return fold_words(
      load_word<std::uint64_t>(reinterpret_cast<const char*>(id.bytes.data())) ^ kHashFirst,
      load_word<std::uint64_t>(reinterpret_cast<const char*>(id.bytes.data()) + 8) ^ kHashSecond);
}

RunTable::Place RunTable::place_of(const TraceEvent& event, const SpanTypeInfo& type,
                                   RunCursor* cursor, NameTable& texts) {
  Place place;
  const RunId run_id = id_of(event.ids.run_id, event.foreign_ids.run_id);
  place.trace = trace_of(event, texts);
  place.own_run = !run_id.is_none();
  if (place.own_run) {
    place.run = run_called(run_id, event.foreign_ids.run_id, texts);
    if (place.trace != 0) traces_[place.trace].run = place.run;
  } else if (place.trace != 0) {
    std::uint32_t run = traces_[place.trace].run;
    if (run == 0) {
      run = run_called(run_id_of(traces_[place.trace].id), event.foreign_ids.trace_id, texts);
      traces_[place.trace].run = run;
    }
    place.run = run;
  } else if (cursor != nullptr) {
    const std::size_t before = runs_.size();
    place.run = open_run(event, type, *cursor, texts);
    place.is_agents = runs_.size() != before && type.kind == SpanKind::kAgent;
    if (place.run != 0 && type.kind == SpanKind::kAgent) {
      follow_agent(event, type, place.run, *cursor);
    }
  }
  if (cursor != nullptr && place.run != 0) follow(event, type, place.run, *cursor);
  return place;
}

std::uint32_t RunTable::run_called(const RunId& id, std::string_view text, NameTable& texts) {
  if (last_run_ != 0 && runs_[last_run_].id == id) return last_run_;
  const auto [found, is_new] =
      run_numbers_.try_emplace(id, static_cast<std::uint32_t>(runs_.size()));
  if (is_new) {
    RunEntry& run = runs_.emplace_back();
    run.id = id;
    run.id_text = texts.number_of(text.empty() ? std::string_view(id.hex()) : text);
  }
  return last_run_ = found->second;
}

std::uint32_t RunTable::trace_of(const TraceEvent& event, NameTable& texts) {
  const TraceId id = id_of(event.ids.trace_id, event.foreign_ids.trace_id);
  if (id.is_none()) return 0;
  if (last_trace_ != 0 && traces_[last_trace_].id == id) return last_trace_;
  const auto [found, is_new] =
      trace_numbers_.try_emplace(id, static_cast<std::uint32_t>(traces_.size()));
  if (is_new) traces_.push_back({id, texts.number_of(event.foreign_ids.trace_id), 0});
  return last_trace_ = found->second;
}

// A pattern within one that is open belongs to its run, as nesting says; but where the open one was
// silent for long, as after a crash, another run begins.
std::uint32_t RunTable::open_run(const TraceEvent& event, const SpanTypeInfo& type,
                                 RunCursor& cursor, NameTable& texts) {
  const bool begins =
      (type.is_pattern || type.kind == SpanKind::kAgent) && type.moment == SpanMoment::kStart;
  if (begins && !cursor.open.empty()) {
    const std::int64_t last_ns = cursor.open.back().last_ns;
    const std::int64_t now_ns = time_of(event);
    if (now_ns > last_ns && now_ns - last_ns > cursor.stale_after_ns) cursor.open.pop_back();
  }
  const std::uint64_t agent = hash_bytes(event.agent_name) | 1;
  for (auto open = cursor.open.rbegin(); !begins && open != cursor.open.rend(); ++open) {
    if (std::ranges::find(open->agents, agent) != open->agents.end()) return open->run;
  }
  for (auto open = cursor.open.rbegin(); open != cursor.open.rend(); ++open) {
    if (!open->has_ended) return open->run;
  }
  if (!begins) return 0;
  std::string name;
  do {
    name = "run_" + std::to_string(++cursor.unnamed);
  } while (find(name) != 0);
  return run_called(RunId::from_foreign(name), name, texts);
}

// Of agents without ids, in the runs that agents began.
void RunTable::follow_agent(const TraceEvent& event, const SpanTypeInfo& type, std::uint32_t run,
                            RunCursor& cursor) {
  auto& open = cursor.open;
  const std::uint64_t agent = hash_bytes(event.agent_name) | 1;
  auto its = std::ranges::find(open, run, &RunCursor::Open::run);
  if (its == open.end()) {
    if (type.moment != SpanMoment::kStart) return;
    if (open.size() == RunCursor::kOpenMax) open.erase(open.begin());
    open.push_back({run, 0, time_of(event), agent, {agent}, false});
    return;
  }
  auto& agents = its->agents;
  if (its->first_agent == 0) return;
  if (type.moment == SpanMoment::kStart) {
    if (agents.size() == RunCursor::kAgentsMax) agents.erase(agents.begin());
    agents.push_back(agent);
    return;
  }
  if (type.moment != SpanMoment::kEnd) return;
  if (const auto found = std::ranges::find(agents, agent); found != agents.end()) {
    agents.erase(found);
  }
  if (agent == its->first_agent && std::ranges::find(agents, agent) == agents.end()) {
    its->has_ended = true;
  }
  if (its->has_ended && agents.empty()) open.erase(its);
}

void RunTable::follow(const TraceEvent& event, const SpanTypeInfo& type, std::uint32_t run,
                      RunCursor& cursor) {
  auto& open = cursor.open;
  const auto found = std::find_if(open.rbegin(), open.rend(),
                                  [run](const RunCursor::Open& entry) { return entry.run == run; });
  if (found != open.rend()) found->last_ns = time_of(event);
  if (!type.is_pattern || (found != open.rend() && found->first_agent != 0)) return;
  if (type.moment == SpanMoment::kStart) {
    RunCursor::Open entry{run, 1, time_of(event)};
    if (found != open.rend()) {
      entry.depth = found->depth + 1;
      open.erase(std::next(found).base());
    }
    if (open.size() == RunCursor::kOpenMax) open.erase(open.begin());
    open.push_back(entry);
  } else if (found != open.rend() && --found->depth == 0) {
    open.erase(std::next(found).base());
  }
}

std::uint32_t RunTable::keep_run(const RunEntry& entry, std::string_view text, NameTable& texts) {
  const std::uint32_t number = run_called(entry.id, text, texts);
  const std::uint32_t id_text = runs_[number].id_text;
  runs_[number] = entry;
  runs_[number].id_text = id_text;
  return number;
}

std::uint32_t RunTable::keep_trace(const TraceId& id, std::uint32_t run, std::string_view text,
                                   NameTable& texts) {
  const auto number = static_cast<std::uint32_t>(traces_.size());
  traces_.push_back({id, texts.number_of(text), run});
  trace_numbers_.emplace(id, number);
  return number;
}

std::uint32_t RunTable::find(std::string_view text) const noexcept {
  return text.empty() ? 0 : find_id<RunId>(text, run_numbers_);
}

std::uint32_t RunTable::find_trace(std::string_view text) const noexcept {
  return text.empty() ? 0 : find_id<TraceId>(text, trace_numbers_);
}

std::size_t RunTable::bytes() const noexcept {
  constexpr std::size_t kSlotBytes = sizeof(std::pair<RunId, std::uint32_t>) + 1;
  return runs_.capacity() * sizeof(RunEntry) + traces_.capacity() * sizeof(TraceEntry) +
         (run_numbers_.capacity() + trace_numbers_.capacity()) * kSlotBytes;
}

}  // namespace v1
}  // namespace tracebus
