// SPDX-License-Identifier: Apache-2.0
//
// TokenStream: the pieces of an answer that a model streams, seen while its span is still open.
//
//   TokenStream stream(tracer, span);  // when the model is asked
//   client.stream(request, [&](std::string_view text) { stream.take(text); });
//
// Each piece of text is an `llm_token` event of the span, with its `index` from 0 and the text as
// `content`, which those alone see who were granted content. Such events are verbose: under
// pressure they go first, and the answer as a whole stands in the span's end. The first piece sets
// the span's time_to_first_chunk_seconds.
//
// Thread safety: none.
#ifndef TRACEBUS_TRACE_TOKEN_STREAM_H_
#define TRACEBUS_TRACE_TOKEN_STREAM_H_

#include <chrono>
#include <cstdint>
#include <string_view>

#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

class TokenStream {
 public:
  // Time counts from here. REQUIRES: span is the tracer's, and both outlive it.
  TokenStream(const Tracer& tracer, Span& span) noexcept
      : tracer_(tracer), span_(span), begin_(std::chrono::steady_clock::now()) {}
  TokenStream(const TokenStream&) = delete;
  TokenStream& operator=(const TokenStream&) = delete;

  // Empty: a piece of something that is no text, such as a call of a tool; no event.
  void take(std::string_view text) noexcept;

 private:
  const Tracer& tracer_;
  Span& span_;
  const std::chrono::steady_clock::time_point begin_;
  std::int64_t index_ = 0;  // of the next piece of text
  bool has_begun_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TOKEN_STREAM_H_
