// SPDX-License-Identifier: Apache-2.0
//
// RateLimiter: lets through so many events of a type a second, and samples out the rest.
//
//   RateLimiter({{"llm_token", {.per_second = 100, .burst = 200}}})
//
// A token bucket for each type that is named: it holds `burst` at first and at most, and gains
// per_second. Its clock is by default the moment at which events were emitted, so that neither the
// size of batches nor a slow exporter changes what is kept. A clock that goes back adds nothing.
#ifndef TRACEBUS_EXPORTERS_RATE_LIMITER_H_
#define TRACEBUS_EXPORTERS_RATE_LIMITER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/core/processor.h"

namespace tracebus {
inline namespace v1 {

struct RateLimit {
  double per_second = 0;  // >= 0; 0: the burst, and then nothing
  double burst = 1;       // >= 0
};

class TokenBucket {
 public:
  explicit TokenBucket(const RateLimit& limit) noexcept : limit_(limit), tokens_(limit.burst) {}
  // Whether there is a token for one event at this time.
  bool take(std::int64_t now_ns) noexcept;

 private:
  RateLimit limit_;
  double tokens_;
  std::int64_t last_ns_ = INT64_MIN;
};

class RateLimiter final : public Processor {
 public:
  struct TypeLimit {
    std::string event_type;
    RateLimit limit;
  };
  using EventClock = std::function<std::int64_t(const EventView&)>;  // in nanoseconds

  explicit RateLimiter(const std::vector<TypeLimit>& limits, EventClock clock = {});

  void process(const EventView& event, ProcessorOutput& output) override;
  bool non_blocking() const noexcept override { return true; }

 private:
  const EventClock clock_;
  std::unordered_map<std::string, TokenBucket, TextHash, TextEqual> buckets_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_RATE_LIMITER_H_
