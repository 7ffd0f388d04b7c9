// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/told_words.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>

namespace tracebus {
inline namespace v1 {
namespace {

using enum ToldAs;
constexpr ToldIn kOutside = ToldIn::kOutside;
constexpr ToldIn kSpans = ToldIn::kSpans;
constexpr ToldIn kAnywhere = ToldIn::kAnywhere;

// Ordered by what they are for. Where a recording has several of one purpose, the first of them in
// this table has it, and the others are attributes.
constexpr ToldWord kWords[] = {
    {"timestamp", kTime},
    {"ts", kTime, kOutside},
    {"time", kTime, kOutside},
    {"event_type", kEventType, kOutside},
    {"type", kEventType, kOutside},
    {"event", kEventType, kOutside},
    {"agent_name", kAgent},
    {"agent", kAgent},
    {"agent.name", kAgent},
    {"gen_ai.agent.name", kAgent},
    {"exo.agent.name", kAgent},
    {"pyagent.agent.name", kAgent},
    {"pattern_type", kPattern},
    {"pattern", kPattern},
    {"pyagent.pattern.type", kPattern},
    {"agent.pattern", kPattern},
    {"gen_ai.workflow.name", kPattern},
    {"run_id", kRun},
    {"runId", kRun},
    {"trace_id", kTrace},
    {"traceId", kTrace},
    {"traceID", kTrace},
    {"span_id", kSpan},
    {"spanId", kSpan},
    {"spanID", kSpan},
    {"step_id", kSpan},
    {"stepId", kSpan},
    {"eventId", kSpan, kSpans},
    {"parent_span_id", kParent},
    {"parentSpanId", kParent},
    {"parent_id", kParent},
    {"parentId", kParent},
    {"parentSpanID", kParent},
    {"origin", kOrigin, kOutside},
    {"start_time", kStart},
    {"startTime", kStart},
    {"startedAt", kStart},
    {"started_at", kStart},
    {"start_ns", kStart},
    {"startTimeUnixNano", kStart},
    {"start", kStart, kSpans},
    {"end_time", kEnd},
    {"endTime", kEnd},
    {"endedAt", kEnd},
    {"ended_at", kEnd},
    {"end_ns", kEnd},
    {"endTimeUnixNano", kEnd},
    {"end", kEnd, kSpans},
    {"duration_ms", kDuration, kAnywhere, "", 1},
    {"duration_seconds", kDuration, kAnywhere, "", 1e3},
    {"durationMs", kDuration, kAnywhere, "", 1},
    {"latency_ms", kDuration, kAnywhere, "", 1},
    {"duration_s", kDuration, kAnywhere, "", 1e3},
    {"duration_ns", kDuration, kAnywhere, "", 1e-6},
    {"latency", kDuration, kAnywhere, "", 1e3},
    {"duration", kDuration, kAnywhere, "", 1e3},
    {"payload", kBody, kOutside},
    {"data", kBody, kOutside},
    {"attributes", kBody, kOutside},
    {"metadata", kBody, kOutside},
    {"tags", kBody, kSpans},
    {"context", kContext, kOutside},
    {"tokens", kTokens},
    {"tokenUsage", kTokens},
    {"token_usage", kTokens},
    {"usage", kTokens},
    {"status", kStatus},
    {"status.code", kStatus},
    {"status_code", kStatus, kSpans},
    {"error_message", kStatusText, kSpans},
    {"errorMessage", kStatusText},
    {"status_message", kStatusText},
    {"status_description", kStatusText},
    {"status.message", kStatusText},
    {"exception.message", kStatusText},
    {"error_type", kErrorType},
    {"errorType", kErrorType},
    {"error.type", kErrorType},
    {"exception.type", kErrorType},
    {"error", kFailure},
    {"prompt_tokens", kAttribute, kAnywhere, "input_tokens"},
    {"promptTokens", kAttribute, kAnywhere, "input_tokens"},
    {"inputTokens", kAttribute, kAnywhere, "input_tokens"},
    {"completion_tokens", kAttribute, kAnywhere, "output_tokens"},
    {"completionTokens", kAttribute, kAnywhere, "output_tokens"},
    {"outputTokens", kAttribute, kAnywhere, "output_tokens"},
    {"totalTokens", kAttribute, kAnywhere, "total_tokens"},
    {"token_count", kAttribute, kAnywhere, "total_tokens"},
    {"token_estimate", kAttribute, kAnywhere, "total_tokens"},
    {"cost_estimate", kAttribute, kSpans, "cost_usd"},  // as Studio's own events say
    {"cost", kAttribute, kAnywhere, "cost_usd"},
    {"total_cost", kAttribute, kAnywhere, "cost_usd"},
    {"name", kName, kSpans},
    {"span_name", kName, kSpans},
    {"operationName", kName, kSpans},
    {"kind", kKind, kSpans},
    {"type", kKind, kSpans},
    {"span_kind", kKind, kSpans},
    {"span_type", kKind, kSpans},
};
constexpr std::size_t kCount = std::size(kWords);
static_assert(std::ranges::is_sorted(kWords, {}, &ToldWord::as));
static_assert(static_cast<std::size_t>(kKind) + 1 == kToldRoles);

// Where the words of each purpose begin; one more, for where the last end.
constexpr auto kRoleBegins = [] {
  std::array<std::size_t, kToldRoles + 1> begins{};
  for (std::size_t role = 0; role <= kToldRoles; ++role) {
    while (begins[role] < kCount && static_cast<std::size_t>(kWords[begins[role]].as) < role) {
      ++begins[role];
    }
  }
  return begins;
}();

// Words of events, shorter ones first; those of one length are few.
constexpr std::size_t kEventWords =
    std::ranges::count_if(kWords, [](const ToldWord& each) { return each.in != kSpans; });
constexpr auto kByLength = [] {
  std::array<const ToldWord*, kEventWords> words{};
  std::size_t filled = 0;
  for (const ToldWord& each : kWords) {
    if (each.in != kSpans) words[filled++] = &each;
  }
  std::ranges::sort(words, {}, [](const ToldWord* each) { return each->word.size(); });
  return words;
}();
constexpr std::size_t kLongest = kByLength.back()->word.size();
struct Length {
  std::uint32_t letters = 0;  // that such words begin with, a bit each
  std::uint8_t begin = 0;
  std::uint8_t end = 0;
};
constexpr auto kLengths = [] {
  std::array<Length, kLongest + 1> lengths{};
  for (std::size_t i = 0; i < kEventWords; ++i) {
    const std::string_view word = kByLength[i]->word;
    Length& length = lengths[word.size()];
    if (length.letters == 0) length.begin = static_cast<std::uint8_t>(i);
    length.end = static_cast<std::uint8_t>(i + 1);
    length.letters |= 1u << (word[0] & 31);
  }
  return lengths;
}();

struct TokenMember {
  std::string_view member;
  std::string_view own;
};
constexpr TokenMember kTokenMembers[] = {
    {"input", "input_tokens"},
    {"input_tokens", "input_tokens"},
    {"prompt", "input_tokens"},
    {"output", "output_tokens"},
    {"output_tokens", "output_tokens"},
    {"completion", "output_tokens"},
    {"total", "total_tokens"},
    {"total_tokens", "total_tokens"},
    {"cached", "cache_read_input_tokens"},
    {"cache_read_input_tokens", "cache_read_input_tokens"},
    {"cache_creation_input_tokens", "cache_creation_input_tokens"},
    {"reasoning", "reasoning_tokens"},
    {"reasoning_tokens", "reasoning_tokens"},
};

constexpr std::string_view kFailedWords[] = {
    "error", "failed", "failure", "errored", "STATUS_CODE_ERROR", "ERROR", "FAILED"};
constexpr std::string_view kOkWords[] = {"ok",     "success",        "succeeded", "completed",
                                         "passed", "STATUS_CODE_OK", "OK",        "COMPLETED"};
constexpr std::string_view kUnsetWords[] = {"unset", "UNSET", "STATUS_CODE_UNSET"};

}  // namespace

std::span<const ToldWord> told_words(ToldAs as) noexcept {
  const auto role = static_cast<std::size_t>(as);
  return std::span(kWords).subspan(kRoleBegins[role], kRoleBegins[role + 1] - kRoleBegins[role]);
}

const ToldWord* event_word(std::string_view word) noexcept {
  if (word.empty() || word.size() > kLongest) return nullptr;
  const Length& length = kLengths[word.size()];
  if ((length.letters >> (word[0] & 31) & 1) == 0) return nullptr;
  for (std::size_t i = length.begin; i < length.end; ++i) {
    if (kByLength[i]->word == word) return kByLength[i];
  }
  return nullptr;
}

std::string_view own_token_name(std::string_view member) noexcept {
  for (const TokenMember& each : kTokenMembers) {
    if (each.member == member) return each.own;
  }
  const ToldWord* const word = event_word(member);
  const bool counts = word != nullptr && word->as == kAttribute && word->own.ends_with("_tokens");
  return counts ? word->own : std::string_view();
}

std::optional<double> told_duration_ms(const ToldWord& word, const Value& value) noexcept {
  const bool is_integer = value.type() == ValueType::kInt64;
  if (!is_integer && value.type() != ValueType::kDouble) return std::nullopt;
  const double number = is_integer ? static_cast<double>(value.as_int64()) : value.as_double();
  const bool is_ns = word.word == "duration" && is_integer && number >= 1e6;
  return number * (is_ns ? 1e-6 : word.ms);
}

std::optional<SpanStatus> told_status(const Value& value) noexcept {
  if (value.type() == ValueType::kInt64) {
    constexpr std::array kCodes = {SpanStatus::kUnset, SpanStatus::kOk, SpanStatus::kFailed};
    const auto code = static_cast<std::uint64_t>(value.as_int64());
    return code < kCodes.size() ? std::optional(kCodes[code]) : std::nullopt;
  }
  if (value.type() != ValueType::kString) return std::nullopt;
  const auto has = [&](const auto& words) {
    return std::ranges::find(words, value.as_string()) != std::end(words);
  };
  if (has(kFailedWords)) return SpanStatus::kFailed;
  if (has(kOkWords)) return SpanStatus::kOk;
  return has(kUnsetWords) ? std::optional(SpanStatus::kUnset) : std::nullopt;
}

}  // namespace v1
}  // namespace tracebus
