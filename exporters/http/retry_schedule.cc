// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/retry_schedule.h"

#include <algorithm>

#include "tracebus/exporters/http/http_date.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

// To return in, before the bus counts the batch as abandoned.
constexpr milliseconds kMargin{100};

constexpr milliseconds kInitialBackoffMax{60'000};
constexpr milliseconds kBackoffMax{3'600'000};

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view without_blanks(std::string_view text) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

milliseconds seconds_of(std::string_view digits) noexcept {
  std::int64_t seconds = 0;
  for (const char c : digits) {
    seconds = std::min<std::int64_t>(seconds * 10 + (c - '0'), kRetryAfterMax.count());
  }
  return milliseconds(seconds * 1000);
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view value,
                                              std::chrono::system_clock::time_point now) {
  value = without_blanks(value);
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_digit)) {
    return seconds_of(value);
  }
  const auto date = parse_http_date(value, std::chrono::floor<std::chrono::seconds>(now));
  if (!date) return std::nullopt;
  // Compared in seconds: the years of a date reach farther than nanoseconds do.
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  if (*date <= whole) return milliseconds(0);
  if (*date - whole >= kRetryAfterMax) return kRetryAfterMax;
  return std::chrono::ceil<milliseconds>(*date - now);
}

absl::Status check(const RetryOptions& options) {
  if (options.initial_backoff.count() < 1 || options.initial_backoff > kInitialBackoffMax) {
    return absl::InvalidArgumentError("initial_backoff is not from 1 to 60000 ms");
  }
  if (options.max_backoff < options.initial_backoff || options.max_backoff > kBackoffMax) {
    return absl::InvalidArgumentError("max_backoff is not from initial_backoff to 3600000 ms");
  }
  return absl::OkStatus();
}

Deadline give_up_at(const ExportContext& context, milliseconds timeout) {
  const Deadline now = std::chrono::steady_clock::now();
  if (context.deadline <= now) return now;
  const auto left = context.deadline - now;
  const auto margin = std::min<Deadline::duration>(left / 10, kMargin);
  if (left - margin <= timeout) return context.deadline - margin;
  return now + timeout;
}

std::uint64_t new_retry_seed(const void* instance) noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return static_cast<std::uint64_t>(now) ^ reinterpret_cast<std::uintptr_t>(instance);
}

milliseconds RetrySchedule::wait_after(unsigned failures, std::optional<milliseconds> retry_after) {
  const auto up_to = [&](milliseconds most) {
    return milliseconds(
        static_cast<std::int64_t>(next_random() % (static_cast<std::uint64_t>(most.count()) + 1)));
  };
  if (retry_after) return *retry_after + up_to(options_.initial_backoff / 2);
  milliseconds backoff = options_.initial_backoff;
  for (unsigned i = 1; i < failures && backoff < options_.max_backoff; ++i) backoff *= 2;
  backoff = std::min(backoff, options_.max_backoff);
  return backoff - up_to(backoff / 2);
}

std::uint64_t RetrySchedule::next_random() noexcept {
  std::uint64_t word = random_ += 0x9E3779B97F4A7C15;
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
  return word ^ (word >> 31);
}

}  // namespace v1
}  // namespace tracebus
