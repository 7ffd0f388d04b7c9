// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/core/owned_event.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Collected;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::IsEmpty;
using testing::kLong;
using testing::manual_options;

// Notes its name, or name:span, in a list that it shares with others.
class NotingConsumer final : public SpanConsumer {
 public:
  NotingConsumer(std::string name, Collected& notes) : name_(std::move(name)), notes_(notes) {}
  std::string_view name() const noexcept override { return name_; }
  void consume(std::span<const EventView> spans) override {
    for (const EventView& span : spans) {
      notes_.add(name_ + ":" + std::string(span.event_type()));
    }
  }

 private:
  const std::string name_;
  Collected& notes_;
};

class ThrowingConsumer final : public SpanConsumer {
 public:
  std::string_view name() const noexcept override { return "throwing"; }
  void consume(std::span<const EventView>) override { throw std::runtime_error("disk full"); }
};

// As the document has it: one span at a time.
class OneByOneConsumer final : public EachSpanConsumer {
 public:
  explicit OneByOneConsumer(Collected& notes) : notes_(notes) {}
  std::string_view name() const noexcept override { return "one by one"; }
  void consume(const EventView& span) override {
    if (span.agent_name() == "bad") throw std::runtime_error("bad span");
    notes_.add(std::string(span.agent_name()));
  }

 private:
  Collected& notes_;
};

struct ConsumedBus {
  explicit ConsumedBus(ExporterOptions options = {})
      : attached(*registry.attach(bus, std::move(options))) {}
  void settle() { (void)bus.flush(kLong); }

  TraceEventBus bus;
  Tracer tracer{bus};
  SpanConsumerRegistry registry;
  ScopedSubscription attached;
};

TEST(SpanConsumer, Row64_SpansOfABusReachEveryConsumerInOrderOfRegistration) {
  Collected notes;
  ConsumedBus rig;
  ASSERT_TRUE(rig.registry.add(std::make_shared<NotingConsumer>("b", notes)).ok());
  ASSERT_TRUE(rig.registry.add(std::make_shared<NotingConsumer>("a", notes)).ok());
  { const auto agent = rig.tracer.agent("bull"); }
  { rig.tracer.tool("search").set_status(SpanStatus::kFailed); }
  rig.bus.emit({.event_type = "cost_record"});
  rig.settle();
  ASSERT_TRUE(eventually([&] { return notes.size() == 4; }));
  std::vector<std::string> of_a;
  std::vector<std::string> of_b;
  for (const std::string& note : notes.texts()) (note[0] == 'a' ? of_a : of_b).push_back(note);
  EXPECT_THAT(of_a, ElementsAre("a:agent_end", "a:tool_error")) << "ends, and nothing else";
  EXPECT_THAT(of_b, ElementsAre("b:agent_end", "b:tool_error"));
  EXPECT_EQ(notes.texts()[0], "b:agent_end");
}

TEST(SpanConsumer, Row64_OneOfTheSameNameTakesThePlaceOfTheOther) {
  Collected old_notes;
  Collected notes;
  SpanConsumerRegistry registry;
  ASSERT_TRUE(registry.add(std::make_shared<NotingConsumer>("x", old_notes)).ok());
  ASSERT_TRUE(registry.add(std::make_shared<NotingConsumer>("y", notes)).ok());
  ASSERT_TRUE(registry.add(std::make_shared<NotingConsumer>("x", notes)).ok());
  TraceEventBus bus(manual_options());
  bus.subscribe_filter({"agent_end"}, [&](const EventView& span) {
    registry.dispatch_spans({&span, 1});
  });
  bus.emit({.event_type = "agent_end"});
  (void)bus.poll();
  EXPECT_THAT(notes.texts(), ElementsAre("x:agent_end", "y:agent_end"));
  EXPECT_THAT(old_notes.texts(), IsEmpty());
  EXPECT_TRUE(registry.remove("y"));
  EXPECT_FALSE(registry.remove("y"));
  EXPECT_EQ(registry.find("y"), nullptr);
  EXPECT_EQ(registry.find("x")->name(), "x");
  registry.clear();
  EXPECT_THAT(registry.stats(), IsEmpty());
}

TEST(SpanConsumer, Row64_OneThatThrowsIsCountedAndKeepsNoneFromTheOthers) {
  Collected notes;
  ConsumedBus rig;
  ASSERT_TRUE(rig.registry.add(std::make_shared<ThrowingConsumer>()).ok());
  ASSERT_TRUE(rig.registry.add(std::make_shared<NotingConsumer>("after", notes)).ok());
  { const auto agent = rig.tracer.agent("bull"); }
  rig.settle();
  ASSERT_TRUE(eventually([&] { return notes.size() == 1; }));
  ASSERT_TRUE(eventually([&] { return rig.registry.stats()[1].spans == 1; }));
  const std::vector<SpanConsumerStats> stats = rig.registry.stats();
  EXPECT_EQ(stats[0].name, "throwing");
  EXPECT_EQ(stats[0].failures, 1u);
  EXPECT_EQ(stats[0].last_error, "disk full");
  EXPECT_EQ(stats[1].failures, 0u);
  EXPECT_EQ(stats[1].batches, 1u);
}

TEST(SpanConsumer, Section0_TheDocumentsFormTakesOneSpanAtATime) {
  Collected notes;
  TraceEventBus bus(manual_options());
  SpanConsumerRegistry registry;
  ASSERT_TRUE(registry.add(std::make_shared<OneByOneConsumer>(notes)).ok());
  std::vector<OwnedEvent> events;
  bus.subscribe([&](const EventView& event) { events.emplace_back(event); });
  for (const char* agent : {"a", "bad", "c"}) {
    bus.emit({.event_type = "agent_end", .agent_name = agent});
  }
  (void)bus.poll();
  std::vector<EventView> views;
  for (const OwnedEvent& event : events) views.push_back(event.view());
  registry.dispatch_spans(views);
  EXPECT_THAT(notes.texts(), ElementsAre("a", "c")) << "one bad span costs that span alone";
  EXPECT_EQ(registry.stats()[0].failures, 1u);
  EXPECT_EQ(registry.stats()[0].spans, 3u);
}

TEST(SpanConsumer, Row64_RefusesWhatHasNoNameOrIsTooMuch) {
  Collected notes;
  SpanConsumerRegistry registry;
  EXPECT_TRUE(absl::IsInvalidArgument(registry.add(nullptr)));
  EXPECT_TRUE(absl::IsInvalidArgument(registry.add(std::make_shared<NotingConsumer>("", notes))));
  for (std::size_t i = 0; i < SpanConsumerRegistry::kConsumersMax; ++i) {
    ASSERT_TRUE(registry.add(std::make_shared<NotingConsumer>(std::to_string(i), notes)).ok());
  }
  const auto more = std::make_shared<NotingConsumer>("more", notes);
  EXPECT_TRUE(absl::IsResourceExhausted(registry.add(more)));
  EXPECT_TRUE(registry.add(std::make_shared<NotingConsumer>("7", notes)).ok());
}

TEST(SpanConsumer, Row64_AFilterNarrowsAndTheEndOfTheAttachmentEndsIt) {
  Collected notes;
  ConsumedBus rig({.filter = Filter::agent("bull")});
  ASSERT_TRUE(rig.registry.add(std::make_shared<NotingConsumer>("n", notes)).ok());
  { const auto agent = rig.tracer.agent("bear"); }
  { const auto agent = rig.tracer.agent("bull"); }
  rig.settle();
  ASSERT_TRUE(eventually([&] { return notes.size() == 1; }));
  rig.attached.reset();
  { const auto agent = rig.tracer.agent("bull"); }
  rig.settle();
  EXPECT_EQ(notes.size(), 1u);
}

TEST(SpanConsumer, Row64_TheProcesssOwnRegistryServesTheFreeFunctions) {
  Collected notes;
  ASSERT_TRUE(register_span_consumer(std::make_shared<NotingConsumer>("one", notes)).ok());
  ASSERT_TRUE(register_consumer(std::make_shared<NotingConsumer>("two", notes)).ok());
  TraceEventBus bus(manual_options());
  bus.subscribe([](const EventView& event) { dispatch_spans({&event, 1}); });
  bus.emit({.event_type = "agent_end"});
  (void)bus.poll();
  span_consumers().clear();
  EXPECT_THAT(notes.texts(), ElementsAre("one:agent_end", "two:agent_end"));
}

// A consumer may remove itself and add others; threads may register while spans are dispatched.
// Oracle: the one that stays gets every span.
TEST(SpanConsumer, Row64_TheRegistryMayChangeWhileItDispatches) {
  class Leaving final : public SpanConsumer {
   public:
    explicit Leaving(SpanConsumerRegistry& registry) : registry_(registry) {}
    std::string_view name() const noexcept override { return "leaving"; }
    void consume(std::span<const EventView>) override { registry_.remove("leaving"); }

   private:
    SpanConsumerRegistry& registry_;
  };
  constexpr int kSpans = 500;
  Collected notes;
  Collected others;
  ConsumedBus rig;
  ASSERT_TRUE(rig.registry.add(std::make_shared<NotingConsumer>("stays", notes)).ok());
  std::atomic<bool> done{false};
  std::thread changing([&] {
    while (!done) {
      (void)rig.registry.add(std::make_shared<Leaving>(rig.registry));
      (void)rig.registry.add(std::make_shared<NotingConsumer>("comes", others));
      rig.registry.remove("comes");
      (void)rig.registry.stats();
    }
  });
  for (int i = 0; i < kSpans; ++i) const auto agent = rig.tracer.agent("bull");
  rig.settle();
  EXPECT_TRUE(eventually([&] { return notes.size() == kSpans; }));
  done = true;
  changing.join();
}

}  // namespace
}  // namespace tracebus
