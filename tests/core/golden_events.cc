// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/core/golden_events.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace tracebus::testing {
namespace {

constexpr std::uint64_t kFirstTick = 1'750'000'000'000'000'001u;

template <class Id>
Id id_of(std::uint8_t first) {
  Id id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

EventIds some_ids() {
  return {id_of<RunId>(0x10), id_of<TraceId>(0x30), id_of<SpanId>(0x50), id_of<SpanId>(0x60)};
}

// Collects events; each is emitted one nanosecond after the one before.
class Collection {
 public:
  void add_friendly(const TraceEvent& given) {
    const Emission emission = next();
    TraceEvent expected = given;
    if (!expected.timestamp) expected.timestamp = time_of(emission);
    if (!expected.origin) expected.origin = origin_of(emission);
    events_.push_back({RecordBuffer::friendly(given, emission), std::move(expected)});
  }

  // expected: without time and origin.
  template <class Ids, class... Attributes>
  void add_typed(TraceEvent expected, EventType type, const Ids& ids, const Name& agent,
                 const Name& pattern, const Attributes&... attributes) {
    const Emission emission = next();
    expected.timestamp = time_of(emission);
    expected.origin = origin_of(emission);
    events_.push_back({RecordBuffer::typed(emission, type, ids, agent, pattern, attributes...),
                       std::move(expected)});
  }

  std::vector<GoldenEvent> take() { return std::move(events_); }

 private:
  Emission next() {
    ++sequence_;
    return {sequence_, 7, kFirstTick + sequence_};
  }
  static Timestamp time_of(const Emission& emission) {
    return Timestamp::from_unix_ns(static_cast<std::int64_t>(emission.ticks));
  }
  static Origin origin_of(const Emission& emission) {
    return {kTestInstance, emission.sequence, emission.producer};
  }

  std::uint64_t sequence_ = 0;
  std::vector<GoldenEvent> events_;
};

// Every combination of the optional fields of a friendly record.
void add_field_combinations(Collection& events) {
  for (unsigned fields = 0; fields < 16; ++fields) {
    TraceEvent event = {.event_type = fields & 1 ? "golden.inline_type" : "agent_start",
                        .agent_name = "analyst",
                        .pattern_type = "pipeline",
                        .payload = {{"model", "claude"}, {"prompt", "content"}}};
    if (fields & 2) event.timestamp = Timestamp{-62'135'596'800, 999'999'999};
    if (fields & 4) event.ids = some_ids();
    if (fields & 8) event.origin = Origin{0xABCD'EF01'2345'6789, 0x1'0000'0001, 0xFFFF'FFFF};
    events.add_friendly(event);
  }
}

// Every combination of ids and handles of a typed record.
void add_typed_combinations(Collection& events) {
  for (unsigned fields = 0; fields < 8; ++fields) {
    const NameHandle agent = NameHandle::of("golden agent");
    const NameHandle pattern = NameHandle::of("golden pattern");
    const Name agent_name = fields & 1 ? Name(agent) : Name("agent text");
    const Name pattern_name = fields & 2 ? Name(pattern) : Name("pattern text");
    TraceEvent expected = {.event_type = "llm_call",
                           .agent_name = fields & 1 ? "golden agent" : "agent text",
                           .pattern_type = fields & 2 ? "golden pattern" : "pattern text",
                           .payload = {{"golden.model", "claude-4"}, {"golden.tokens", 450}}};
    const auto model = attr<"golden.model">("claude-4");
    const auto tokens = attr<"golden.tokens">(450);
    if (fields & 4) {
      expected.ids = some_ids();
      events.add_typed(expected, kLlmCall, some_ids(), agent_name, pattern_name, model, tokens);
    } else {
      events.add_typed(expected, kLlmCall, kNoIds, agent_name, pattern_name, model, tokens);
    }
  }
}

void add_typed_values(Collection& events) {
  static constexpr char kBytes[] = {'\0', '\xFF', '\n'};
  const Bytes bytes = std::as_bytes(std::span(kBytes));
  events.add_typed({.event_type = "golden.values",
                    .payload = {{"golden.bool", true}, {"golden.int", -1}, {"golden.double", 0.1},
                                {"golden.text", ""}, {"golden.bytes", bytes}}},
                   EventType::registered("golden.values"), kNoIds, "", "",
                   attr<"golden.bool">(true), attr<"golden.int">(-1), attr<"golden.double">(0.1),
                   attr<"golden.text">(""), attr<"golden.bytes">(bytes));
  events.add_typed({.event_type = "error"}, kError, kNoIds, "", "");
}

void add_friendly_values(Collection& events) {
  static constexpr char kBytes[] = {'\0', '\x80', '\xFF'};
  const Bytes bytes = std::as_bytes(std::span(kBytes));
  events.add_friendly({});
  events.add_friendly({.event_type = "tool_end",
                       .payload = {{"golden.null", nullptr},
                                   {"golden.no", false},
                                   {"golden.yes", true},
                                   {"golden.least", std::numeric_limits<std::int64_t>::min()},
                                   {"golden.most", std::numeric_limits<std::int64_t>::max()},
                                   {"golden.negative_zero", -0.0},
                                   {"golden.nan", std::bit_cast<double>(0x7FF8'0000'0000'0000u)},
                                   {"golden.infinity", -HUGE_VAL},
                                   {"golden.text", "\u00e9\U0001F600\xFF"},
                                   {"golden.bytes", bytes},
                                   {"", "no key"},
                                   {"golden.twice", 1},
                                   {"golden.twice", 2}}});
  events.add_friendly(
      {.event_type = "message",
       .payload = {{"golden.empty", Value::array({})},
                   {"golden.nested",
                    Value::object({{"list", Value::array({nullptr, true, -7, 2.5, "text", bytes})},
                                   {"object", Value::object({{"deep", Value::array({Value::object(
                                                                          {})})}})},
                                   {"", nullptr}})}}});
}

void add_foreign_ids(Collection& events) {
  for (unsigned given = 1; given < 16; ++given) {
    TraceEvent event = {.event_type = "handoff", .payload = {{"golden.given", given}}};
    if (given & 1) event.foreign_ids.run_id = "run_fixture_1";
    if (given & 2) event.foreign_ids.trace_id = "trace";
    if (given & 4) event.foreign_ids.span_id = "span/1";
    if (given & 8) event.foreign_ids.parent_span_id = "\u00e9";
    if (given & 1) event.ids.run_id = RunId::from_foreign("run_fixture_1");
    if (given & 2) event.ids.trace_id = TraceId::from_foreign("trace");
    if (given & 4) event.ids.span_id = SpanId::from_foreign("span/1");
    if (given & 8) event.ids.parent_span_id = SpanId::from_foreign("\u00e9");
    events.add_friendly(event);
  }
}

}  // namespace

std::vector<GoldenEvent> golden_events_v1() {
  AttributeKey::registered("model");  // some keys are numbers, some inline, whoever ran before
  AttributeKey::registered("golden.text");
  AttributeKey::registered("golden.bytes");
  Collection events;
  add_field_combinations(events);
  add_typed_combinations(events);
  add_typed_values(events);
  add_friendly_values(events);
  add_foreign_ids(events);
  return events.take();
}

RecordBuffer typed_example() {
  return RecordBuffer::typed({1, 7, kFirstTick}, kLlmCall, kNoIds, NameHandle::of("analyst"),
                             "pipeline", attr<"model">("m-1"), attr<"input_tokens">(450));
}

RecordBuffer friendly_example() {
  AttributeKey::registered("model");
  TraceEvent event = {.timestamp = Timestamp{-1, 500'000'000},
                      .event_type = "x",
                      .agent_name = "ab",
                      .payload = {{"model", "m-1"}, {"k", Value::array({true, nullptr})}}};
  return RecordBuffer::friendly(event, {2, 7, kFirstTick + 1});
}

}  // namespace tracebus::testing
