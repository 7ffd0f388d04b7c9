// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/processing_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Deadline kSomeTime = Deadline::max();

std::int64_t number_of(const EventView& event) { return event.find("n")->as_int64(); }

std::unique_ptr<ProcessingExporter> exporter_to(Received& received,
                                                std::vector<std::unique_ptr<Processor>> chain) {
  return std::make_unique<ProcessingExporter>(std::move(chain),
                                              std::make_unique<NotingExporter>(received));
}

std::string lines_of(const Received& received) {
  std::vector<EventView> views;
  for (const OwnedEvent& event : received.events) views.push_back(event.view());
  return jsonl_of(Batch{.events = views});
}

// Appends its name to the attribute "path".
std::unique_ptr<Processor> signing(const std::string& name) {
  return stub([name](const EventView& event, ProcessorOutput& output) {
    const auto before = event.find("path");
    const std::string path = (before ? std::string(before->as_string()) : "") + name;
    TraceEvent signed_event = event.to_event();
    signed_event.payload.add("path", path);
    output.replace(event, signed_event);
  });
}

TEST(ProcessingExporter, WithoutProcessorsEventsComeOutAsTheyWere) {
  Received received;
  const auto exporter = exporter_to(received, {});
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(lines_of(received), jsonl_of(maker.batch()));
  EXPECT_EQ(exporter->name(), "noting");
}

TEST(ProcessingExporter, PassedEventsComeOutAsTheyWere) {
  Received received;
  const auto exporter = exporter_to(received, chain_of(stub(nullptr), stub(nullptr)));
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(lines_of(received), jsonl_of(maker.batch()));
}

TEST(ProcessingExporter, ReplacedEventKeepsItsIdentity) {
  EventMaker maker;
  maker.add({.event_type = "x", .agent_name = "a", .foreign_ids = {.run_id = "run_1"}});
  maker.add({.timestamp = Timestamp{-5, 1}, .event_type = "y", .origin = Origin{11, 12, 13}});
  const std::vector<EventView> before(maker.batch().begin(), maker.batch().end());
  Received received;
  const auto exporter =
      exporter_to(received, chain_of(stub([](const EventView& event, ProcessorOutput& output) {
                    output.replace(event, {.event_type = "z", .payload = {{"k", 1}}});
                  })));
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
  ASSERT_EQ(received.events.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const EventView after = received.events[i].view();
    EXPECT_EQ(after.event_type(), "z");
    EXPECT_EQ(after.agent_name(), "");
    EXPECT_EQ(after.find("k")->as_int64(), 1);
    EXPECT_EQ(after.origin(), before[i].origin());
    EXPECT_EQ(after.sequence(), before[i].sequence());
    EXPECT_EQ(after.producer(), before[i].producer());
    EXPECT_EQ(after.emitted_ticks(), before[i].emitted_ticks());
    EXPECT_EQ(after.timestamp(), before[i].timestamp());
    EXPECT_EQ(after.has_given_time(), before[i].has_given_time());
    EXPECT_EQ(after.ids(), before[i].ids());
    EXPECT_EQ(after.foreign_ids().run_id, before[i].foreign_ids().run_id);
  }
}

TEST(ProcessingExporter, ReplacementByItselfChangesNothing) {
  EventMaker maker;
  maker.add({.event_type = "x", .payload = {{"k", 1}}, .foreign_ids = {.span_id = "s"}});
  maker.add({.timestamp = Timestamp{7, 8}, .event_type = "llm_call", .agent_name = "a"});
  Received received;
  const auto exporter =
      exporter_to(received, chain_of(stub([](const EventView& event, ProcessorOutput& output) {
                    output.replace(event, event.to_event());
                  })));
  exporter->export_batch(maker.batch(), in_a_second());
  ASSERT_EQ(received.events.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const EventView before = maker.batch().events[i];
    const EventView after = received.events[i].view();
    ASSERT_EQ(after.size_bytes(), before.size_bytes());
    EXPECT_EQ(std::memcmp(after.record(), before.record(), before.size_bytes()), 0);
  }
}

TEST(ProcessingExporter, ReplacementMayHaveAnotherTimeAndOtherIds) {
  EventMaker maker = numbered_events(1);
  Received received;
  const auto exporter =
      exporter_to(received, chain_of(stub([](const EventView& event, ProcessorOutput& output) {
                    output.replace(event, {.timestamp = Timestamp{99, 0},
                                           .event_type = "z",
                                           .foreign_ids = {.run_id = "other"},
                                           .origin = Origin{1, 2, 3}});
                  })));
  exporter->export_batch(maker.batch(), in_a_second());
  const EventView after = received.events.at(0).view();
  EXPECT_EQ(after.timestamp(), (Timestamp{99, 0}));
  EXPECT_EQ(after.foreign_ids().run_id, "other");
  EXPECT_EQ(after.origin(), maker.batch().events[0].origin());  // but its identity stays
}

TEST(ProcessingExporter, AddedEventsHaveAProducerOfTheirOwn) {
  Received received;
  const auto add_one = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    output.add({.event_type = "summary", .payload = {{"of", number_of(event)}}});
  };
  const auto exporter = exporter_to(received, chain_of(stub(add_one)));
  EventMaker maker = numbered_events(2);
  const Timestamp before = Timestamp::now();
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 2));
  EXPECT_THAT(received.numbers(), ElementsAre(0, -1, 1, -1));
  const EventView first = received.events[1].view();
  const EventView second = received.events[3].view();
  EXPECT_EQ(first.find("of")->as_int64(), 0);
  EXPECT_EQ(first.sequence(), 1u);
  EXPECT_EQ(second.sequence(), 2u);
  EXPECT_EQ(first.producer(), second.producer());
  EXPECT_GT(first.producer(), 0xFFFF0000u);
  EXPECT_EQ(first.origin().instance, kTestInstance);
  EXPECT_GE(first.timestamp(), before);
  EXPECT_LE(first.timestamp(), Timestamp::now());
}

TEST(ProcessingExporter, EventsThatAreNotEmittedCountAsProcessed) {
  Received received;
  const auto drop_odd = [](const EventView& event, ProcessorOutput& output) {
    if (number_of(event) % 2 == 0) output.pass(event);
  };
  const auto exporter = exporter_to(received, chain_of(stub(drop_odd)));
  EventMaker maker = numbered_events(5);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 2, 0));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 2, 4));
}

TEST(ProcessingExporter, OneDroppedAndOneAddedDoNotCancelOut) {
  Received received;
  const auto exchange = [](const EventView&, ProcessorOutput& output) {
    output.add({.event_type = "instead"});
  };
  const auto exporter = exporter_to(received, chain_of(stub(exchange)));
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 3, 3));
}

TEST(ProcessingExporter, AddedEventThatALaterProcessorDropsIsNotCounted) {
  Received received;
  const auto add_one = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    output.add({.event_type = "summary"});
  };
  const auto drop_summaries = [](const EventView& event, ProcessorOutput& output) {
    if (event.event_type() != "summary") output.pass(event);
  };
  const auto exporter = exporter_to(received, chain_of(stub(add_one), stub(drop_summaries)));
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
}

TEST(ProcessingExporter, EventPassedTwiceIsOneEventAndOneAdded) {
  Received received;
  const auto twice = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    output.pass(event);
  };
  const auto exporter = exporter_to(received, chain_of(stub(twice)));
  EventMaker maker = numbered_events(2);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 2));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 0, 1, 1));
}

TEST(ProcessingExporter, EventHeldBackWithinItsBatchIsNeitherProcessedNorAdded) {
  Received received;
  const auto exporter =
      exporter_to(received, chain_of(std::make_unique<HoldingProcessor>(false), signing("a")));
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 1, 2));  // by the tick after the batch
}

TEST(ProcessingExporter, EventReleasedInALaterBatchWasProcessedAndIsAdded) {
  std::optional<OwnedEvent> held;
  const auto delay_by_one = [&held](const EventView& event, ProcessorOutput& output) {
    if (held) output.pass(held->view());
    held.emplace(event);
  };
  Received received;
  const auto exporter = exporter_to(received, chain_of(stub(delay_by_one)));
  EventMaker maker = numbered_events(5);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch_of(0, 3), in_a_second())),
              ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(counts(exporter->export_batch(maker.batch_of(3, 5), in_a_second())),
              ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 1, 2, 3));
}

TEST(ProcessingExporter, HeldEventsComeOutBeforeTheFlush) {
  Received received;
  const auto exporter =
      exporter_to(received, chain_of(std::make_unique<HoldingProcessor>(true), stub(nullptr)));
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 3, 0));
  EXPECT_THAT(received.batches, IsEmpty());
  received.answer = [&received](const Batch&) {
    EXPECT_EQ(received.flushes, 0);
    return ExportResult::partial(1);
  };
  EXPECT_TRUE(exporter->flush(kSomeTime).ok());
  EXPECT_THAT(received.numbers(), ElementsAre(0, 1, 2));
  EXPECT_THAT(counts(exporter->flush_result()), ElementsAre(0, 1, 0, 3));
  EXPECT_EQ(received.flushes, 1);
  EXPECT_TRUE(exporter->flush(kSomeTime).ok());
  EXPECT_THAT(counts(exporter->flush_result()), ElementsAre(0, 0, 0, 0));
}

TEST(ProcessingExporter, HeldEventsComeOutBeforeTheShutdown) {
  Received received;
  const auto exporter = exporter_to(received, chain_of(std::make_unique<HoldingProcessor>(true)));
  EventMaker maker = numbered_events(2);
  exporter->export_batch(maker.batch(), in_a_second());
  EXPECT_TRUE(exporter->shutdown(kSomeTime).ok());
  EXPECT_THAT(received.numbers(), ElementsAre(0, 1));
  EXPECT_THAT(counts(exporter->flush_result()), ElementsAre(0, 0, 0, 2));
  EXPECT_EQ(received.shutdowns, 1);
}

TEST(ProcessingExporter, TickWaitsForItsInterval) {
  std::vector<bool> often, never;
  const auto exporter_of = [](Received& received, std::vector<bool>& ticks, auto interval) {
    const auto note = [&ticks](bool last, ProcessorOutput&) { ticks.push_back(last); };
    return exporter_to(received, chain_of(stub(nullptr, note, interval)));
  };
  Received received;
  const auto each = exporter_of(received, often, std::chrono::milliseconds(0));
  const auto daily = exporter_of(received, never, kNever);
  EventMaker maker = numbered_events(1);
  for (int i = 0; i < 2; ++i) {
    each->export_batch(maker.batch(), in_a_second());
    daily->export_batch(maker.batch(), in_a_second());
  }
  EXPECT_THAT(often, ElementsAre(false, false));
  EXPECT_THAT(never, IsEmpty());
  EXPECT_TRUE(each->flush(kSomeTime).ok());
  EXPECT_TRUE(daily->flush(kSomeTime).ok());
  EXPECT_THAT(often, ElementsAre(false, false, true));
  EXPECT_THAT(never, ElementsAre(true));
}

TEST(ProcessingExporter, ProcessorsActInTheirOrder) {
  Received received;
  auto chain = chain_of(signing("a"), signing("b"));
  chain.push_back(
      stub(nullptr, [](bool, ProcessorOutput& output) { output.add({.event_type = "tick"}); }));
  chain.push_back(signing("c"));
  const auto exporter = exporter_to(received, std::move(chain));
  EventMaker maker = numbered_events(1);
  exporter->export_batch(maker.batch(), in_a_second());
  ASSERT_EQ(received.events.size(), 2u);
  EXPECT_EQ(received.events[0].view().find("path")->as_string(), "abc");
  EXPECT_EQ(received.events[1].view().find("path")->as_string(), "c");
}

TEST(ProcessingExporter, ThrowingProcessorCostsItsEventAlone) {
  Received received;
  const auto throw_on_one = [](const EventView& event, ProcessorOutput& output) {
    if (number_of(event) == 1) throw std::runtime_error("one");
    output.pass(event);
  };
  const auto exporter =
      exporter_to(received, chain_of(signing("a"), stub(throw_on_one), signing("b")));
  EventMaker maker = numbered_events(3);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 2));
  EXPECT_EQ(received.events[1].view().find("path")->as_string(), "ab");
  EXPECT_EQ(exporter->last_error(), "processor: one");
}

TEST(ProcessingExporter, ThrowAfterTheEventWasEmittedCostsNothing) {
  Received received;
  const auto pass_and_throw = [](const EventView& event, ProcessorOutput& output) {
    number_of(event) == 0 ? output.pass(event) : output.replace(event, event.to_event());
    throw 7;
  };
  const auto exporter = exporter_to(received, chain_of(stub(pass_and_throw)));
  EventMaker maker = numbered_events(2);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 1));
  EXPECT_EQ(exporter->last_error(), "processor: exception of unknown type");
}

TEST(ProcessingExporter, AddedEventThatALaterProcessorThrowsOnIsAddedAndFailed) {
  Received received;
  const auto add_one = [](const EventView&, ProcessorOutput& output) {
    output.add({.event_type = "summary"});
  };
  const auto always = [](const EventView&, ProcessorOutput&) { throw std::runtime_error("no"); };
  const auto exporter = exporter_to(received, chain_of(stub(add_one), stub(always)));
  EventMaker maker = numbered_events(2);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(2, 0, 2, 2));
}

TEST(ProcessingExporter, ThrowInATickIsTheFailureOfTheNextFlush) {
  Received received;
  const auto throw_once = [thrown = false](bool, ProcessorOutput&) mutable {
    if (!std::exchange(thrown, true)) throw std::runtime_error("tick");
  };
  const auto exporter = exporter_to(received, chain_of(stub(nullptr, throw_once)));
  EventMaker maker = numbered_events(2);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(received.numbers(), ElementsAre(0, 1));
  EXPECT_EQ(exporter->flush(kSomeTime), absl::InternalError("processor: tick"));
  EXPECT_EQ(received.flushes, 1);
  EXPECT_TRUE(exporter->flush(kSomeTime).ok());
}

TEST(ProcessingExporter, EventsThatExceedTheLimitsFail) {
  Received received;
  const auto grow = [](const EventView& event, ProcessorOutput& output) {
    TraceEvent grown = event.to_event();
    for (std::size_t i = 0; i <= kAttributesMax; ++i) grown.payload.add("k", nullptr);
    number_of(event) == 0 ? output.replace(event, grown) : output.add(grown);
  };
  const auto exporter = exporter_to(received, chain_of(stub(grow)));
  EventMaker maker = numbered_events(2);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(2, 0, 1, 1));
  EXPECT_THAT(received.events, IsEmpty());
  EXPECT_THAT(exporter->last_error(), ::testing::HasSubstr("exceeds the limits"));
}

TEST(ProcessingExporter, BatchesStayWithinThoseThatCameIn) {
  Received received;
  const auto three_more = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    for (int i = 0; i < 3; ++i) output.add({.event_type = "more", .payload = {{"i", i}}});
    TraceEvent large = event.to_event();
    const std::string filling(5'000, 'x');
    large.payload.add("large", filling);
    if (number_of(event) == 0) output.add(large);  // larger than all of the batch
  };
  const auto exporter = exporter_to(received, chain_of(stub(three_more)));
  EventMaker maker = numbered_events(8);
  std::size_t bytes = 0;
  for (const EventView& event : maker.batch()) bytes += event.size_bytes();
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(0, 0, 0, 25));
  ASSERT_EQ(received.events.size(), 33u);
  EXPECT_LE(received.batches.size(), 9u);
  std::uint64_t next = 1;
  for (const Received::OneBatch& batch : received.batches) {
    EXPECT_EQ(batch.first_number, next);
    next += batch.events;
    EXPECT_TRUE(batch.events == 1 || (batch.events <= 8 && batch.bytes <= bytes));
  }
  EXPECT_EQ(next, 34u);
}

TEST(ProcessingExporter, SmallerEventsDoNotMakeLongerBatches) {
  Received received;
  const auto three_for_one = [](const EventView&, ProcessorOutput& output) {
    for (int i = 0; i < 3; ++i) output.add({.event_type = "x"});
  };
  const auto exporter = exporter_to(received, chain_of(stub(three_for_one)));
  EventMaker maker;
  for (int i = 0; i < 4; ++i) maker.add_numbered(i, std::string(1'000, 'x'));
  exporter->export_batch(maker.batch(), in_a_second());
  EXPECT_EQ(received.events.size(), 12u);
  for (const Received::OneBatch& batch : received.batches) EXPECT_LE(batch.events, 4u);
}

TEST(ProcessingExporter, AFlushIsWithinTheLargestBatchToo) {
  Received received;
  const auto exporter = exporter_to(received, chain_of(std::make_unique<HoldingProcessor>(true)));
  EventMaker maker = numbered_events(10);
  exporter->export_batch(maker.batch_of(0, 4), in_a_second());
  exporter->export_batch(maker.batch_of(4, 6), in_a_second());
  exporter->export_batch(maker.batch_of(6, 10), in_a_second());
  EXPECT_TRUE(exporter->flush(kSomeTime).ok());
  ASSERT_EQ(received.batches.size(), 3u);
  EXPECT_EQ(received.batches[0].events, 4u);
  EXPECT_EQ(received.batches[2].events, 2u);
}

TEST(ProcessingExporter, LossesOfTheExporterAreAddedToThoseOfTheChain) {
  Received received;
  received.answer = [](const Batch&) { return ExportResult{.failed = 1, .rejected = 2}; };
  const auto drop_first = [](const EventView& event, ProcessorOutput& output) {
    if (number_of(event) != 0) output.pass(event);
  };
  const auto exporter = exporter_to(received, chain_of(stub(drop_first)));
  EventMaker maker = numbered_events(6);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(1, 2, 1, 0));
  EXPECT_EQ(exporter->last_error(), "noted");
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  received.answer = [](const Batch&) { return ExportResult{.failed = kAll, .rejected = kAll}; };
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(5, 0, 1, 0));
}

TEST(ProcessingExporter, ThrowingExporterFailsItsBatchOnly) {
  Received received;
  received.answer = [](const Batch& batch) -> ExportResult {
    if (batch.first_number == 1) throw std::runtime_error("down");
    return ExportResult::ok();
  };
  const auto twice = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    output.pass(event);
  };
  const auto exporter = exporter_to(received, chain_of(stub(twice)));
  EventMaker maker = numbered_events(4);
  EXPECT_THAT(counts(exporter->export_batch(maker.batch(), in_a_second())),
              ElementsAre(4, 0, 0, 4));
  EXPECT_EQ(received.events.size(), 8u);
  EXPECT_EQ(exporter->last_error(), "noting: down");
}

TEST(ProcessingExporter, ChainsMayBeNested) {
  Received received;
  const auto add_one = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    output.add({.event_type = "summary"});
  };
  const auto drop_first = [](const EventView& event, ProcessorOutput& output) {
    if (event.event_type() == "summary" || number_of(event) != 0) output.pass(event);
  };
  auto inner = exporter_to(received, chain_of(stub(drop_first), stub(add_one),
                                              std::make_unique<HoldingProcessor>(true)));
  ProcessingExporter outer(chain_of(stub(add_one)), std::move(inner));
  EventMaker maker = numbered_events(2);
  EXPECT_THAT(counts(outer.export_batch(maker.batch(), in_a_second())), ElementsAre(0, 0, 4, 2));
  EXPECT_TRUE(outer.flush(kSomeTime).ok());
  EXPECT_THAT(counts(outer.flush_result()), ElementsAre(0, 0, 0, 6));
  EXPECT_THAT(received.numbers(), ElementsAre(-1, -1, 1, -1, -1, -1));
}

TEST(ProcessingExporter, ContentThatWasNotGrantedIsNotAdded) {
  static const AttributeKey kContent = AttributeKey::find("gen_ai.input.messages");
  ASSERT_TRUE(kContent.is_content());
  Received received;
  const auto tell = [](const EventView& event, ProcessorOutput& output) {
    output.replace(event, {.event_type = "x", .payload = {{kContent.name(), "secret"}}});
    output.add({.event_type = "x", .payload = {{kContent.name(), "secret"}}});
  };
  const auto exporter = exporter_to(received, chain_of(stub(tell)));
  EventMaker maker;
  maker.add({.event_type = "x"}, false);
  exporter->export_batch(maker.batch(), in_a_second());
  ASSERT_EQ(received.events.size(), 2u);
  for (const OwnedEvent& event : received.events) {
    const EventView view = event.view();
    const std::string_view bytes(view.record(), view.size_bytes());
    EXPECT_EQ(bytes.find("secret"), bytes.npos);
  }
}

}  // namespace
}  // namespace tracebus::testing
