// SPDX-License-Identifier: Apache-2.0
//
// When a request that failed is sent again, as OTLP says (opentelemetry-proto,
// docs/specification.md, "OTLP/HTTP Response" and "OTLP/HTTP Throttling"): after 429, 502, 503 and
// 504 and where there was no answer, nothing else; not before Retry-After, else after a time that
// doubles and has jitter. No network in here, and the clock only where it says now.
#ifndef TRACEBUS_EXPORTERS_HTTP_RETRY_SCHEDULE_H_
#define TRACEBUS_EXPORTERS_HTTP_RETRY_SCHEDULE_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

constexpr bool is_retryable_status(int status) noexcept {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// No receiver makes us wait longer than this at a time.
inline constexpr std::chrono::seconds kRetryAfterMax{24 * 60 * 60};

// How long the value of a Retry-After header asks to wait, from 0 to kRetryAfterMax; a date that
// has passed is 0. Nothing for what is neither a number of seconds nor a date.
std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now);

struct RetryOptions {
  std::chrono::milliseconds initial_backoff{100};  // 1 to 60,000
  std::chrono::milliseconds max_backoff{10'000};   // at least initial_backoff; at most 3,600,000
};

// InvalidArgument for what is out of its range.
absl::Status check(const RetryOptions& options);

// The earlier of timeout from now and the bus's own deadline, less some time to count in.
Deadline give_up_at(const ExportContext& context, std::chrono::milliseconds timeout);

// Exporters that begin at the same time are not to come again at the same time.
std::uint64_t new_retry_seed(const void* instance) noexcept;

class RetrySchedule {
 public:
  explicit RetrySchedule(const RetryOptions& options, std::uint64_t seed) noexcept
      : options_(options), random_(seed) {}

  // The wait before the next attempt, after so many that failed (1, 2, ...). Between half of the
  // backoff and all of it: initial_backoff, doubled with each failure, at most max_backoff. Where
  // the receiver said how long, at least that, and up to half of initial_backoff more, so that not
  // all who were told so come at once.
  std::chrono::milliseconds wait_after(unsigned failures,
                                       std::optional<std::chrono::milliseconds> retry_after);

 private:
  std::uint64_t next_random() noexcept;  // splitmix64

  const RetryOptions options_;
  std::uint64_t random_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_RETRY_SCHEDULE_H_
