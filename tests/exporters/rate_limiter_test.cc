// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tracebus/exporters/trace_sampler.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kSecond = 1'000'000'000;

int taken(TokenBucket& bucket, std::int64_t now_ns, int tries) {
  int count = 0;
  while (tries-- > 0) count += bucket.take(now_ns) ? 1 : 0;
  return count;
}

TEST(TokenBucket, GivesItsBurstAndThenItsRate) {
  TokenBucket bucket({.per_second = 10, .burst = 5});
  EXPECT_EQ(taken(bucket, 0, 100), 5);
  EXPECT_EQ(taken(bucket, kSecond / 10, 100), 1);
  EXPECT_EQ(taken(bucket, kSecond / 10 + 1, 100), 0);
  EXPECT_EQ(taken(bucket, 3 * kSecond / 10, 100), 2);
  EXPECT_EQ(taken(bucket, 3600 * kSecond, 100), 5);  // no more than the burst
}

TEST(TokenBucket, AClockThatGoesBackAddsNothing) {
  TokenBucket bucket({.per_second = 10, .burst = 1});
  EXPECT_EQ(taken(bucket, 10 * kSecond, 5), 1);
  EXPECT_EQ(taken(bucket, 0, 5), 0);
  EXPECT_EQ(taken(bucket, 10 * kSecond, 5), 0);
  EXPECT_EQ(taken(bucket, INT64_MAX, 5), 1);
  TokenBucket empty({.per_second = 0, .burst = 0});
  EXPECT_EQ(taken(empty, INT64_MAX, 5), 0);
}

TEST(RateLimiter, Row62_EachTypeHasItsOwnBucketAndOthersNone) {
  std::int64_t now = 0;
  Received received;
  ProcessingExporter exporter(
      chain_of(std::make_unique<RateLimiter>(
          std::vector<RateLimiter::TypeLimit>{{"llm_token", {.per_second = 1, .burst = 2}},
                                              {"inline type", {.per_second = 0, .burst = 1}}},
          [&now](const EventView&) { return now; })),
      std::make_unique<NotingExporter>(received));
  EventMaker maker;
  for (std::int64_t n = 0; n < 4; ++n) {
    maker.add({.event_type = "llm_token", .payload = {{"n", n}}});
    maker.add({.event_type = "inline type", .payload = {{"n", 10 + n}}});
    maker.add({.event_type = "llm_call", .payload = {{"n", 20 + n}}});
  }
  EXPECT_THAT(counts(exporter.export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0, 5));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 10, 20, 1, 21, 22, 23));
  now = kSecond;
  received.events.clear();
  exporter.export_batch(maker.batch_of(0, 3), in_a_second());
  EXPECT_THAT(received.numbers(), ElementsAre(0, 20));
}

TEST(RateLimiter, TimeIsTheMomentOfEmitUnlessSaidOtherwise) {
  Received received;
  ProcessingExporter exporter(
      chain_of(std::make_unique<RateLimiter>(
          std::vector<RateLimiter::TypeLimit>{{"llm_call", {.per_second = 1, .burst = 1}}})),
      std::make_unique<NotingExporter>(received));
  EventMaker maker;
  // Given times differ by an hour, and so do not count.
  for (std::int64_t n = 0; n < 3; ++n) {
    maker.add(
        {.timestamp = Timestamp{3600 * n, 0}, .event_type = "llm_call", .payload = {{"n", n}}});
  }
  exporter.export_batch(maker.batch(), in_a_second());
  EXPECT_THAT(received.numbers(), ElementsAre(0));
}

TEST(TraceSampler, KeepsWholeTracesByTheirIds) {
  Received received;
  ProcessingExporter exporter(
      chain_of(std::make_unique<TraceSampler>(*SamplingThreshold::of_share(0.5))),
      std::make_unique<NotingExporter>(received));
  EventIds low, high;
  low.trace_id.bytes[15] = 1;
  high.trace_id.bytes[9] = 0x80;
  EventMaker maker;
  for (std::int64_t n = 0; n < 3; ++n) {
    maker.add({.event_type = "llm_call", .payload = {{"n", n}}, .ids = low});
    maker.add({.event_type = "llm_call", .payload = {{"n", 10 + n}}, .ids = high});
  }
  maker.add({.event_type = "llm_call", .payload = {{"n", 20}}});  // of no trace
  EXPECT_THAT(counts(exporter.export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0, 3));
  EXPECT_THAT(received.numbers(), ElementsAre(10, 11, 12, 20));
}

}  // namespace
}  // namespace tracebus::testing
