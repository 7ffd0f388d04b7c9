// SPDX-License-Identifier: Apache-2.0
//
// Token deltas give way to what happens in an agent's life: in a ring that cannot grow, and in the
// queue of an exporter that cannot keep up.
//
// The oracle is the receiver: it has every lifecycle event, and as many tokens are missing as were
// counted as verbose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using ::testing::IsEmpty;

constexpr std::string_view kToken = "llm_token";
constexpr std::int64_t kLifecycle = 0;  // as producers of numbered events
constexpr std::int64_t kTokens = 1;
constexpr std::size_t kQueueBytes = 64 << 10;

// An exporter that may run on the host's thread.
class PolledExporter final : public Exporter {
 public:
  explicit PolledExporter(std::shared_ptr<NumberedReceiver> receiver)
      : receiver_(std::move(receiver)) {}
  std::string_view name() const noexcept override { return "polled"; }
  bool non_blocking() const noexcept override { return true; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    for (const EventView& event : batch) receiver_->see(event);
    return ExportResult::ok();
  }

 private:
  const std::shared_ptr<NumberedReceiver> receiver_;
};

// Every twentieth event is one of the agent's life. How many of these there were, and all tokens.
struct Emitted {
  std::int64_t lifecycle = 0;
  std::int64_t tokens = 0;
  std::int64_t tokens_accepted = 0;

  void emit(TraceEventBus& bus, int events) {
    for (int i = 0; i < events; ++i) {
      if (i % 20 == 19) {
        EXPECT_EQ(emit_numbered(bus, {.producer = kLifecycle, .number = ++lifecycle}),
                  EmitResult::kAccepted);
        continue;
      }
      const EmitResult result =
          emit_numbered(bus, {.producer = kTokens, .number = ++tokens, .type = kToken});
      EXPECT_TRUE(result == EmitResult::kAccepted || result == EmitResult::kFull);
      tokens_accepted += result == EmitResult::kAccepted ? 1 : 0;
    }
  }
};

TEST(UsersAsk6_VerboseTest, RingThatCannotGrowRefusesTokensFirst) {
  TraceEventBus bus(
      {.ring_bytes = 16 << 10, .ring_bytes_max = 16 << 10, .threading = Threading::kManual});
  const auto receiver = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(std::make_unique<PolledExporter>(receiver)).ok());
  Emitted emitted;
  emitted.emit(bus, 300);  // about two rings full, if all went in
  const BusStats stats = bus.stats();
  const auto refused = static_cast<std::uint64_t>(emitted.tokens - emitted.tokens_accepted);
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(count(stats.rejected, DropReason::kVerbose), refused);
  EXPECT_EQ(total(stats.rejected), refused);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(receiver->problems(), IsEmpty());
  EXPECT_EQ(receiver->numbers(kLifecycle), numbers_to(emitted.lifecycle));
  EXPECT_EQ(receiver->count(kToken), static_cast<std::uint64_t>(emitted.tokens_accepted));
  // Once there is room, they pass again.
  EXPECT_EQ(emit_numbered(bus, {.producer = 2, .number = 1, .type = kToken}),
            EmitResult::kAccepted);
}

TEST(UsersAsk6_VerboseTest, TokensOfARingThatMayGrowAreKept) {
  TraceEventBus bus({.ring_bytes = kRingBytesMin, .threading = Threading::kManual});
  const auto receiver = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(std::make_unique<PolledExporter>(receiver)).ok());
  Emitted emitted;
  emitted.emit(bus, 3000);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(total(bus.stats().rejected), 0u);
  EXPECT_EQ(receiver->numbers(kTokens), numbers_to(emitted.tokens));
}

// More than the queue holds, in one pass of the dispatcher.
TEST(UsersAsk6_VerboseTest, BurstInOnePassLeavesRoomForLifecycleEvents) {
  TraceEventBus bus({.threading = Threading::kManual});
  const auto receiver = std::make_shared<NumberedReceiver>();
  const auto id = bus.add_exporter(std::make_unique<PolledExporter>(receiver),
                                   {.queue_bytes_max = kQueueBytes});
  Emitted emitted;
  emitted.emit(bus, 1000);
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(receiver->numbers(kLifecycle), numbers_to(emitted.lifecycle));
  EXPECT_GT(count(stats.dropped, DropReason::kVerbose), 0u);
  EXPECT_EQ(total(stats.dropped), count(stats.dropped, DropReason::kVerbose));
  EXPECT_EQ(receiver->count(kToken) + total(stats.dropped),
            static_cast<std::uint64_t>(emitted.tokens));
  EXPECT_THAT(receiver->problems(), IsEmpty());
}

// Two exporters with the same filter and the same queue: one takes nothing, the other everything.
class SlowBesideFastTest : public ::testing::Test {
 protected:
  SlowBesideFastTest() {
    const auto hold_up = [this](const Batch&, const ExportContext&) {
      gate_.pass();
      return ExportResult::ok();
    };
    const ExporterOptions options = {.batch = {.delay_ms_max = 0}, .queue_bytes_max = kQueueBytes};
    slow_id_ = *bus_.add_exporter(receiving_exporter(slow_, hold_up), options);
    fast_id_ = *bus_.add_exporter(receiving_exporter(fast_), options);
  }

  // Little enough for a fast exporter, and waits for it.
  void emit_some() {
    emitted_.emit(bus_, 100);
    const auto all = static_cast<std::uint64_t>(emitted_.lifecycle + emitted_.tokens_accepted);
    ASSERT_TRUE(eventually([&] { return fast_->count() == all; }));
  }
  std::uint64_t verbose_drops() const {
    return count(stats_of(bus_, slow_id_).dropped, DropReason::kVerbose);
  }

  Gate gate_;
  const std::shared_ptr<NumberedReceiver> slow_ = std::make_shared<NumberedReceiver>();
  const std::shared_ptr<NumberedReceiver> fast_ = std::make_shared<NumberedReceiver>();
  SubscriptionId slow_id_;
  SubscriptionId fast_id_;
  Emitted emitted_;
  TraceEventBus bus_;
};

TEST_F(SlowBesideFastTest, UsersAsk6_SlowOneLosesTokensFastOneNone) {
  for (int i = 0; i < 15; ++i) emit_some();
  EXPECT_GT(verbose_drops(), 0u);
  gate_.open();
  ASSERT_TRUE(bus_.flush(kLong).ok());
  EXPECT_EQ(fast_->numbers(kTokens), numbers_to(emitted_.tokens));
  EXPECT_EQ(fast_->numbers(kLifecycle), numbers_to(emitted_.lifecycle));
  EXPECT_EQ(total(stats_of(bus_, fast_id_).dropped), 0u);
  EXPECT_EQ(slow_->numbers(kLifecycle), numbers_to(emitted_.lifecycle));
  const SubscriptionStats stats = stats_of(bus_, slow_id_);
  EXPECT_EQ(total(stats.dropped), verbose_drops());
  EXPECT_EQ(slow_->count(kToken) + verbose_drops(), static_cast<std::uint64_t>(emitted_.tokens));
  EXPECT_THAT(slow_->problems(), IsEmpty());
  EXPECT_THAT(fast_->problems(), IsEmpty());
}

TEST_F(SlowBesideFastTest, UsersAsk6_TokensComeBackOnceTheQueueIsHalfEmpty) {
  for (int round = 0; round < 3; ++round) {
    while (verbose_drops() == 0 && emitted_.tokens < 5000) emit_some();
    gate_.open();
    ASSERT_TRUE(bus_.flush(kLong).ok());
    const std::uint64_t dropped = verbose_drops();
    for (int i = 0; i < 3; ++i) {
      emit_some();
      ASSERT_TRUE(bus_.flush(kLong).ok());
    }
    EXPECT_EQ(verbose_drops(), dropped);
    EXPECT_EQ(slow_->count(kToken) + dropped, static_cast<std::uint64_t>(emitted_.tokens));
  }
  EXPECT_THAT(slow_->problems(), IsEmpty());
}

}  // namespace
}  // namespace tracebus::testing
