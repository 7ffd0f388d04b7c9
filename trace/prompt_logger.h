// SPDX-License-Identifier: Apache-2.0
//
// PromptLogger: says of each call of a model what the prompt was made of.
//
//   PromptLogger logger({.bus = &bus, .sink = [](LogLevel, std::string_view text) {
//     std::cerr << text << '\n';
//   }});
//   logger.log_execution(messages, {.agent_name = "writer", .model_name = "gpt-4o",
//                                   .context_window = 128'000, .duration_s = 0.42});
//
// tells the sink
//
//   LLM Execution
//   Agent: writer  Model: gpt-4o
//   Messages: 3  Duration: 0.420s
//   Tokens: 1.2k / 125.0k (1.0%)
//     system=100 (0.1%)  user=1100 (0.9%)  assistant=0 (0.0%)
//     tool=0 (0.0%)  other=29 (0.0%)  free=126771 (99.0%)
//
// (a k is 1,024 tokens) and emits an event `prompt_log`, which any exporter takes, the console as
// well. The counts are for everybody; messages and response are of the content class, so they reach
// only who was granted content (AttributeKey::is_content), and are not looked at for the event
// while nobody was.
//
// Thread safety: every method may be called from any thread. The sink is called by whoever logs,
// one call at a time is not promised.
#ifndef TRACEBUS_TRACE_PROMPT_LOGGER_H_
#define TRACEBUS_TRACE_PROMPT_LOGGER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/trace/log_level.h"
#include "tracebus/trace/prompt_tokens.h"

namespace tracebus {
inline namespace v1 {

class TraceEventBus;

struct ExecutionLogEntry {
  std::string agent_name = {};
  std::string model_name = {};
  std::size_t message_count = 0;
  std::vector<std::string> tool_names = {};
  TokenBreakdown breakdown = {};
  std::int64_t context_window = 0;  // tokens; 0: not known
  double duration_s = 0;

  // The lines above from "Agent:" on, without a line feed at the end. Names are made safe to print
  // (core/visible_text.h).
  std::string format_summary() const;
  bool operator==(const ExecutionLogEntry&) const = default;
};

// Borrows what it names for the call.
struct PromptExecution {
  std::string_view agent_name = {};
  std::string_view model_name = {};
  std::int64_t context_window = 0;
  std::span<const std::string_view> tool_names = {};
  double duration_s = 0;
  LogLevel level = LogLevel::kInfo;
};

// What it throws is counted, and ignored.
using PromptLogSink = std::function<void(LogLevel level, std::string_view text)>;

struct PromptLoggerOptions {
  TraceEventBus* bus = nullptr;  // null: no events. Outlives the logger
  PromptLogSink sink = {};       // none: no text is made
  Tokenizer tokenizer = {};
  LogLevel level_min = LogLevel::kInfo;  // of what the sink and the bus are told
  // Of the entries that are kept, the oldest go first.
  std::size_t entries_max = 1024;
  std::size_t entries_bytes_max = std::size_t{1} << 20;
};

class PromptLogger {
 public:
  explicit PromptLogger(PromptLoggerOptions options = {}) : options_(std::move(options)) {}
  PromptLogger(const PromptLogger&) = delete;
  PromptLogger& operator=(const PromptLogger&) = delete;

  // As exo's source has it: counts the tokens of the messages. An empty agent_name is the current
  // context's.
  ExecutionLogEntry log_execution(std::span<const PromptMessage> messages,
                                  const PromptExecution& execution = {});
  // As its document has it: with the answer, and with tokens that were counted before.
  ExecutionLogEntry log(std::span<const PromptMessage> messages, std::string_view response,
                        std::string_view model, const TokenBreakdown& tokens);

  std::vector<ExecutionLogEntry> entries() const;  // what was logged last, the oldest first
  std::uint64_t sink_failures() const;

 private:
  void tell(std::span<const PromptMessage> messages, std::string_view response,
            const ExecutionLogEntry& entry, LogLevel level);
  void emit(std::span<const PromptMessage> messages, std::string_view response,
            const ExecutionLogEntry& entry, LogLevel level);
  void keep(const ExecutionLogEntry& entry);

  const PromptLoggerOptions options_;
  mutable std::mutex mutex_;
  // Under the mutex.
  std::deque<ExecutionLogEntry> entries_;
  std::size_t entries_bytes_ = 0;
  std::uint64_t sink_failures_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PROMPT_LOGGER_H_
