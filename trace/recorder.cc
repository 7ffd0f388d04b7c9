// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recorder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/trace/recording_file.h"

namespace tracebus {
inline namespace v1 {
namespace {

void add_unless_known(std::vector<Attribute>& members, std::string_view key, const Value& value) {
  if (value.type() == ValueType::kNull) return;
  const bool known = std::ranges::find(members, key, &Attribute::key) != members.end();
  if (!known) members.push_back({key, value});
}

template <class T>
Value value_of(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}
Value value_of(std::string_view text) { return text.empty() ? Value() : Value(text); }

std::vector<Attribute> members_of(const Payload& payload) {
  return {payload.begin(), payload.end()};
}

absl::Status check_amount(std::string_view name, const std::optional<double>& amount) {
  if (!amount || (std::isfinite(*amount) && *amount >= 0)) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(name) + " is " + std::to_string(*amount) +
                                    "; give a number from 0 on, or leave it out");
}

absl::Status check_tokens(std::string_view name, const std::optional<std::int64_t>& tokens) {
  if (!tokens || *tokens >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(name) + " is " + std::to_string(*tokens) +
                                    "; give a number from 0 on, or leave it out");
}

absl::Status check(const RecordedLlmCall& call) {
  absl::Status status = check_tokens("input_tokens", call.input_tokens);
  if (status.ok()) status = check_tokens("output_tokens", call.output_tokens);
  if (status.ok()) status = check_amount("cost_usd", call.cost_usd);
  if (status.ok()) status = check_amount("duration_ms", call.duration_ms);
  return status;
}

std::vector<Attribute> metadata_of(const RecordedLlmCall& call) {
  std::vector<Attribute> members = members_of(call.metadata);
  add_unless_known(members, "model", value_of(call.model));
  add_unless_known(members, "input_tokens", value_of(call.input_tokens));
  add_unless_known(members, "output_tokens", value_of(call.output_tokens));
  add_unless_known(members, "cost_usd", value_of(call.cost_usd));
  add_unless_known(members, "duration_ms", value_of(call.duration_ms));
  add_unless_known(members, "stop_reason", value_of(call.stop_reason));
  add_unless_known(members, "error", value_of(call.error));
  return members;
}

std::vector<Attribute> metadata_of(const RecordedToolCall& call) {
  std::vector<Attribute> members = members_of(call.metadata);
  add_unless_known(members, "tool_name", value_of(call.tool_name));
  add_unless_known(members, "arguments", call.arguments);
  add_unless_known(members, "duration_ms", value_of(call.duration_ms));
  add_unless_known(members, "error", value_of(call.error));
  return members;
}

}  // namespace

Recorder::Recorder(RecorderOptions options) : options_(std::move(options)) {}

absl::Status Recorder::check_open(std::string_view action) const {
  if (is_open_) return absl::OkStatus();
  return absl::FailedPreconditionError(std::string(action) +
                                       " without an open run: call start(pattern_name) first");
}

absl::Status Recorder::start(std::string_view pattern_name) {
  const std::lock_guard lock(mutex_);
  if (is_open_) {
    return absl::FailedPreconditionError("start() while the run of '" + pattern_ +
                                         "' is open: call end(final_output) first, or use a "
                                         "recorder for each run");
  }
  pattern_ = pattern_name;
  absl::Status status =
      add({.event_type = "pattern_start"}, {{"pattern_type", std::string_view(pattern_)}});
  if (!status.ok()) return status;
  started_ns_ = Clock::monotonic_ns();
  is_open_ = true;
  return status;
}

absl::Status Recorder::record_llm_call(const RecordedLlmCall& call) {
  const std::lock_guard lock(mutex_);
  absl::Status status = check_open("record_llm_call()");
  if (status.ok()) status = check(call);
  if (!status.ok()) {
    ++refused_;
    return status;
  }
  return add({.event_type = "llm_call",
              .agent_name = std::string(call.agent_name),
              .messages = call.messages,
              .response = std::string(call.response)},
             metadata_of(call));
}

absl::Status Recorder::record_tool_call(const RecordedToolCall& call) {
  const std::lock_guard lock(mutex_);
  absl::Status status = check_open("record_tool_call()");
  if (status.ok()) status = check_amount("duration_ms", call.duration_ms);
  if (!status.ok()) {
    ++refused_;
    return status;
  }
  return add({.event_type = "tool_call",
              .agent_name = std::string(call.agent_name),
              .response = std::string(call.result)},
             metadata_of(call));
}

absl::Status Recorder::end(std::string_view final_output) {
  const std::lock_guard lock(mutex_);
  absl::Status status = check_open("end()");
  if (!status.ok()) return status;
  const std::uint64_t elapsed_ns = Clock::monotonic_ns() - started_ns_;
  const double seconds = static_cast<double>(elapsed_ns) / 1e9;
  status = add({.event_type = "pattern_end", .response = std::string(final_output)},
               {{"duration_seconds", seconds}});
  if (status.ok()) is_open_ = false;
  return status;
}

// REQUIRES: mutex_ is held.
absl::Status Recorder::add(RecordedEntry entry, std::vector<Attribute> metadata) {
  if (!options_.run_id.empty()) {
    add_unless_known(metadata, "run_id", std::string_view(options_.run_id));
    entry.run_id = options_.run_id;
  }
  std::optional<RecordedObject> object = RecordedObject::of(std::move(metadata));
  if (!object) {
    ++refused_;
    return absl::InvalidArgumentError(
        "metadata is nested deeper than 64 levels or larger than 16 MiB; record less of it");
  }
  entry.metadata = *std::move(object);
  entry.timestamp = Timestamp::from_unix_ns(Clock::unix_ns());
  // As the seed has it, the end of a run does not say its pattern.
  if (entry.event_type != "pattern_end") entry.pattern_type = pattern_;
  const std::size_t bytes = entry.size_bytes();
  if (bytes > options_.bytes_max - std::min(options_.bytes_max, bytes_)) {
    ++refused_;
    return absl::ResourceExhaustedError(
        "the recorder holds " + std::to_string(bytes_) + " bytes, and " + std::to_string(bytes) +
        " more would exceed bytes_max, " + std::to_string(options_.bytes_max) +
        "; raise it, or record on a bus, which keeps nothing in memory");
  }
  bytes_ += bytes;
  entries_.push_back(std::move(entry));
  emit(entries_.back());
  return absl::OkStatus();
}

void Recorder::emit(const RecordedEntry& entry) const {
  if (options_.bus == nullptr) return;
  const std::vector<Attribute> payload = event_payload_of(entry);
  options_.bus->emit({.timestamp = entry.timestamp,
                      .event_type = entry.event_type,
                      .agent_name = entry.agent_name,
                      .pattern_type = entry.pattern_type,
                      .payload = Payload(payload),
                      .foreign_ids = {.run_id = entry.run_id}});
}

std::vector<RecordedEntry> Recorder::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::vector<RecordedEntry> Recorder::llm_calls() const {
  std::vector<RecordedEntry> calls = entries();
  std::erase_if(calls, [](const RecordedEntry& entry) { return entry.event_type != "llm_call"; });
  return calls;
}

NanoDollars Recorder::total_cost() const {
  const std::lock_guard lock(mutex_);
  return total_cost_of(entries_);
}

std::uint64_t Recorder::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

absl::Status Recorder::save(const std::string& path, RecordingFormat format) const {
  std::string text;
  for (const RecordedEntry& entry : entries()) {
    append_recording_line(text, entry, format);
    text += '\n';
  }
  FileSystem& files = options_.file_system == nullptr ? FileSystem::posix() : *options_.file_system;
  return replace_file(files, path, text);
}

}  // namespace v1
}  // namespace tracebus
