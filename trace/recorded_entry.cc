// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recorded_entry.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/trace/cost_event.h"

namespace tracebus {
inline namespace v1 {
namespace {

const CostEventReader& figures_reader() {
  // Never destroyed: entries may outlive the statics of the process.
  static const CostEventReader& reader = *new CostEventReader;
  return reader;
}

// A string as it is, anything else as compact JSON.
std::string text_of(const ValueView& value) {
  if (value.type() == ValueType::kString) return std::string(value.as_string());
  std::string text;
  append_json_value(text, value);
  return text;
}

struct Scale {
  std::string_view key;
  double to_ms;
};
constexpr Scale kDurations[] = {{"duration_ms", 1},         {"durationMs", 1},
                                {"latency_ms", 1},          {"duration_seconds", 1000},
                                {"duration_s", 1000},       {"pyagent.exec.duration_ms", 1},
                                {"exo.tool.duration_ms", 1}};
constexpr std::string_view kToolNames[] = {"tool_name", "tool.name", "gen_ai.tool.name",
                                           "exo.tool.name", "tool"};
constexpr std::string_view kArguments[] = {
    "arguments",          "tool.arguments", "gen_ai.tool.call.arguments",
    "exo.tool.arguments", "input",          "input.value"};
constexpr std::string_view kErrors[] = {"error",   "error.message", "exception.message",
                                        "message", "error_type",    "error.type"};

template <std::size_t kSize>
std::optional<ValueView> first_of(const RecordedObject& object,
                                  const std::string_view (&keys)[kSize]) noexcept {
  for (const std::string_view key : keys) {
    const std::optional<ValueView> value = object.find(key);
    if (value && !value->is_null()) return value;
  }
  return std::nullopt;
}

struct KindOfType {
  std::string_view type;
  EntryKind kind;
};
constexpr KindOfType kKinds[] = {
    {"llm_call", EntryKind::kModelEnds},         {"llm_call_start", EntryKind::kModelBegins},
    {"llm_call_end", EntryKind::kModelEnds},     {"llm_call_error", EntryKind::kModelEnds},
    {"tool_call", EntryKind::kToolEnds},         {"tool_start", EntryKind::kToolBegins},
    {"tool_call_start", EntryKind::kToolBegins}, {"tool_end", EntryKind::kToolEnds},
    {"tool_call_end", EntryKind::kToolEnds},     {"tool_error", EntryKind::kToolEnds},
    {"cost_record", EntryKind::kCosts},          {"cost", EntryKind::kCosts}};

bool is_failure(std::string_view type) noexcept {
  return type == "error" || type.ends_with("_error");
}

std::size_t size_of(const std::vector<RecordedMessage>& messages) noexcept {
  std::size_t bytes = messages.capacity() * sizeof(RecordedMessage);
  for (const RecordedMessage& message : messages) {
    bytes += message.role.size() + message.content.size() + message.name.value_or("").size();
  }
  return bytes;
}

// Adds up what entries cost, and finds the call that a cost record stands for.
class CostSum {
 public:
  void add(const RecordedEntry& entry) {
    const EntryKind kind = kind_of(entry);
    const std::optional<NanoDollars> cost = entry.cost();
    if (!cost || kind == EntryKind::kOther) return;
    if (kind == EntryKind::kCosts) take_back_call(entry);
    sum_ += cost->value();
    if (kind != EntryKind::kCosts) calls_[key_of(entry)] = {entry.span_id, cost->value()};
  }
  NanoDollars sum() const noexcept {
    const __int128 max = NanoDollars::max().value();
    return NanoDollars(static_cast<std::int64_t>(std::min(sum_, max)));
  }

 private:
  struct Call {
    std::string span_id;
    std::int64_t cost = 0;
  };

  static std::string key_of(const RecordedEntry& entry) {
    return entry.run_id + '\0' + entry.agent_name;
  }
  void take_back_call(const RecordedEntry& record) {
    const auto call = calls_.find(key_of(record));
    if (call == calls_.end()) return;
    const std::string& span = call->second.span_id;
    if (!span.empty() && !record.span_id.empty() && span != record.span_id) return;
    sum_ -= call->second.cost;
    calls_.erase(call);
  }

  __int128 sum_ = 0;
  std::unordered_map<std::string, Call> calls_;  // the last of each run and agent
};

}  // namespace

CostEntry RecordedEntry::figures() const noexcept {
  CostEvent read = figures_reader().read(metadata.view());
  const bool refused =
      read.result == CostResult::kNegativeCost || read.result == CostResult::kCostNotANumber;
  if (refused) read.entry.cost.reset();
  return read.entry;
}

std::string_view RecordedEntry::model() const noexcept { return figures().model; }
std::string_view RecordedEntry::provider() const noexcept { return figures().provider; }
std::string_view RecordedEntry::workflow() const noexcept { return figures().workflow; }
TokenUsage RecordedEntry::usage() const noexcept { return figures().usage; }
std::optional<NanoDollars> RecordedEntry::cost() const noexcept { return figures().cost; }

std::optional<double> RecordedEntry::duration_ms() const noexcept {
  for (const Scale& scale : kDurations) {
    const std::optional<ValueView> value = metadata.find(scale.key);
    if (value && value->is_number()) return value->to_double() * scale.to_ms;
  }
  return std::nullopt;
}

std::string_view RecordedEntry::tool_name() const noexcept {
  const std::optional<ValueView> name = first_of(metadata, kToolNames);
  return name && name->type() == ValueType::kString ? name->as_string() : std::string_view();
}

std::string RecordedEntry::arguments() const {
  const std::optional<ValueView> value = first_of(metadata, kArguments);
  return value ? text_of(*value) : std::string();
}

std::optional<std::string> RecordedEntry::error() const {
  const bool failed = is_failure(event_type);
  const std::optional<ValueView> said =
      failed ? first_of(metadata, kErrors) : metadata.find("error");
  if (said && !said->is_null()) return text_of(*said);
  return failed ? std::optional<std::string>("") : std::nullopt;
}

std::size_t RecordedEntry::size_bytes() const noexcept {
  return sizeof *this + event_type.size() + agent_name.size() + pattern_type.size() +
         run_id.size() + span_id.size() + size_of(messages) + response.size() +
         metadata.size_bytes();
}

EntryKind kind_of(const RecordedEntry& entry) noexcept {
  for (const KindOfType& known : kKinds) {
    if (known.type == entry.event_type) return known.kind;
  }
  return EntryKind::kOther;
}

NanoDollars total_cost_of(std::span<const RecordedEntry> entries) {
  CostSum sum;
  for (const RecordedEntry& entry : entries) sum.add(entry);
  return sum.sum();
}

}  // namespace v1
}  // namespace tracebus
