// SPDX-License-Identifier: Apache-2.0
//
// Spans as a receiver of OTLP reads them.
#include "tracebus/exporters/otlp/span_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/name.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/otlp/otlp_reader.h"

namespace tracebus::testing {
namespace {

constexpr std::int64_t kEndNs = 1'749'479'521'243'439'700;

template <class Id>
Id id_of(std::uint8_t first) {
  Id id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

EventIds ids() {
  return {id_of<RunId>(0x40), id_of<TraceId>(0x10), id_of<SpanId>(0x20), id_of<SpanId>(0x30)};
}

TraceEvent llm_call() {
  return {.timestamp = Timestamp::from_unix_ns(kEndNs),
          .event_type = "llm_call_end",
          .agent_name = "bull",
          .pattern_type = "debate",
          .payload = {{"span.kind", "LLM"},
                      {"span.status", "ok"},
                      {"duration_ms", 1.5},
                      {"span.name", "gpt-4o"},
                      {"model", "gpt-4o"},
                      {"input_tokens", 450},
                      {"color", "blue"}},
          .ids = ids()};
}

otlp::Span told(Profile profile, const TraceEvent& event, bool with_content = true) {
  SpanEncoder encoder(profile);
  const ViewContext context{.content = with_content};
  const BuiltRecord record = build(event);
  const EventView view = record.view(context);
  EXPECT_TRUE(SpanEncoder::is_span(view));
  const auto room = std::make_unique<char[]>(SpanEncoder::bytes_max(view));
  const char* const end = encoder.write(room.get(), view);
  return read_span({room.get(), static_cast<std::size_t>(end - room.get())});
}

std::map<std::string, std::string> attributes_of(const otlp::Span& span) {
  std::map<std::string, std::string> all;
  for (const otlp::KeyValue& attribute : span.attributes()) {
    const bool first = all.emplace(attribute.key(), attribute.value().ShortDebugString()).second;
    EXPECT_TRUE(first) << attribute.key() << " is there twice";
  }
  return all;
}

std::string text(std::string_view value) { return "string_value: \"" + std::string(value) + "\""; }

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(SpanEncoderTest, ACallInTheWordsOfOpenTelemetry) {
  const otlp::Span span = told(Profile::kGenAi, llm_call());
  EXPECT_EQ(span.trace_id(),
            std::string("\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"));
  EXPECT_EQ(span.span_id(), std::string("\x20\x21\x22\x23\x24\x25\x26\x27"));
  EXPECT_EQ(span.parent_span_id(), std::string("\x30\x31\x32\x33\x34\x35\x36\x37"));
  EXPECT_EQ(span.name(), "chat gpt-4o");
  EXPECT_EQ(span.kind(), 3) << "CLIENT";
  EXPECT_EQ(span.end_time_unix_nano(), std::uint64_t{kEndNs});
  EXPECT_EQ(span.start_time_unix_nano(), std::uint64_t{kEndNs - 1'500'000});
  EXPECT_EQ(span.status().code(), 1) << "OK";
  EXPECT_THAT(attributes_of(span),
              ElementsAre(Pair("color", text("blue")), Pair("gen_ai.agent.name", text("bull")),
                          Pair("gen_ai.operation.name", text("chat")),
                          Pair("gen_ai.request.model", text("gpt-4o")),
                          Pair("gen_ai.usage.input_tokens", "int_value: 450"),
                          Pair("gen_ai.workflow.name", text("debate")),
                          Pair("tracebus.run_id", text(ids().run_id.hex()))));
}

TEST(SpanEncoderTest, KindsAndNamesByProfile) {
  TraceEvent guard{.payload = {{"span.kind", "GUARD"},
                               {"span.status", "unset"},
                               {"duration_ms", 2},
                               {"span.name", "pii"}},
                   .ids = ids()};
  guard.ids.run_id = {};
  const otlp::Span plyra = told(Profile::kPlyra, guard);
  EXPECT_EQ(plyra.name(), "pii");
  EXPECT_EQ(plyra.kind(), 1) << "INTERNAL";
  EXPECT_FALSE(plyra.has_status()) << "UNSET is left out";
  EXPECT_THAT(attributes_of(plyra), ElementsAre(Pair("openinference.span.kind", text("GUARDRAIL")),
                                                Pair("plyra.span.kind", text("GUARD"))));
  const otlp::Span pyagent = told(Profile::kPyagent, guard);
  EXPECT_EQ(pyagent.name(), "pyagent.guard");
  EXPECT_THAT(attributes_of(pyagent),
              ElementsAre(Pair("pyagent.exec.duration_ms", "int_value: 2")));
}

// Its fields in any order, or as a tracer writes them, of which the shape is remembered.
class FailedSpanTest : public ::testing::TestWithParam<bool> {
 protected:
  static TraceEvent failed_call() {
    TraceEvent event = llm_call();
    event.payload = {{"span.kind", "TOOL"}, {"span.status", "error"}};
    if (!GetParam()) event.payload.add("span.status_message", "no \xff answer");
    event.payload.add("duration_ms", 2.0);
    event.payload.add("span.name", "fetch");
    if (GetParam()) event.payload.add("span.status_message", "no \xff answer");
    event.payload.add(
        "span.events",
        Value::array({Value::object({{"name", "exception"},
                                     {"offset_ns", 5},
                                     {"attributes", Value::object({{"model", "m"}})}}),
                      7}));
    event.payload.add(
        "span.links",
        Value::array({Value::object({{"trace_id", "000102030405060708090a0b0c0d0e0f"},
                                     {"span_id", "0001020304050607"},
                                     {"attributes", Value::object({{"why", 1}})}}),
                      Value::object({{"trace_id", "zz"}, {"span_id", "0001020304050607"}})}));
    event.payload.add("span.dropped_attributes", 3);
    event.payload.add("span.dropped_events", 4);
    event.payload.add("span.dropped_links", 5);
    return event;
  }
};
INSTANTIATE_TEST_SUITE_P(AnyOrderAndOurs, FailedSpanTest, ::testing::Bool());

TEST_P(FailedSpanTest, ItsEventsAndLinksAndWhatWasLeftOut) {
  const TraceEvent event = failed_call();
  const otlp::Span span = told(Profile::kGenAi, event);
  EXPECT_EQ(span.status().code(), 2) << "ERROR";
  EXPECT_EQ(span.status().message(), "no \xEF\xBF\xBD answer");
  ASSERT_EQ(span.events_size(), 1);
  EXPECT_EQ(span.events(0).name(), "exception");
  EXPECT_EQ(span.events(0).time_unix_nano(), std::uint64_t{kEndNs - 2'000'000 + 5});
  ASSERT_EQ(span.events(0).attributes_size(), 1);
  EXPECT_EQ(span.events(0).attributes(0).key(), "gen_ai.request.model");
  ASSERT_EQ(span.links_size(), 1);
  EXPECT_EQ(span.links(0).trace_id(), std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16));
  EXPECT_EQ(span.links(0).span_id(), std::string("\0\1\2\3\4\5\6\7", 8));
  EXPECT_EQ(span.links(0).attributes(0).key(), "why");
  EXPECT_EQ(span.dropped_attributes_count(), 3u);
  EXPECT_EQ(span.dropped_events_count(), 5u) << "and the one that was no event";
  EXPECT_EQ(span.dropped_links_count(), 6u) << "and the one without ids";
}

TEST(SpanEncoderTest, NamesAreUniqueAndWhatIsThereAlreadyStays) {
  TraceEvent event = llm_call();
  event.agent_name = "";
  event.ids.run_id = {};
  event.pattern_type = "";
  event.payload.add("gen_ai.request.model", "given");
  event.payload.add("color", "red");
  event.payload.add("gen_ai.operation.name", "generate_content");
  const otlp::Span span = told(Profile::kGenAi, event);
  EXPECT_THAT(attributes_of(span),
              ElementsAre(Pair("color", text("red")),
                          Pair("gen_ai.operation.name", text("generate_content")),
                          Pair("gen_ai.request.model", text("given")),
                          Pair("gen_ai.usage.input_tokens", "int_value: 450"),
                          Pair("model", text("gpt-4o"))));
  EXPECT_EQ(span.dropped_attributes_count(), 1u) << "the first color";
}

TEST(SpanEncoderTest, WhatHasNoParentAndNoRunOfItsOwn) {
  TraceEvent event = llm_call();
  event.ids.parent_span_id = {};
  event.ids.run_id.bytes = event.ids.trace_id.bytes;
  const otlp::Span span = told(Profile::kGenAi, event);
  EXPECT_EQ(span.parent_span_id(), "");
  EXPECT_FALSE(attributes_of(span).contains("tracebus.run_id"));
}

TEST(SpanEncoderTest, TextsOfIdsThatWereNotOursAreAttributes) {
  TraceEvent event = llm_call();
  event.foreign_ids = {.run_id = "run_174", .span_id = "node-7"};
  const auto attributes = attributes_of(told(Profile::kGenAi, event));
  EXPECT_EQ(attributes.at("tracebus.run_id"), text("run_174"));
  EXPECT_EQ(attributes.at("tracebus.span_id"), text("node-7"));
  EXPECT_FALSE(attributes.contains("tracebus.trace_id"));
}

// Where texts outgrow a length of one byte, and where they are not ASCII.
TEST(SpanEncoderTest, TextsOfEveryLength) {
  for (const bool ascii : {true, false}) {
    for (std::size_t length = 0; length <= 300; ++length) {
      std::string value(length, 'a');
      if (!ascii && length != 0) value[length / 2] = '\xff';
      TraceEvent event = llm_call();
      event.payload.add("color", value);
      const otlp::Span span = told(Profile::kGenAi, event);
      for (const otlp::KeyValue& attribute : span.attributes()) {
        if (attribute.key() != "color") continue;
        ASSERT_EQ(attribute.value().string_value(), as_utf8(value)) << length;
      }
    }
  }
}

TEST(SpanEncoderTest, WhatIsNoSpan) {
  const auto is_span = [](const TraceEvent& event) {
    const ViewContext context;
    const BuiltRecord record = build(event);
    const EventView view = record.view(context);
    SpanEncoder encoder(Profile::kGenAi);
    const auto room = std::make_unique<char[]>(SpanEncoder::bytes_max(view));
    const bool written = encoder.write(room.get(), view) != nullptr;
    EXPECT_EQ(written, SpanEncoder::is_span(view));
    return written;
  };
  EXPECT_TRUE(is_span(llm_call()));
  TraceEvent event = llm_call();
  event.ids.trace_id = {};
  EXPECT_FALSE(is_span(event));
  event = llm_call();
  event.ids.span_id = {};
  EXPECT_FALSE(is_span(event));
  event.ids = {};
  EXPECT_FALSE(is_span(event));
  event = llm_call();
  event.payload = {{"span.kind", "LLM"}, {"span.status", "ok"}};
  EXPECT_FALSE(is_span(event)) << "a start has no duration";
  event.payload = {{"span.kind", "LLM"}, {"duration_ms", 1}};
  EXPECT_FALSE(is_span(event));
  event.payload = {{"span.kind", "OTHER"}, {"span.status", "ok"}, {"duration_ms", 1}};
  EXPECT_FALSE(is_span(event));
  event.payload = {{"span.kind", 7}, {"span.status", "ok"}, {"duration_ms", "1"}};
  EXPECT_FALSE(is_span(event));
}

TEST(SpanEncoderTest, TimesOutOfRangeAreCut) {
  const auto times = [](std::int64_t end_ns, double duration_ms) {
    TraceEvent event = llm_call();
    event.timestamp = Timestamp::from_unix_ns(end_ns);
    event.payload = {{"span.kind", "LLM"}, {"span.status", "ok"}, {"duration_ms", duration_ms}};
    const otlp::Span span = told(Profile::kGenAi, event);
    return std::pair(span.start_time_unix_nano(), span.end_time_unix_nano());
  };
  using Times = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(times(-5, 1), Times(0, 0));
  EXPECT_EQ(times(1000, 1), Times(0, 1000));
  EXPECT_EQ(times(1000, -1), Times(1000, 1000));
  EXPECT_EQ(times(1000, std::numeric_limits<double>::quiet_NaN()), Times(1000, 1000));
  EXPECT_EQ(times(1000, std::numeric_limits<double>::infinity()), Times(0, 1000));
  EXPECT_EQ(times(kEndNs, 4'494'967'295.999'999), Times(kEndNs - 4'494'967'295'999'999, kEndNs))
      << "exact to the nanosecond for 52 days";
}

TEST(SpanEncoderTest, ContentThatNoKeyTellsOfNeedsItsGrantToo) {
  TraceEvent call = llm_call();
  call.payload.add("gen_ai.prompt.0.content", "said");
  call.payload.add("gen_ai.prompt.0.role", "user");
  call.payload.add("request", Value::object({{"messages", "said"}}));
  for (const bool twice : {false, true}) {  // names that clash are written another way
    if (twice) call.payload.add("gen_ai.prompt.0.role", "user");
    const auto granted = attributes_of(told(Profile::kGenAi, call));
    EXPECT_TRUE(granted.contains("gen_ai.prompt.0.content") && granted.contains("request"));
    const otlp::Span plain = told(Profile::kGenAi, call, false);
    EXPECT_EQ(plain.ShortDebugString().find("said"), std::string::npos);
    EXPECT_TRUE(attributes_of(plain).contains("gen_ai.prompt.0.role"));
  }
}

TEST(SpanEncoderTest, ContentNeedsItsGrant) {
  AttributeKey::registered_content("input.value");
  TraceEvent event = llm_call();
  event.payload.add("input.value", "secret");
  EXPECT_EQ(attributes_of(told(Profile::kGenAi, event, true)).at("gen_ai.input.messages"),
            text("secret"));
  EXPECT_EQ(told(Profile::kGenAi, event, false).DebugString().find("secret"), std::string::npos);
}

// Likewise, where the encoder remembers the shape of a span that had none.
TEST(SpanEncoderTest, ContentInAValueOfAShapeThatIsRememberedNeedsItsGrantToo) {
  AttributeKey::registered("request");
  SpanEncoder encoder(Profile::kGenAi);
  const ViewContext plain{.content = false};
  for (const char* const key : {"size", "messages", "size"}) {
    TraceEvent call = llm_call();
    call.payload = {{"span.kind", "LLM"},
                    {"span.status", "ok"},
                    {"duration_ms", 1.5},
                    {"span.name", "gpt-4o"},
                    {"request", Value::object({{key, "said"}})}};
    const BuiltRecord record = build(call);
    const EventView view = record.view(plain);
    std::string bytes(SpanEncoder::bytes_max(view), '\0');
    bytes.resize(static_cast<std::size_t>(encoder.write(bytes.data(), view) - bytes.data()));
    EXPECT_EQ(attributes_of(read_span(bytes)).contains("request"), std::string(key) == "size");
  }
}

TEST(SpanEncoderTest, AMessageOfItsStatusIsToldOfAFailedSpanAlone) {
  TraceEvent call = llm_call();
  call.payload.add("span.status_message", "all went well");
  EXPECT_EQ(told(Profile::kGenAi, call).status().message(), "");
}

TEST(SpanEncoderTest, HowMuchWasCutIsToldAsAnAttribute) {
  TraceEvent call = llm_call();
  call.payload.add(kSpanTruncatedBytes.name(), 17);
  EXPECT_EQ(attributes_of(told(Profile::kGenAi, call)).at(std::string(kSpanTruncatedBytes.name())),
            "int_value: 17");
}

// What is told of every span besides.
bool is_extra(Profile profile, const std::string& name) {
  for (const std::string_view own : {"agent_name", "pattern_type", "operation"}) {
    if (name == own || name == attribute_name(profile, own)) return true;
  }
  return name.starts_with("tracebus.") || name.ends_with("span.kind");
}

// What must be told of each attribute, the plain way.
std::map<std::string, ValueView> expected(Profile profile, const EventView& event,
                                          std::size_t& left_out) {
  std::vector<std::pair<std::string, ValueView>> kept;
  for (const AttributeView& attribute : event.payload()) {
    const AttributeKey key = AttributeKey::find(attribute.key);
    if (is_span_field(key) && attribute_name(profile, attribute.key).empty()) continue;
    const auto same_key = [&](const auto& other) { return other.first == attribute.key; };
    left_out += std::erase_if(kept, same_key);
    kept.emplace_back(attribute.key, attribute.value);
  }
  std::map<std::string, ValueView> all;
  for (const auto& [key, value] : kept) {
    if (attribute_name(profile, key).empty() || attribute_name(profile, key) == key)
      all[key] = value;
  }
  for (const auto& [key, value] : kept) {
    const std::string name(attribute_name(profile, key));
    if (name.empty() || name == key) continue;
    if (!all.emplace(name, value).second && !all.emplace(key, value).second) ++left_out;
  }
  return all;
}

void expect_told(SpanEncoder& encoder, Profile profile, const EventView& event) {
  ASSERT_TRUE(SpanEncoder::is_span(event));
  const auto room = std::make_unique<char[]>(SpanEncoder::bytes_max(event));
  const char* const end = encoder.write(room.get(), event);
  const auto bytes = static_cast<std::size_t>(end - room.get());
  ASSERT_LE(bytes, SpanEncoder::bytes_max(event));
  const otlp::Span span = read_span({room.get(), bytes});
  std::size_t left_out = 0;
  const auto wanted = expected(profile, event, left_out);
  // Names that were not UTF-8 may become alike.
  const bool is_plain = std::ranges::all_of(
      wanted, [](const auto& attribute) { return is_valid_utf8(attribute.first); });
  std::map<std::string, const otlp::AnyValue*> seen;
  for (const otlp::KeyValue& attribute : span.attributes()) {
    const std::string& name = attribute.key();
    ASSERT_TRUE(seen.emplace(name, &attribute.value()).second || !is_plain) << name << " twice";
    ASSERT_TRUE(wanted.contains(name) || is_extra(profile, name) || !is_plain) << name;
  }
  for (const auto& [name, value] : wanted) {
    if (!is_valid_utf8(name)) continue;
    ASSERT_TRUE(seen.contains(name)) << name;
    ASSERT_TRUE(same(value, *seen[name])) << name;
  }
  ASSERT_EQ(span.dropped_attributes_count(), left_out);
  ASSERT_EQ(span.trace_id().size(), 16u);
  ASSERT_EQ(span.span_id().size(), 8u);
  ASSERT_LE(span.start_time_unix_nano(), span.end_time_unix_nano());
}

TEST(SpanEncoderTest, RandomSpans) {
  for (const Profile profile : {Profile::kGenAi, Profile::kPlyra, Profile::kPyagent}) {
    SpanEncoder encoder(profile);
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      EventGenerator generator(seed);
      for (int i = 0; i < 250; ++i) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", event " + std::to_string(i));
        TraceEvent event = generator.next();
        event.ids.trace_id = id_of<TraceId>(1);
        event.ids.span_id = id_of<SpanId>(1);
        const auto kind = static_cast<SpanKind>(i % static_cast<int>(kSpanKinds));
        event.payload.add("span.kind", to_string(kind));
        event.payload.add("span.status", "ok");
        event.payload.add("duration_ms", generator.real());
        for (const char* const key : {"model", "llm.model_name", "gen_ai.request.model", "model",
                                      "execution_ms", "unknown", "unknown"}) {
          if (generator.integer() % 3 == 0) event.payload.add(key, generator.integer());
        }
        const ViewContext context{.content = i % 2 == 0};
        const BuiltRecord record = build(event);
        ASSERT_NO_FATAL_FAILURE(expect_told(encoder, profile, record.view(context)));
      }
    }
  }
}

// Shapes as a tracer writes them, some of which have names that clash, fields and content in them,
// again and again and in any order: an encoder that remembers shapes tells what a new one tells.
TEST(SpanEncoderTest, WhatIsRememberedOfAShapeChangesNothing) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const char* const keys[] = {"model",
                              "gen_ai.request.model",
                              "input_tokens",
                              "agent_name",
                              "prompt",
                              "span.status_message",
                              "provider",
                              "temperature",
                              "span.events",
                              "span.dropped_events",
                              "pattern_type",
                              "operation",
                              "gen_ai.operation.name"};
  for (const char* const key : keys) AttributeKey::registered(key);
  std::vector<std::vector<std::string_view>> shapes(100);
  for (auto& shape : shapes) {
    for (std::size_t count = random() % 6; count != 0; --count) {
      shape.push_back(keys[random() % std::size(keys)]);
    }
  }
  SpanEncoder remembering(Profile::kGenAi);
  for (int i = 0; i < 3000; ++i) {
    const auto& shape = shapes[random() % (i % 2 == 0 ? 4 : shapes.size())];
    TraceEvent event{.timestamp = Timestamp::from_unix_ns(kEndNs),
                     .event_type = "llm_call_end",
                     .agent_name = "bull",
                     .pattern_type = "debate",
                     .payload = {{"span.kind", to_string(static_cast<SpanKind>(random() % 11))},
                                 {"span.status", random() % 2 == 0 ? "ok" : "error"},
                                 {"duration_ms", 1.5},
                                 {"span.name", random() % 9 == 0 ? "n\xc3" : "name"}},
                     .ids = ids()};
    for (const std::string_view key : shape) {
      if (key == "span.events") {
        event.payload.add(key, Value::array({Value::object({{"name", "retry"}})}));
      } else if (random() % 8 == 0) {
        event.payload.add(key, i);
      } else {
        event.payload.add(key, "text");
      }
    }
    const ViewContext context{.content = random() % 2 == 0};
    const BuiltRecord record = build(event);
    const EventView view = record.view(context);
    SpanEncoder fresh(Profile::kGenAi);
    const auto bytes_of = [&](SpanEncoder& encoder) {
      std::string bytes(SpanEncoder::bytes_max(view), '\0');
      bytes.resize(static_cast<std::size_t>(encoder.write(bytes.data(), view) - bytes.data()));
      return bytes;
    };
    ASSERT_EQ(bytes_of(remembering), bytes_of(fresh)) << i;
    ASSERT_NO_FATAL_FAILURE(expect_told(remembering, Profile::kGenAi, view));
  }
}

// As callers of the typed way write them, with names as handles.
TEST(SpanEncoderTest, NamesOfAgentsMayBeHandles) {
  const BuiltRecord record =
      build_typed(EventType::find("llm_call_end"), ids(), NameHandle::of("bear"), "debate",
                  attr<"span.kind">("LLM"), attr<"span.status">("ok"), attr<"duration_ms">(1.0));
  const ViewContext context{};
  const EventView view = record.view(context);
  ASSERT_TRUE(SpanEncoder::is_span(view));
  SpanEncoder encoder(Profile::kGenAi);
  const auto room = std::make_unique<char[]>(SpanEncoder::bytes_max(view));
  const char* const end = encoder.write(room.get(), view);
  const otlp::Span span = read_span({room.get(), static_cast<std::size_t>(end - room.get())});
  EXPECT_EQ(attributes_of(span).at("gen_ai.agent.name"), text("bear"));
}

}  // namespace
}  // namespace tracebus::testing
