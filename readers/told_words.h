// SPDX-License-Identifier: Apache-2.0
//
// ToldWord: the words by which recordings say what an event or a span says of itself. All readers
// of JSON look them up here, so that what one form of recording may say, each may.
//
// Names with a dot that are attributes stand in core/profile.h.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_READERS_TOLD_WORDS_H_
#define TRACEBUS_READERS_TOLD_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tracebus/core/span_kind.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// What a word is for.
enum class ToldAs : std::uint8_t {
  kTime,  // that an event happened, or was written
  kEventType,
  kAgent,
  kPattern,
  kRun,
  kTrace,
  kSpan,
  kParent,
  kOrigin,
  kStart,
  kEnd,
  kDuration,
  kBody,     // an object of attributes
  kContext,  // an object of ids
  kTokens,   // an object of token counts
  kStatus,   // a word, a number, or an object that says either, and why
  kStatusText,
  kErrorType,
  kFailure,  // a text, an object, or whether there is one
  kAttribute,
  kName,
  kKind,
};
inline constexpr std::size_t kToldRoles = 22;

// Where a word means that.
enum class ToldIn : std::uint8_t {
  kAnywhere,
  kOutside,  // and in events not within a body, where it may mean anything
  kSpans,    // in spans alone
};

struct ToldWord {
  std::string_view word;
  ToldAs as;
  ToldIn in = ToldIn::kAnywhere;
  std::string_view own = {};  // of attributes: what we call them; empty: just so
  double ms = 0;              // of durations: one unit
};

// All that are for the same, those that count first before the others.
std::span<const ToldWord> told_words(ToldAs as) noexcept;

// Of an event. Null: nobody's word, or one of spans alone.
const ToldWord* event_word(std::string_view word) noexcept;

// What we call a member of an object of token counts. Empty: something else.
std::string_view own_token_name(std::string_view member) noexcept;

// Milliseconds. "duration" without a unit is seconds, or nanoseconds where it is an integer that
// begins at 1e6: a span of an integral number of seconds is shorter than eleven days. Nothing for
// what is no number. REQUIRES: word is for durations.
std::optional<double> told_duration_ms(const ToldWord& word, const Value& value) noexcept;

// "ok", "failed", "STATUS_CODE_ERROR", or OTLP's 0 to 2. Nothing for any other word or value.
std::optional<SpanStatus> told_status(const Value& value) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_TOLD_WORDS_H_
