// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/prompt_logger.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/trace/context.h"

namespace tracebus {
inline namespace v1 {
namespace {

// With some digits behind the point.
std::string fixed(double value, int digits) {
  char text[352];  // the largest double has 309 digits
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  return {text, static_cast<std::size_t>(std::clamp<int>(length, 0, sizeof text - 1))};
}

std::string share(std::string_view name, std::int64_t tokens, double percent) {
  return std::string(name) + "=" + std::to_string(tokens) + " (" + fixed(percent, 1) + "%)";
}

void append_window_lines(std::string& out, const TokenBreakdown& tokens, std::int64_t window) {
  constexpr double kThousand = 1024.0;  // as the seed has it
  const TokenPercentages percent = tokens.percentages(window);
  const auto total = static_cast<double>(tokens.total());
  const auto limit = static_cast<double>(window);
  out += "\nTokens: " + fixed(total / kThousand, 1) + "k / " + fixed(limit / kThousand, 1) + "k (" +
         fixed(total / limit * 100.0, 1) + "%)";
  out += "\n  " + share("system", tokens.system, percent.system) + "  " +
         share("user", tokens.user, percent.user) + "  " +
         share("assistant", tokens.assistant, percent.assistant);
  const std::int64_t free = std::max<std::int64_t>(0, window - tokens.total());
  out += "\n  " + share("tool", tokens.tool, percent.tool) + "  " +
         share("other", tokens.other, percent.other) + "  " + share("free", free, percent.free);
}

void append_tokens_line(std::string& out, const TokenBreakdown& tokens) {
  out += "\nTokens: " + std::to_string(tokens.total()) +
         " (system=" + std::to_string(tokens.system) + " user=" + std::to_string(tokens.user) +
         " assistant=" + std::to_string(tokens.assistant) + " tool=" + std::to_string(tokens.tool) +
         ")";
}

std::size_t bytes_of(const ExecutionLogEntry& entry) {
  std::size_t bytes = sizeof entry + entry.agent_name.size() + entry.model_name.size();
  for (const std::string& name : entry.tool_names) bytes += sizeof name + name.size();
  return bytes;
}

Value value_of(const PromptMessage& message) {
  std::vector<Attribute> members = {{"role", message.role}, {"content", message.content}};
  if (message.tool_calls.type() != ValueType::kNull) {
    members.push_back({"tool_calls", message.tool_calls});
  }
  return Value::object(std::move(members));
}

Value value_of(std::span<const PromptMessage> messages) {
  std::vector<Value> values;
  values.reserve(messages.size());
  for (const PromptMessage& message : messages) values.push_back(value_of(message));
  return Value::array(std::move(values));
}

}  // namespace

std::string ExecutionLogEntry::format_summary() const {
  std::string out = "Agent: ";
  append_visible(out, agent_name);
  out += "  Model: ";
  append_visible(out, model_name);
  out +=
      "\nMessages: " + std::to_string(message_count) + "  Duration: " + fixed(duration_s, 3) + "s";
  if (context_window > 0) {
    append_window_lines(out, breakdown, context_window);
  } else {
    append_tokens_line(out, breakdown);
  }
  const char* separator = "\nTools: ";
  for (const std::string& name : tool_names) {
    out += separator;
    append_visible(out, name);
    separator = ", ";
  }
  return out;
}

ExecutionLogEntry PromptLogger::log_execution(std::span<const PromptMessage> messages,
                                              const PromptExecution& execution) {
  const Context& context = Context::current();
  ExecutionLogEntry entry = {
      .agent_name =
          std::string(execution.agent_name.empty() ? context.agent() : execution.agent_name),
      .model_name = std::string(execution.model_name),
      .message_count = messages.size(),
      .tool_names = {execution.tool_names.begin(), execution.tool_names.end()},
      .breakdown = compute_token_breakdown(messages, options_.tokenizer),
      .context_window = execution.context_window,
      .duration_s = execution.duration_s};
  tell(messages, {}, entry, execution.level);
  return entry;
}

ExecutionLogEntry PromptLogger::log(std::span<const PromptMessage> messages,
                                    std::string_view response, std::string_view model,
                                    const TokenBreakdown& tokens) {
  ExecutionLogEntry entry = {.agent_name = std::string(Context::current().agent()),
                             .model_name = std::string(model),
                             .message_count = messages.size(),
                             .breakdown = tokens};
  tell(messages, response, entry, LogLevel::kInfo);
  return entry;
}

void PromptLogger::tell(std::span<const PromptMessage> messages, std::string_view response,
                        const ExecutionLogEntry& entry, LogLevel level) {
  keep(entry);
  if (level < options_.level_min) return;
  if (options_.bus != nullptr && options_.bus->wants(kPromptLog)) {
    emit(messages, response, entry, level);
  }
  if (!options_.sink) return;
  const std::string text = "LLM Execution\n" + entry.format_summary();
  try {
    options_.sink(level, text);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    ++sink_failures_;
  }
}

void PromptLogger::emit(std::span<const PromptMessage> messages, std::string_view response,
                        const ExecutionLogEntry& entry, LogLevel level) {
  const Context& context = Context::current();
  TraceEvent event = {.event_type = kPromptLog.name(),
                      .agent_name = entry.agent_name,
                      .pattern_type = context.pattern(),
                      .ids = context.ids()};
  Payload& payload = event.payload;
  payload.add("level", to_string(level));
  payload.add("model", entry.model_name);
  payload.add("message_count", entry.message_count);
  payload.add("duration_s", entry.duration_s);
  if (entry.context_window > 0) payload.add("context_window", entry.context_window);
  payload.add("system_tokens", entry.breakdown.system);
  payload.add("user_tokens", entry.breakdown.user);
  payload.add("assistant_tokens", entry.breakdown.assistant);
  payload.add("tool_tokens", entry.breakdown.tool);
  payload.add("other_tokens", entry.breakdown.other);
  payload.add("total_tokens", entry.breakdown.total());
  if (!entry.tool_names.empty()) {
    payload.add("tool_names", Value::array({entry.tool_names.begin(), entry.tool_names.end()}));
  }
  if (options_.bus->wants_content()) {
    payload.add("messages", value_of(messages));
    if (!response.empty()) payload.add("response", response);
  }
  options_.bus->emit(event);
}

void PromptLogger::keep(const ExecutionLogEntry& entry) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(entry);
  entries_bytes_ += bytes_of(entry);
  while (!entries_.empty() &&
         (entries_.size() > options_.entries_max || entries_bytes_ > options_.entries_bytes_max)) {
    entries_bytes_ -= bytes_of(entries_.front());
    entries_.pop_front();
  }
}

std::vector<ExecutionLogEntry> PromptLogger::entries() const {
  const std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

std::uint64_t PromptLogger::sink_failures() const {
  const std::lock_guard lock(mutex_);
  return sink_failures_;
}

}  // namespace v1
}  // namespace tracebus
