// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/limits.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus {
namespace {

using testing::build;
using testing::build_typed;
using testing::BuiltRecord;

constexpr ViewContext kGranted{.instance = 0xABCD, .clock = nullptr, .content = true};
constexpr ViewContext kNotGranted{.instance = 0xABCD, .clock = nullptr, .content = false};

template <class Id>
Id expected_id(const Id& given, std::string_view foreign) {
  return foreign.empty() ? given : Id::from_foreign(foreign);
}

void expect_same_identity(const TraceEvent& event, const EventView& view) {
  EXPECT_EQ(view.run_id(), expected_id(event.ids.run_id, event.foreign_ids.run_id));
  EXPECT_EQ(view.trace_id(), expected_id(event.ids.trace_id, event.foreign_ids.trace_id));
  EXPECT_EQ(view.span_id(), expected_id(event.ids.span_id, event.foreign_ids.span_id));
  EXPECT_EQ(view.parent_span_id(),
            expected_id(event.ids.parent_span_id, event.foreign_ids.parent_span_id));
  EXPECT_EQ(view.foreign_ids().run_id, event.foreign_ids.run_id);
  EXPECT_EQ(view.foreign_ids().trace_id, event.foreign_ids.trace_id);
  EXPECT_EQ(view.foreign_ids().span_id, event.foreign_ids.span_id);
  EXPECT_EQ(view.foreign_ids().parent_span_id, event.foreign_ids.parent_span_id);
  EXPECT_EQ(view.origin(), event.origin.value_or(Origin{0xABCD, 1, 1}));
}

void expect_same_event(const TraceEvent& event, const EventView& view) {
  EXPECT_EQ(view.timestamp(), event.timestamp.value_or(view.timestamp()));
  EXPECT_EQ(view.has_given_time(), event.timestamp.has_value());
  EXPECT_EQ(view.event_type(), event.event_type);
  EXPECT_EQ(view.agent_name(), event.agent_name);
  EXPECT_EQ(view.pattern_type(), event.pattern_type);
  std::size_t seen = 0;
  for (const AttributeView& attribute : view.payload()) {
    ASSERT_LT(seen, event.payload.size());
    const Attribute& given = event.payload.begin()[seen++];
    EXPECT_EQ(attribute.key, given.key);
    EXPECT_TRUE(testing::same(given.value, attribute.value)) << "attribute " << seen;
  }
  EXPECT_EQ(seen, event.payload.size());
  expect_same_identity(event, view);
}

TEST(Row1TraceEvent, AnyEventReadsBackAsItWasGiven) {
  constexpr std::uint64_t kSeed = 1;
  AttributeKey::registered("model");
  AttributeKey::registered("input_tokens");
  testing::EventGenerator generator(kSeed);
  for (int round = 0; round < 5000 && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " round " + std::to_string(round));
    const TraceEvent& event = generator.next();
    const BuiltRecord record = build(event);
    expect_same_event(event, record.view(kGranted));
  }
}

TEST(Row1TraceEvent, AnEventOfAViewIsTheSameEvent) {
  constexpr std::uint64_t kSeed = 2;
  testing::EventGenerator generator(kSeed);
  for (int round = 0; round < 1000 && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " round " + std::to_string(round));
    const BuiltRecord record = build(generator.next());
    const TraceEvent again = record.view(kGranted).to_event();
    EXPECT_EQ(again.timestamp, record.view(kGranted).timestamp());
    EXPECT_EQ(again.origin, record.view(kGranted).origin());
    const BuiltRecord copy = build(again);
    expect_same_event(again, copy.view(kGranted));
  }
}

// Written over two different fillers, a record has the same bytes but for its stamp of time.
TEST(Records, EveryByteIsWritten) {
  constexpr std::uint64_t kSeed = 3;
  testing::EventGenerator generator(kSeed);
  for (int round = 0; round < 2000; ++round) {
    const TraceEvent& event = generator.next();
    std::string first(build(event, true, {1, 1}, 0x00).bytes());
    std::string second(build(event, true, {1, 1}, 0xFF).bytes());
    first.replace(offsetof(RecordHeader, ticks), 8, 8, 'x');
    second.replace(offsetof(RecordHeader, ticks), 8, 8, 'x');
    ASSERT_EQ(first, second) << "seed " << kSeed << " round " << round;
  }
}

TEST(Records, PaddingIsZero) {
  const std::string agent(64, 'a');
  for (std::size_t length = 0; length <= agent.size(); ++length) {
    const std::string_view name = std::string_view(agent).substr(0, length);
    const std::size_t end = sizeof(RecordHeader) + length;
    const BuiltRecord record = build_typed(kError, kNoIds, name, "");
    EXPECT_EQ(record.bytes().size(), round_up_8(end));
    EXPECT_EQ(record.bytes().substr(end).find_first_not_of('\0'), std::string_view::npos) << length;
    const BuiltRecord friendly = build({.event_type = "error", .agent_name = name});
    EXPECT_EQ(friendly.bytes().size(), round_up_8(end));
    EXPECT_EQ(friendly.bytes().substr(end).find_first_not_of('\0'), std::string_view::npos)
        << length;
    EXPECT_EQ(friendly.bytes().size(), record.bytes().size());
  }
}

TEST(TypedRecords, ReadBackAsTheyWereGiven) {
  const std::byte raw[] = {std::byte{0}, std::byte{255}, std::byte{7}};
  EventIds ids;
  ids.run_id = RunId::from_foreign("run");
  ids.span_id.bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  const BuiltRecord record = build_typed(
      kLlmCall, ids, "an agent of a name", "pipeline", attr<"model">("claude-sonnet-4-20250514"),
      attr<"input_tokens">(450), attr<"cost_usd">(0.0248), attr<"cached">(true),
      attr<"digest">(Bytes(raw)), attr<"empty">(""), attr<"delta">(-1));
  const EventView view = record.view(kGranted);
  EXPECT_EQ(view.type(), kLlmCall);
  EXPECT_EQ(view.event_type(), "llm_call");
  EXPECT_EQ(view.agent_name(), "an agent of a name");
  EXPECT_EQ(view.pattern_type(), "pipeline");
  EXPECT_EQ(view.ids(), ids);
  EXPECT_TRUE(view.foreign_ids().empty());
  EXPECT_EQ(view.sequence(), 17u);
  EXPECT_EQ(view.producer(), 3u);
  EXPECT_EQ(view.origin(), (Origin{0xABCD, 17, 3}));
  EXPECT_EQ(view.size_bytes(), record.bytes().size());
  const Payload expected = {{"model", "claude-sonnet-4-20250514"},
                            {"input_tokens", 450},
                            {"cost_usd", 0.0248},
                            {"cached", true},
                            {"digest", Bytes(raw)},
                            {"empty", ""},
                            {"delta", -1}};
  const Attribute* given = expected.begin();
  for (const AttributeView& attribute : view.payload()) {
    ASSERT_NE(given, expected.end());
    EXPECT_EQ(attribute.key, given->key);
    EXPECT_TRUE(testing::same(given->value, attribute.value)) << given->key;
    ++given;
  }
  EXPECT_EQ(given, expected.end());
}

TEST(TypedRecords, MayHaveNothingButAType) {
  const BuiltRecord bare = build_typed(kError, kNoIds, "", "");
  EXPECT_EQ(bare.bytes().size(), sizeof(RecordHeader));
  EXPECT_EQ(bare.view(kGranted).event_type(), "error");
  EXPECT_EQ(bare.view(kGranted).agent_name(), "");
  EXPECT_TRUE(bare.view(kGranted).payload().empty());
  EXPECT_TRUE(bare.view(kGranted).ids().is_none());
  EventIds ids;
  ids.trace_id = TraceId::from_foreign("trace");
  EXPECT_EQ(build_typed(kError, ids, "", "").view(kGranted).ids(), ids);
}

TEST(TypedRecords, NamesMayBeHandles) {
  const NameHandle agent = NameHandle::of("researcher"), pattern = NameHandle::of("supervisor");
  const auto text = attr<"model">("m");
  const BuiltRecord both = build_typed(kLlmCall, kNoIds, agent, pattern, text);
  EXPECT_EQ(both.view(kGranted).agent_name(), "researcher");
  EXPECT_EQ(both.view(kGranted).pattern_type(), "supervisor");
  EXPECT_EQ(both.view(kGranted).find("model")->as_string(), "m");
  const BuiltRecord first = build_typed(kLlmCall, kNoIds, agent, "as text", text);
  EXPECT_EQ(first.view(kGranted).agent_name(), "researcher");
  EXPECT_EQ(first.view(kGranted).pattern_type(), "as text");
  const BuiltRecord second = build_typed(kLlmCall, kNoIds, "as text", pattern, text);
  EXPECT_EQ(second.view(kGranted).agent_name(), "as text");
  EXPECT_EQ(second.view(kGranted).pattern_type(), "supervisor");
  EXPECT_EQ(both.bytes().find("researcher"), std::string_view::npos);
}

TEST(GivenTimes, OfAnyYearAreKeptExactly) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  const std::optional<Timestamp> times[] = {parse_iso8601("0001-01-01T00:00:00.000000001Z"),
                                            parse_iso8601("1600-02-29T12:00:00.5Z"),
                                            parse_iso8601("1969-12-31T23:59:59.999999999Z"),
                                            Timestamp{0, 0},
                                            Timestamp{0, 1},
                                            parse_iso8601("2025-06-09T14:32:01.243439712Z"),
                                            parse_iso8601("9999-12-31T23:59:59.999999999Z"),
                                            parse_iso8601("+12345-01-01T00:00:00Z"),
                                            Timestamp{kMax, 999'999'999},
                                            Timestamp{kMin, 0}};
  for (const std::optional<Timestamp>& time : times) {
    ASSERT_TRUE(time);
    const BuiltRecord record =
        build({.timestamp = time, .event_type = "llm_call", .agent_name = "a"});
    EXPECT_TRUE(record.view(kGranted).has_given_time());
    EXPECT_EQ(record.view(kGranted).timestamp(), *time);
    EXPECT_EQ(record.view(kGranted).agent_name(), "a");
  }
}

TEST(TimesOfEmit, AreTheClocks) {
  const ClockMap map;
  const ViewContext context{.instance = 1, .clock = &map, .content = false};
  const Timestamp before = Timestamp::now();
  const BuiltRecord friendly = build({.event_type = "llm_call"});
  const BuiltRecord typed = build_typed(kLlmCall, kNoIds, "a", "p");
  const Timestamp after = Timestamp::now();
  constexpr std::int64_t kToleranceNs = 1'000'000;
  for (const BuiltRecord* record : {&friendly, &typed}) {
    const EventView view = record->view(context);
    EXPECT_FALSE(view.has_given_time());
    EXPECT_GT(view.timestamp().to_unix_ns(), before.to_unix_ns() - kToleranceNs);
    EXPECT_LT(view.timestamp().to_unix_ns(), after.to_unix_ns() + kToleranceNs);
  }
}

TEST(Content, IsDroppedWhereNobodyWasGrantedIt) {
  const TraceEvent event = {.event_type = "llm_call",
                            .agent_name = "a",
                            .payload = {{"unknown key", 1},
                                        {"messages", "secret"},
                                        {"model", "m"},
                                        {"response", "secret"},
                                        {"another", 2}}};
  const BuiltRecord record = build(event, false);
  EXPECT_EQ(record.bytes().find("secret"), std::string_view::npos);
  std::string keys;
  for (const AttributeView& attribute : record.view(kGranted).payload()) {
    keys.append(attribute.key).append(";");
  }
  EXPECT_EQ(keys, "unknown key;model;another;");
  EXPECT_EQ(record.view(kGranted).find("another")->as_int64(), 2);
}

TEST(Content, IsHiddenFromThoseWhoWereNotGrantedIt) {
  const TraceEvent event = {
      .event_type = "llm_call",
      .payload = {{"messages", "secret"}, {"model", "m"}, {"odd", 1}, {"input", "s"}}};
  const BuiltRecord friendly = build(event, true);
  const BuiltRecord typed = build_typed(kLlmCall, kNoIds, "", "", attr<"messages">("secret"),
                                        attr<"model">("m"), attr<"input">("s"));
  for (const BuiltRecord* record : {&friendly, &typed}) {
    EXPECT_EQ(record->view(kGranted).find("messages")->as_string(), "secret");
    EXPECT_EQ(record->view(kNotGranted).find("messages"), std::nullopt);
    EXPECT_EQ(record->view(kNotGranted).find("input"), std::nullopt);
    EXPECT_EQ(record->view(kNotGranted).find("model")->as_string(), "m");
  }
  EXPECT_EQ(friendly.view(kNotGranted).find("odd")->as_int64(), 1);
}

TEST(Attributes, OfEqualKeysTheLastCounts) {
  const BuiltRecord record =
      build({.event_type = "error", .payload = {{"odd", 1}, {"model", 2}, {"odd", 3}, {"", 4}}});
  EXPECT_EQ(record.view(kGranted).find("odd")->as_int64(), 3);
  EXPECT_EQ(record.view(kGranted).find("")->as_int64(), 4);
  EXPECT_EQ(record.view(kGranted).find("absent"), std::nullopt);
}

TEST(Attributes, CannotForgeTheTextOfAForeignId) {
  const TraceEvent event = {.event_type = "error",
                            .payload = {{"tracebus.run_id", "forged"}, {"model", 1}},
                            .foreign_ids = {.span_id = "mine"}};
  const BuiltRecord record = build(event);
  EXPECT_EQ(record.view(kGranted).foreign_ids().run_id, "");
  EXPECT_EQ(record.view(kGranted).foreign_ids().span_id, "mine");
  EXPECT_TRUE(record.view(kGranted).run_id().is_none());
  EXPECT_EQ(record.view(kGranted).find("model")->as_int64(), 1);
  const BuiltRecord typed =
      build_typed(kError, EventIds{}, "", "", attr<"tracebus.run_id">("forged"));
  EXPECT_EQ(typed.view(kGranted).foreign_ids().run_id, "");
  EXPECT_TRUE(typed.view(kGranted).payload().empty());
}

std::size_t size_of(const TraceEvent& event) {
  return FriendlyRecord(event, EventType::find(event.event_type), true).size();
}

TEST(Limits, OfAttributesAreKept) {
  TraceEvent event = {.event_type = "error", .foreign_ids = {"r", "t", "s", "p"}};
  while (event.payload.size() < kAttributesMax - 4) event.payload.add("key", 1);
  const BuiltRecord record = build(event);
  std::size_t seen = 0;
  for (const AttributeView& attribute : record.view(kGranted).payload())
    seen += attribute.key == "key";
  EXPECT_EQ(seen, kAttributesMax - 4);
  EXPECT_EQ(record.view(kGranted).foreign_ids().parent_span_id, "p");
  event.payload.add("key", 1);
  EXPECT_EQ(size_of(event), 0u);
}

TEST(Limits, OfBytesAreKept) {
  const std::string large(kRecordBytesMax, 'x');
  const std::string_view fits =
      std::string_view(large).substr(0, kRecordBytesMax - sizeof(RecordHeader));
  const TraceEvent largest = {.event_type = "error", .agent_name = fits};
  EXPECT_EQ(size_of(largest), kRecordBytesMax);
  EXPECT_EQ(build(largest).view(kGranted).agent_name().size(), fits.size());
  EXPECT_EQ(size_of({.event_type = "error", .agent_name = fits, .pattern_type = "x"}), 0u);
  EXPECT_EQ(size_of({.event_type = large}), 0u);
  EXPECT_EQ(size_of({.event_type = "error", .payload = {{"key", large}}}), 0u);
  EXPECT_EQ(size_of({.event_type = "error", .payload = {{large, 1}}}), 0u);
  EXPECT_EQ(size_of({.event_type = "error", .payload = {{"key", std::as_bytes(std::span(large))}}}),
            0u);
  EXPECT_EQ(size_of({.event_type = "error", .payload = {{"key", Value::array({large})}}}), 0u);
  EXPECT_EQ(size_of({.event_type = "error", .foreign_ids = {.run_id = large}}), 0u);
}

TEST(Limits, OfDepthAreKept) {
  Value value = 1;
  for (std::size_t i = 0; i < kValueDepthMax; ++i) value = Value::object({{"inner", value}});
  EXPECT_NE(size_of({.event_type = "error", .payload = {{"key", value}}}), 0u);
  value = Value::array({value});
  EXPECT_EQ(size_of({.event_type = "error", .payload = {{"key", value}}}), 0u);
}

// The sanitizers judge: source and target are heap blocks of exactly the length.
TEST(CopyingText, OfAnyLengthStaysWithinIt) {
  for (std::size_t length = 0; length <= 200; ++length) {
    const auto source = std::make_unique<char[]>(length);
    const auto target = std::make_unique<char[]>(length);
    for (std::size_t i = 0; i < length; ++i) source[i] = static_cast<char>(i * 37 + 11);
    EXPECT_EQ(copy_text(target.get(), source.get(), length), target.get() + length);
    EXPECT_EQ(std::string_view(target.get(), length), std::string_view(source.get(), length));
    const std::string_view text(source.get(), length);
    const BuiltRecord record = build_typed(kError, kNoIds, text, text, attr<"text">(text));
    EXPECT_EQ(record.view(kGranted).find("text")->as_string(), text);
    EXPECT_EQ(record.view(kGranted).pattern_type(), text);
  }
  char place = 'x';
  EXPECT_EQ(copy_text(&place, nullptr, 0), &place);
  EXPECT_EQ(place, 'x');
}

}  // namespace
}  // namespace tracebus
