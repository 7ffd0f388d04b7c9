// SPDX-License-Identifier: Apache-2.0
//
// The encoder against the plain way, by libprotobuf: they write the same bytes.
#include "tracebus/core/proto/event_encoder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/name.h"
#include "tracebus/core/proto/event_proto.h"
#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus::testing {
namespace {

std::string by_message(const EventView& event) {
  proto::v1::TraceEvent message;
  to_proto(event, &message);
  std::string out;
  EXPECT_TRUE(append_delimited(out, message));
  return out;
}

// Into exactly the room that was asked for, so that the sanitizers see every step beyond it.
std::string encoded(EventEncoder& encoder, const EventView& event) {
  const std::size_t bytes_max = EventEncoder::bytes_max(event);
  const auto room = std::make_unique<char[]>(bytes_max);
  const char* const end = encoder.write(room.get(), event);
  EXPECT_NE(end, nullptr);
  return {room.get(), static_cast<std::size_t>(end - room.get())};
}

void expect_same(EventEncoder& encoder, const EventView& event, std::string_view what) {
  ASSERT_EQ(encoded(encoder, event), by_message(event)) << what;
}

void expect_same(EventEncoder& encoder, const TraceEvent& event, std::string_view what) {
  for (const bool content : {true, false}) {
    const ViewContext context{.instance = 0xFEDCBA9876543210, .content = content};
    expect_same(encoder, build(event).view(context), what);
  }
}

TEST(EventEncoder, WritesWhatLibprotobufWrites) {
  EventEncoder encoder;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EventGenerator generator(seed);
    for (int i = 0; i < 1000; ++i) {
      const std::string what = "seed " + std::to_string(seed) + ", event " + std::to_string(i);
      ASSERT_NO_FATAL_FAILURE(expect_same(encoder, generator.next(), what));
    }
  }
}

// Every length at which a length of one level or another takes a byte more.
TEST(EventEncoder, LengthsOfEverySizeAreThoseOfLibprotobuf) {
  EventEncoder encoder;
  std::string text;
  const auto expect = [&](std::size_t length) {
    text.assign(length, 'a');
    const Value nested = Value::array({text, Value::object({{text, text}, {"", nullptr}})});
    const TraceEvent event{.event_type = "error", .payload = {{"k", text}, {"n", nested}}};
    expect_same(encoder, event, std::to_string(length));
  };
  for (std::size_t length = 0; length <= 300; ++length) ASSERT_NO_FATAL_FAILURE(expect(length));
  for (std::size_t length = 16'200; length <= 16'400; ++length) {
    ASSERT_NO_FATAL_FAILURE(expect(length));
  }
  for (const std::size_t length : {1u << 20, (1u << 21) - 20, 1u << 21}) {
    ASSERT_NO_FATAL_FAILURE(expect(length));
  }
}

TEST(EventEncoder, EventsOfFewBytesHaveALengthOfOne) {
  EventEncoder encoder;
  const TraceEvent event{
      .timestamp = Timestamp{0, 0}, .event_type = "x", .origin = Origin{0, 0, 0}};
  expect_same(encoder, event, "nothing but a type");
}

TEST(EventEncoder, TextThatIsNotUtf8StandsInItsRawField) {
  EventEncoder encoder;
  const std::string_view ill = "ill \xFF";
  expect_same(encoder,
              {.event_type = ill,
               .agent_name = ill,
               .pattern_type = ill,
               .payload = {{ill, ill}, {"k", Value::object({{ill, nullptr}, {ill, ill}})}},
               .foreign_ids = {.run_id = ill, .trace_id = "trace", .span_id = ill}},
              "ill-formed");
  expect_same(encoder,
              {.event_type = "x", .foreign_ids = {.trace_id = "trace", .parent_span_id = "span"}},
              "well-formed foreign ids");
}

TEST(EventEncoder, TypedRecordsAndNamesByHandleAreTheSame) {
  EventEncoder encoder;
  const auto record = build_typed(
      kLlmCall, kNoIds, NameHandle::of("analyst"), NameHandle::of("pipeline"), attr<"model">("m"),
      attr<"messages">("content"), attr<"tokens">(-1), attr<"cost_usd">(0.5), attr<"cached">(true));
  for (const bool content : {true, false}) {
    const ViewContext context{.instance = 1, .content = content};
    expect_same(encoder, record.view(context), content ? "with content" : "without content");
  }
}

TEST(EventEncoder, NumbersOfEverySizeAreTheSame) {
  EventEncoder encoder;
  for (int bits = 0; bits < 64; ++bits) {
    const std::uint64_t number = std::uint64_t{1} << bits;
    const auto value = static_cast<std::int64_t>(number);
    const TraceEvent event{
        .timestamp = Timestamp{value, 1u << (bits % 30)},
        .event_type = "x",
        .payload = {{"up", value}, {"down", -(value + 1)}, {"all", ~value}},
        .origin = Origin{number, number - 1, static_cast<std::uint32_t>(number >> 1)}};
    expect_same(encoder, event, std::to_string(bits));
  }
}

}  // namespace
}  // namespace tracebus::testing
