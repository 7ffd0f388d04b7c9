// SPDX-License-Identifier: Apache-2.0
//
// ModelCall: one call of a model by a hooked agent: its span, and what it cost.
#ifndef TRACEBUS_TRACE_MODEL_CALL_H_
#define TRACEBUS_TRACE_MODEL_CALL_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/trace/hook_set.h"
#include "tracebus/trace/llm_span.h"
#include "tracebus/trace/token_stream.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

// Borrows its texts.
struct ModelMessage {
  std::string_view role = {};
  std::string_view content = {};
};

// What an agent asks of a model. Borrows all of it until the call has ended.
struct ModelRequest {
  LlmCall call = {};  // as llm_call of a Tracer takes it
  std::span<const ModelMessage> messages = {};
};

// What a model answers, where the caller's types say no more.
struct ModelReply {
  std::string text = {};
  std::optional<LlmUsage> usage = {};  // none: estimated
};

// As a span's attribute "messages" has them: objects with role and content. Borrows the texts.
Value messages_value(std::span<const ModelMessage> messages);

// Code points; each byte that begins none is part of the one before it.
std::int64_t character_count(std::string_view text) noexcept;
// A quarter of the characters, rounded down, as the seed estimates tokens.
std::int64_t quarter_of_characters(std::string_view text) noexcept;

// Thread safety: none.
class ModelCall {
 public:
  // tracer: null where no bus is attached. REQUIRES: all that is named outlives the call.
  ModelCall(const HookSet& hooks, const Tracer* tracer, std::string_view agent,
            const ModelRequest& request);
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;

  // Another attribute of its span, such as "finish_reason"; nothing without a span.
  void set(std::string_view key, const Value& value) noexcept {
    if (span_) span_->set(key, value);
  }
  bool is_recording() const noexcept { return span_ && span_->is_recording(); }

  // A piece of an answer that is streamed, as TokenStream::take has it; nothing without a span.
  void take(std::string_view text) noexcept {
    if (stream_) stream_->take(text);
  }

  // Ends the span with the answer, and records what it cost: what the usage says, or what the
  // tracker's prices make of it. Without usage, both are of estimated tokens, and
  // "usage_estimated" says so.
  void answered(std::string_view text, const std::optional<LlmUsage>& usage);
  // Ends it with the exception that is being handled. Costs nothing: nothing is known.
  void failed() noexcept;

 private:
  void record_costs(const LlmUsage& usage) const;

  const HookSet& hooks_;
  const std::string_view agent_;
  const ModelRequest request_;
  std::optional<LlmSpan> span_;
  std::optional<TokenStream> stream_;  // wherever there is a span
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_MODEL_CALL_H_
