// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/proto/event_proto.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/proto/written_record.h"

namespace tracebus::testing {
namespace {

using std::string_view_literals::operator""sv;
using Message = proto::v1::TraceEvent;

Message message_of(const EventView& event) {
  Message message;
  to_proto(event, &message);
  return message;
}

// Through the bytes, as a file or a socket would carry them.
Message carried(const Message& message) {
  const std::string bytes = message.SerializeAsString();
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  input.SetRecursionLimit(kProtoDepthMax);
  Message parsed;
  EXPECT_TRUE(parsed.ParseFromCodedStream(&input) && input.ConsumedEntireMessage());
  return parsed;
}

std::string json_of(const EventView& event) {
  std::string out;
  append_json_event(out, event);
  return out;
}

// Doubles by their bits: NaN has to come back as the NaN it was.
bool same_value(const ValueView& a, const ValueView& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case ValueType::kNull:
      return true;
    case ValueType::kBool:
      return a.as_bool() == b.as_bool();
    case ValueType::kInt64:
      return a.as_int64() == b.as_int64();
    case ValueType::kDouble:
      return std::bit_cast<std::uint64_t>(a.as_double()) ==
             std::bit_cast<std::uint64_t>(b.as_double());
    default:
      return a.as_string() == b.as_string();  // of arrays and objects, the encoded body
  }
}

void expect_same_event(const EventView& a, const EventView& b) {
  EXPECT_EQ(a.timestamp(), b.timestamp());
  EXPECT_EQ(a.event_type(), b.event_type());
  EXPECT_EQ(a.agent_name(), b.agent_name());
  EXPECT_EQ(a.pattern_type(), b.pattern_type());
  EXPECT_EQ(a.ids(), b.ids());
  EXPECT_EQ(a.origin(), b.origin());
  EXPECT_EQ(a.foreign_ids().run_id, b.foreign_ids().run_id);
  EXPECT_EQ(a.foreign_ids().trace_id, b.foreign_ids().trace_id);
  EXPECT_EQ(a.foreign_ids().span_id, b.foreign_ids().span_id);
  EXPECT_EQ(a.foreign_ids().parent_span_id, b.foreign_ids().parent_span_id);
  const AttributeRange of_a = a.payload();
  const AttributeRange of_b = b.payload();
  auto at_b = of_b.begin();
  for (auto at_a = of_a.begin(); at_a != of_a.end(); ++at_a, ++at_b) {
    ASSERT_NE(at_b, of_b.end());
    EXPECT_EQ(at_a->key, at_b->key);
    EXPECT_TRUE(same_value(at_a->value, at_b->value)) << "key " << at_a->key;
  }
  EXPECT_EQ(at_b, of_b.end());
}

// Oracle: emitting what came back writes the same record as emitting what the view itself gives,
// clock and producer apart; and where time and origin were given, the very record it started from.
void expect_lossless(const TraceEvent& event) {
  const WrittenRecord written(event);
  ASSERT_TRUE(written.is_written());
  const Message message = carried(message_of(written.view()));
  const absl::StatusOr<TraceEvent> restored = from_proto(message);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const WrittenRecord rewritten(*restored);
  ASSERT_TRUE(rewritten.is_written());
  EXPECT_EQ(rewritten.comparable_bytes(),
            WrittenRecord(written.view().to_event()).comparable_bytes());
  if (event.timestamp && event.origin) {
    EXPECT_EQ(rewritten.comparable_bytes(), written.comparable_bytes());
  }
  EXPECT_EQ(json_of(rewritten.view()), json_of(written.view()));
  expect_same_event(written.view(), rewritten.view());
}

TEST(EventProto, EveryRandomEventComesBackBitForBit) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    EventGenerator events(seed);
    expect_lossless(events.next());
    if (HasFailure()) return;
  }
}

TEST(EventProto, AnEventWithNothingInItComesBack) { expect_lossless(TraceEvent{}); }

TEST(EventProto, EveryKindOfDoubleKeepsItsBits) {
  constexpr std::uint64_t kBits[] = {0x0000000000000000, 0x8000000000000000, 0x7FF0000000000000,
                                     0xFFF0000000000000, 0x7FF8000000000000, 0x7FF0000000000001,
                                     0xFFF8DEADBEEF0001, 0x0000000000000001};
  for (const std::uint64_t bits : kBits) {
    TraceEvent event;
    event.payload.add("d", std::bit_cast<double>(bits));
    const WrittenRecord written(event);
    const Message message = carried(message_of(written.view()));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(message.payload(0).value().double_value()), bits);
    expect_lossless(event);
  }
}

TEST(EventProto, DuplicateKeysAndTheirOrderAreKept) {
  TraceEvent event{.payload = {{"b", 1}, {"a", 2}, {"b", 3}, {"", 4}}};
  const Message message = message_of(WrittenRecord(event).view());
  ASSERT_EQ(message.payload_size(), 4);
  EXPECT_EQ(message.payload(0).key(), "b");
  EXPECT_EQ(message.payload(1).key(), "a");
  EXPECT_EQ(message.payload(2).key(), "b");
  EXPECT_EQ(message.payload(2).value().int_value(), 3);
  EXPECT_EQ(message.payload(3).key(), "");
  expect_lossless(event);
}

TEST(EventProto, TextThatIsNotUtf8StandsInTheRawFieldAlone) {
  TraceEvent event{.event_type = "t\xFF", .agent_name = "a\xFF", .pattern_type = "p\xFF"};
  event.payload.add("k\xFF", "v\xFF");
  event.foreign_ids.run_id = "r\xFF";
  const Message message = carried(message_of(WrittenRecord(event).view()));
  EXPECT_EQ(message.event_type() + message.agent_name() + message.pattern_type(), "");
  EXPECT_EQ(message.raw_event_type(), "t\xFF");
  EXPECT_EQ(message.raw_agent_name(), "a\xFF");
  EXPECT_EQ(message.raw_pattern_type(), "p\xFF");
  EXPECT_EQ(message.payload(0).key(), "");
  EXPECT_EQ(message.payload(0).raw_key(), "k\xFF");
  EXPECT_EQ(message.payload(0).value().raw_string_value(), "v\xFF");
  EXPECT_EQ(message.foreign_ids().run_id(), "");
  EXPECT_EQ(message.foreign_ids().raw_run_id(), "r\xFF");
  expect_lossless(event);
}

TEST(EventProto, ValidTextNeverUsesARawField) {
  for (const std::string_view text :
       {"a"sv, "nul \0"sv,
        "Gr\xC3\xBC\xC3\x9F"
        "e"sv,
        "\xE4\xB8\x96"sv, "\xF0\x9F\x98\x80"sv, "\xEF\xBF\xBF"sv, "eight by\xC2\x80"sv}) {
    TraceEvent event{.event_type = text, .agent_name = text, .pattern_type = text};
    event.payload.add(text, text);
    event.foreign_ids = {text, text, text, text};
    const std::string shown = message_of(WrittenRecord(event).view()).DebugString();
    EXPECT_EQ(shown.find("raw_"), std::string::npos) << shown;
    expect_lossless(event);
  }
}

TEST(EventProto, IllFormedTextAlwaysUsesTheRawField) {
  for (const std::string_view text :
       {"\xFF"sv, "cut \xE4\xB8"sv, "surrogate \xED\xA0\x80"sv, "overlong \xC0\xAF"sv,
        "beyond \xF4\x90\x80\x80"sv, "\x80 first"sv, "at the end of eight\xC3"sv}) {
    const Message message = message_of(WrittenRecord({.payload = {{"k", text}}}).view());
    EXPECT_EQ(message.payload(0).value().raw_string_value(), text);
    expect_lossless({.agent_name = text});
  }
}

Value nested(std::size_t levels, bool objects) {
  Value value = 1;
  for (; levels != 0; --levels) {
    value = objects ? Value::object({{"k", std::move(value)}}) : Value::array({std::move(value)});
  }
  return value;
}

TEST(EventProto, TheDeepestValueOfARecordComesBack) {
  for (const bool objects : {false, true}) {
    expect_lossless({.payload = {{"deep", nested(kValueDepthMax, objects)}}});
  }
}

TEST(EventProto, AValueNestedDeeperThanARecordHoldsIsRefused) {
  Message message;
  proto::v1::Value* value = message.add_payload()->mutable_value();
  for (std::size_t i = 0; i < kValueDepthMax + 1; ++i)
    value = value->mutable_array_value()->add_values();
  EXPECT_EQ(from_proto(message).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(EventProto, ContentThatTheReaderWasNotGrantedIsNotInTheMessage) {
  const TraceEvent event{.payload = {{"messages", "secret"}, {"model", "m"}}};
  const WrittenRecord written(event);
  const ViewContext without_content{1, nullptr, false};
  const Message message = message_of(EventView(written.view().record(), without_content));
  ASSERT_EQ(message.payload_size(), 1);
  EXPECT_EQ(message.payload(0).key(), "model");
}

TEST(EventProto, AMessageThatIsNotOursIsRefused) {
  const auto refuses = [](auto&& spoil) {
    Message message = message_of(WrittenRecord(TraceEvent{}).view());
    spoil(message);
    return from_proto(message).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_FALSE(refuses([](Message&) {}));
  EXPECT_TRUE(refuses([](Message& m) { m.set_run_id("fifteen bytes.."); }));
  EXPECT_TRUE(refuses([](Message& m) { m.set_trace_id("seventeen bytes.."); }));
  EXPECT_TRUE(refuses([](Message& m) { m.set_span_id("seven b"); }));
  EXPECT_TRUE(refuses([](Message& m) { m.set_parent_span_id("nine byte"); }));
  EXPECT_TRUE(refuses([](Message& m) { m.mutable_timestamp()->set_nanos(-1); }));
  EXPECT_TRUE(refuses([](Message& m) { m.mutable_timestamp()->set_nanos(1'000'000'000); }));
}

TEST(EventProto, AKindOfValueFromALaterVersionIsRefusedNotTakenForNull) {
  Message message = message_of(WrittenRecord(TraceEvent{}).view());
  ASSERT_TRUE(message.add_payload()->mutable_value()->ParseFromString("\x78\x01"));  // field 15: 1
  const absl::Status status = from_proto(message).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("unknown kind"), std::string_view::npos) << status;
}

TEST(EventProto, AMessageWithoutTimeOrOriginLeavesThemToTheReceiver) {
  const absl::StatusOr<TraceEvent> event = from_proto(Message{});
  ASSERT_TRUE(event.ok());
  EXPECT_FALSE(event->timestamp.has_value());
  EXPECT_FALSE(event->origin.has_value());
}

TEST(EventProto, AMessageIsAtMostTwiceTheRecordAndItsNames) {
  for (const Value& item : {Value(), Value(true), Value(INT64_MIN), Value(""), Value(0.0),
                            Value::array({}), Value::object({{"", Value()}}), Value("\xFF")}) {
    const TraceEvent event{.payload = {{"items", Value::array(Value::Array(10000, item))}}};
    const WrittenRecord written(event);
    EXPECT_LE(message_of(written.view()).ByteSizeLong(), 2 * written.view().size_bytes());
  }
}

TEST(EventProto, ConversionOnAnArenaGivesTheSameBytes) {
  google::protobuf::Arena arena;
  EventGenerator events(5);
  for (int i = 0; i < 100; ++i) {
    const WrittenRecord written(events.next());
    auto* message = google::protobuf::Arena::CreateMessage<Message>(&arena);
    to_proto(written.view(), message);
    EXPECT_EQ(message->SerializeAsString(), message_of(written.view()).SerializeAsString());
    arena.Reset();
  }
}

}  // namespace
}  // namespace tracebus::testing
