// SPDX-License-Identifier: Apache-2.0
//
// Events as a receiver of OTLP's logs reads them.
#include "tracebus/exporters/otlp/log_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/otlp/otlp_reader.h"
#include "tracebus/tests/otlp/span_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

otlp::LogRecord told(const TraceEvent& event, Profile profile = Profile::kGenAi,
                     bool with_content = true) {
  LogEncoder encoder(profile);
  const ViewContext context{.content = with_content};
  const BuiltRecord record = build(event);
  const EventView view = record.view(context);
  const auto room = std::make_unique<char[]>(LogEncoder::bytes_max(view));
  const char* const end = encoder.write(room.get(), view);
  otlp::ScopeLogs read;
  EXPECT_TRUE(read.ParseFromArray(room.get(), static_cast<int>(end - room.get())));
  EXPECT_EQ(read.log_records_size(), 1);
  if (read.log_records_size() != 1) return {};
  const otlp::LogRecord& only = read.log_records(0);
  EXPECT_TRUE(only.GetReflection()->GetUnknownFields(only).empty());
  return only;
}

std::map<std::string, std::string> attributes_of(const otlp::LogRecord& record) {
  std::map<std::string, std::string> all;
  for (const otlp::KeyValue& attribute : record.attributes()) {
    const bool first = all.emplace(attribute.key(), attribute.value().ShortDebugString()).second;
    EXPECT_TRUE(first) << attribute.key() << " is there twice";
  }
  return all;
}

TEST(LogEncoderTest, AnEventSaysItsNameItsTimesItsSpanAndAllAttributes) {
  EventIds ids = numbered_ids(7);
  ids.run_id.bytes[0] = 1;
  const otlp::LogRecord record = told({.timestamp = Timestamp{12, 5},
                                       .event_type = "routing_decision",
                                       .agent_name = "router",
                                       .pattern_type = "debate",
                                       .payload = {{"model", "gpt-4o"},
                                                   {"message", "cheap \xff one"},
                                                   {"alternatives", Value::array({"a", 2})}},
                                       .ids = ids});
  EXPECT_EQ(record.event_name(), "routing_decision");
  EXPECT_EQ(record.time_unix_nano(), 12'000'000'005u);
  EXPECT_NE(record.observed_time_unix_nano(), 0u);
  EXPECT_EQ(record.severity_number(), 9);
  EXPECT_EQ(record.severity_text(), "INFO");
  EXPECT_EQ(record.body().string_value(), "cheap \xEF\xBF\xBD one");
  EXPECT_EQ(record.trace_id().size(), 16u);
  EXPECT_EQ(record.trace_id()[8], '\7');
  EXPECT_EQ(record.span_id().size(), 8u);
  EXPECT_THAT(attributes_of(record),
              ElementsAre(Pair("alternatives",
                               "array_value { values { string_value: \"a\" } "
                               "values { int_value: 2 } }"),
                          Pair("gen_ai.agent.name", "string_value: \"router\""),
                          Pair("gen_ai.request.model", "string_value: \"gpt-4o\""),
                          Pair("gen_ai.workflow.name", "string_value: \"debate\""),
                          Pair("tracebus.run_id", "string_value: \"" + ids.run_id.hex() + "\"")));
}

TEST(LogEncoderTest, SeverityByLevelElseByType) {
  const auto severity = [](std::string_view type, Payload payload) {
    return told({.event_type = type, .payload = std::move(payload)}).severity_number();
  };
  EXPECT_EQ(severity("error", {}), 17);
  EXPECT_EQ(severity("provider_call_error", {}), 17);
  EXPECT_EQ(severity("llm_token", {}), 5);
  EXPECT_EQ(severity("handoff", {}), 9);
  EXPECT_EQ(severity("handoff", {{"level", "WARNING"}}), 13);
  EXPECT_EQ(severity("handoff", {{"severity", "critical"}}), 21);
  EXPECT_EQ(severity("error", {{"level", "Debug"}}), 5);
  EXPECT_EQ(severity("error", {{"level", "loud"}}), 17);
  EXPECT_EQ(severity("error", {{"level", 3}}), 17);
  EXPECT_EQ(severity("handoff", {{"level", "trace"}}), 1);
}

TEST(LogEncoderTest, NamesAreUniqueAndWhatIsLeftOutIsCounted) {
  const otlp::LogRecord record =
      told({.event_type = "x",
            .payload = {{"model", "a"}, {"gen_ai.request.model", "b"}, {"k", 1}, {"k", 2}}});
  EXPECT_THAT(attributes_of(record),
              ElementsAre(Pair("gen_ai.request.model", "string_value: \"b\""),
                          Pair("k", "int_value: 2"), Pair("model", "string_value: \"a\"")));
  EXPECT_EQ(record.dropped_attributes_count(), 1u);
}

TEST(LogEncoderTest, WhatAnEventDoesNotSayIsNotTold) {
  const otlp::LogRecord record = told({.timestamp = Timestamp{-5, 0}, .event_type = "note"});
  EXPECT_EQ(record.time_unix_nano(), 0u) << "OTLP has none before 1970";
  EXPECT_EQ(record.trace_id(), "");
  EXPECT_EQ(record.span_id(), "");
  EXPECT_FALSE(record.has_body());
  EXPECT_EQ(record.attributes_size(), 0);
}

TEST(LogEncoderTest, ARunIsToldWhereItIsNotItsTrace) {
  EventIds ids = numbered_ids(7);
  EXPECT_EQ(told({.event_type = "note", .ids = ids}).attributes_size(), 0);
  ids.run_id.bytes[0] = 1;
  EXPECT_THAT(attributes_of(told({.event_type = "note", .ids = ids})),
              ElementsAre(Pair("tracebus.run_id", "string_value: \"" + ids.run_id.hex() + "\"")));
}

TEST(LogEncoderTest, AnAgentThatAnAttributeNamesIsToldOnce) {
  for (const char* const key : {"agent_name", "gen_ai.agent.name"}) {
    const otlp::LogRecord record =
        told({.event_type = "note", .agent_name = "bull", .payload = {{key, "bear"}}});
    EXPECT_THAT(attributes_of(record),
                ElementsAre(Pair("gen_ai.agent.name", "string_value: \"bear\"")));
  }
}

TEST(LogEncoderTest, ContentIsToldToThoseWhoWereGrantedIt) {
  const TraceEvent event{.event_type = "message", .payload = {{"prompt", "secret"}, {"n", 1}}};
  EXPECT_EQ(attributes_of(told(event, Profile::kGenAi, false)).size(), 1u);
  EXPECT_EQ(attributes_of(told(event, Profile::kGenAi, true)).size(), 2u);
}

TEST(LogEncoderTest, RandomEventsAreReadableAndSayEachAttributeOnce) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  EventGenerator generator(seed);
  for (int i = 0; i < 1000; ++i) {
    const TraceEvent& event = generator.next();
    const auto profile = static_cast<Profile>(static_cast<std::size_t>(i) % kProfileCount);
    const otlp::LogRecord record = told(event, profile);
    ASSERT_EQ(record.event_name(), as_utf8(event.event_type));
    ASSERT_LE(static_cast<std::size_t>(record.attributes_size()), event.payload.size() + 3);
  }
}

}  // namespace
}  // namespace tracebus::testing
