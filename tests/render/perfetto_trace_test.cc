// SPDX-License-Identifier: Apache-2.0
//
// Oracle: libprotobuf reads the file by a table of Perfetto's fields, without a field that it does
// not know.
#include "tracebus/render/perfetto_trace.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <perfetto.pb.h>
#include "tracebus/tests/render/random_forest.h"
#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

namespace read = tests::perfetto;
using ::testing::HasSubstr;
using testing::kEpochNs;
using testing::made_trace;

bool has_unknown_fields(const google::protobuf::Message& message) {
  const auto& reflection = *message.GetReflection();
  if (reflection.GetUnknownFields(message).field_count() != 0) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (has_unknown_fields(reflection.GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (has_unknown_fields(reflection.GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

read::Trace parsed(const std::string& bytes) {
  read::Trace trace;
  EXPECT_TRUE(trace.ParseFromString(bytes));
  EXPECT_FALSE(has_unknown_fields(trace));
  return trace;
}

std::string text_of(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  EXPECT_TRUE(printer.PrintToString(message, &text));
  return text;
}

TEST(PerfettoTrace, IsWhatTheViewerOpens) {
  const Value events = Value::array({Value::object({{"name", "token"}, {"offset_ns", 1'999}})});
  const read::Trace trace = parsed(to_perfetto_trace(made_trace(
      {{.id = 1, .name = "run", .duration_ms = 9, .attributes = {{"service.name", "shop"}}},
       {.id = 2, .parent = 1, .name = "a", .start_ms = 1, .duration_ms = 4},
       {.id = 3,
        .parent = 1,
        .kind = SpanKind::kLlm,
        .name = "chat",
        .start_ms = 2,
        .duration_ms = 4,
        .attributes = {{"below", -7},
                       {"cost_usd", 0.25},
                       {"stream", true},
                       {"list", Value::array({1, "two"})},
                       {"span.events", events}}}})));
  std::vector<std::string> packets;
  for (const read::TracePacket& packet : trace.packet()) packets.push_back(text_of(packet));
  for (std::string& packet : packets) {
    EXPECT_THAT(packet, HasSubstr("trusted_packet_sequence_id: 1"));
  }
  const auto has = [&](std::string_view what) {
    return std::ranges::any_of(
        packets, [&](const std::string& packet) { return packet.find(what) != std::string::npos; });
  };
  EXPECT_THAT(packets[0], HasSubstr("clocks { clock_id: 1 timestamp: 1781600400000000000 } "
                                    "clocks { clock_id: 6 timestamp: 1781600400000000000 }"));
  EXPECT_TRUE(has(R"(uuid: 4294967297 process { pid: 1 process_name: "shop" } child_ordering: 2)"));
  EXPECT_TRUE(has(R"(uuid: 8589934593 name: "run" parent_uuid: 4294967297 child_ordering: 2)"));
  EXPECT_TRUE(has(R"(uuid: 8589934594 name: "chat" parent_uuid: 8589934593 child_ordering: 2)"));
  EXPECT_TRUE(has("timestamp: 1781600400000000000"));
  EXPECT_TRUE(has(R"(type: TYPE_SLICE_BEGIN track_uuid: 8589934594 categories: "LLM" name: "chat" )"
                  R"(terminating_flow_ids: 1)"));
  EXPECT_TRUE(has(R"(name: "run" flow_ids: 1)"));
  EXPECT_TRUE(has(R"(debug_annotations { int_value: -7 name: "below" })"));
  EXPECT_TRUE(has(R"(debug_annotations { double_value: 0.25 name: "cost_usd" })"));
  EXPECT_TRUE(has(R"(debug_annotations { bool_value: true name: "stream" })"));
  EXPECT_TRUE(has(R"(debug_annotations { legacy_json_value: "[1,\"two\"]" name: "list" })"));
  EXPECT_TRUE(
      has(R"(debug_annotations { string_value: "0000000000000003" name: "tracebus.span_id" })"));
  EXPECT_TRUE(has(R"(timestamp: 1781600400002001999 trusted_packet_sequence_id: 1 track_event { )"
                  R"(type: TYPE_INSTANT track_uuid: 8589934594 name: "token" })"));
  EXPECT_TRUE(
      has("name: \"cost (USD)\" parent_uuid: 4294967297 "
          "counter { unit_name: \"cost (USD)\" }"));
  EXPECT_TRUE(
      has("timestamp: 1781600400006000000 trusted_packet_sequence_id: 1 track_event { "
          "type: TYPE_COUNTER track_uuid: 12884901889 double_counter_value: 0.25 }"));
}

struct Slice {
  std::string id;
  std::string parent;
};

std::string annotation(const read::TrackEvent& event, std::string_view name) {
  for (const read::DebugAnnotation& one : event.debug_annotations()) {
    if (one.name() == name) return one.string_value();
  }
  return "";
}

// As the viewer's importer does: packets by time, those of one time as in the file; on each track
// slices are a stack. Then a slice lies in its parent, or in nothing.
class Importer {
 public:
  void import(const read::Trace& trace) {
    std::vector<const read::TracePacket*> packets;
    for (const read::TracePacket& packet : trace.packet()) {
      ASSERT_EQ(packet.trusted_packet_sequence_id(), 1u);
      if (packet.has_track_descriptor()) add_track(packet.track_descriptor());
      if (packet.has_track_event()) packets.push_back(&packet);
    }
    std::ranges::stable_sort(packets, {}, [](const auto* packet) { return packet->timestamp(); });
    for (const read::TracePacket* packet : packets) add_event(*packet);
    for (const auto& [uuid, stack] : open_) ASSERT_TRUE(stack.empty()) << uuid;
    for (const auto& [id, ends] : flows_) {
      ASSERT_TRUE(ends.leaving == 1 && ends.arriving == 1) << id;
      ASSERT_LE(ends.left_at, ends.arrived_at) << id;
    }
  }

  std::size_t slices = 0;

 private:
  struct Ends {
    int leaving = 0;
    int arriving = 0;
    std::uint64_t left_at = 0;
    std::uint64_t arrived_at = 0;
  };

  void add_track(const read::TrackDescriptor& track) {
    ASSERT_NE(track.uuid(), 0u);
    ASSERT_TRUE(open_.try_emplace(track.uuid()).second);
    ASSERT_TRUE(!track.has_parent_uuid() || open_.contains(track.parent_uuid()));
  }

  void add_event(const read::TracePacket& packet) {
    const read::TrackEvent& event = packet.track_event();
    ASSERT_TRUE(open_.contains(event.track_uuid()));
    std::vector<Slice>& stack = open_[event.track_uuid()];
    if (event.type() == read::TrackEvent::TYPE_SLICE_END) {
      ASSERT_FALSE(stack.empty());
      stack.pop_back();
    }
    if (event.type() != read::TrackEvent::TYPE_SLICE_BEGIN) return;
    const Slice slice = {annotation(event, "tracebus.span_id"),
                         annotation(event, "tracebus.parent_span_id")};
    if (!stack.empty()) {
      ASSERT_EQ(slice.parent, stack.back().id);
    }
    stack.push_back(slice);
    ++slices;
    for (const std::uint64_t id : event.terminating_flow_ids()) {
      ++flows_[id].arriving;
      flows_[id].arrived_at = packet.timestamp();
    }
    for (const std::uint64_t id : event.flow_ids()) {
      ++flows_[id].leaving;
      flows_[id].left_at = packet.timestamp();
    }
  }

  std::map<std::uint64_t, std::vector<Slice>> open_;  // by track
  std::map<std::uint64_t, Ends> flows_;
};

TEST(PerfettoTrace, SlicesNestInTheirParentsOnEveryTrack) {
  testing::each_forest([](const Trace& trace) {
    const read::Trace file = parsed(to_perfetto_trace(trace));
    Importer importer;
    importer.import(file);
    ASSERT_EQ(importer.slices, trace.spans().size());
  });
}

TEST(PerfettoTrace, WithoutTracesIsStillAFile) {
  EXPECT_EQ(parsed(to_perfetto_trace(std::span<const Trace>())).packet_size(), 1);
}

}  // namespace
}  // namespace tracebus
