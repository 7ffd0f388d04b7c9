// SPDX-License-Identifier: Apache-2.0
//
// PromptMessage: a message to a model, as chat APIs have it. TokenBreakdown: how many tokens the
// messages of a prompt take, by who speaks.
#ifndef TRACEBUS_TRACE_PROMPT_TOKENS_H_
#define TRACEBUS_TRACE_PROMPT_TOKENS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "tracebus/core/value.h"
#include "tracebus/trace/token_estimate.h"

namespace tracebus {
inline namespace v1 {

// Borrows its texts, as values do.
struct PromptMessage {
  std::string_view role = {};
  // None, a text, or an array of parts: objects with a "type" of "text", "image_url", "tool_use" or
  // another one, or anything else.
  Value content = {};
  // None, or an array of objects {"function": {"name": ..., "arguments": ...}}.
  Value tool_calls = {};
};

// Shares of a context window, in percent.
struct TokenPercentages {
  double system = 0;
  double user = 0;
  double assistant = 0;
  double tool = 0;
  double other = 0;
  double free = 0;

  // By the names above; 0 for others.
  double operator[](std::string_view key) const noexcept;
};

struct TokenBreakdown {
  std::int64_t system = 0;
  std::int64_t user = 0;
  std::int64_t assistant = 0;
  std::int64_t tool = 0;
  std::int64_t other = 0;

  std::int64_t total() const noexcept;  // saturates
  // All 0 without a window. free is never negative.
  TokenPercentages percentages(std::int64_t context_window) const noexcept;

  // As exo's document calls them.
  std::int64_t system_tokens() const noexcept { return system; }
  std::int64_t user_tokens() const noexcept { return user; }
  std::int64_t assistant_tokens() const noexcept { return assistant; }
  std::int64_t tool_tokens() const noexcept { return tool; }
  std::int64_t other_tokens() const noexcept { return other; }
  std::int64_t total_tokens() const noexcept { return total(); }

  bool operator==(const TokenBreakdown&) const = default;
};

inline constexpr std::int64_t kTokensPerImage = 85;  // whatever its size

// By role: system, user, assistant, tool; all others are other. A text counts as what the tokenizer
// says; an image as kTokensPerImage; of a tool_use the part of that name, of anything else the
// whole, as Python's str() prints it; of a tool call its name and its arguments, each by itself.
// What is nested deeper than kValueDepthMax counts as one token. Thread safety: that of tokenizer.
TokenBreakdown compute_token_breakdown(std::span<const PromptMessage> messages,
                                       const Tokenizer& tokenizer = {});
inline TokenBreakdown compute_token_breakdown(std::span<const PromptMessage> messages,
                                              double ratio) {
  return compute_token_breakdown(messages, tokenizer_of_ratio(ratio));
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PROMPT_TOKENS_H_
