// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/perfetto_trace.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/render/proto_message.h"
#include "tracebus/render/scene.h"
#include "tracebus/render/span_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Field numbers, by message.
namespace trace {
constexpr std::uint32_t kPacket = 1;
}
namespace packet {
constexpr std::uint32_t kClockSnapshot = 6, kTimestamp = 8, kSequence = 10, kTrackEvent = 11,
                        kSequenceFlags = 13, kTrackDescriptor = 60;
constexpr std::uint64_t kStateCleared = 1;  // of the flags: the sequence begins here
}  // namespace packet
namespace clock_snapshot {
constexpr std::uint32_t kClocks = 1, kClockId = 1, kClockTimestamp = 2;
constexpr std::uint64_t kRealtime = 1, kBootTime = 6;
}  // namespace clock_snapshot
namespace descriptor {
constexpr std::uint32_t kUuid = 1, kName = 2, kProcess = 3, kParentUuid = 5, kCounter = 8,
                        kChildOrdering = 11;
constexpr std::uint64_t kChronological = 2;
constexpr std::uint32_t kProcessPid = 1, kProcessName = 6;
constexpr std::uint32_t kCounterUnitName = 6;
}  // namespace descriptor
namespace event {
constexpr std::uint32_t kAnnotation = 4, kType = 9, kTrackUuid = 11, kCategory = 22, kName = 23,
                        kDoubleCounter = 44, kFlow = 47, kLastOfFlow = 48;
constexpr std::uint64_t kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4;
}  // namespace event
namespace annotation {
constexpr std::uint32_t kBool = 2, kInt = 4, kDouble = 5, kString = 6, kJson = 9, kName = 10;
}

// Tracks have one number space: each kind has its own part of it.
constexpr std::uint64_t kProcessUuids = std::uint64_t{1} << 32;
constexpr std::uint64_t kLaneUuids = std::uint64_t{2} << 32;
constexpr std::uint64_t kTotalUuids = std::uint64_t{3} << 32;

ProtoMessage annotation_of(const AttributeView& attribute) {
  ProtoMessage out;
  out.text(annotation::kName, attribute.key);
  switch (attribute.value.type()) {
    case ValueType::kBool:
      out.varint(annotation::kBool, attribute.value.as_bool() ? 1 : 0);
      break;
    case ValueType::kInt64:
      out.int64(annotation::kInt, attribute.value.as_int64());
      break;
    case ValueType::kDouble:
      out.number(annotation::kDouble, attribute.value.as_double());
      break;
    case ValueType::kString:
      out.text(annotation::kString, attribute.value.as_string());
      break;
    default: {
      std::string json;
      append_json_value(json, attribute.value);
      out.text(annotation::kJson, json);
    }
  }
  return out;
}

class PerfettoPainter final : public ScenePainter {
 public:
  PerfettoPainter(std::string& out, std::int64_t base_ns) : out_(out) { append_clocks(base_ns); }

  void process(std::uint32_t number, std::string_view name) override {
    ProtoMessage process;
    process.int64(descriptor::kProcessPid, number);
    process.text(descriptor::kProcessName, name);
    ProtoMessage track;
    track.varint(descriptor::kUuid, kProcessUuids + number);
    track.message(descriptor::kProcess, process);
    track.varint(descriptor::kChildOrdering, descriptor::kChronological);
    append_track(track);
  }

  void lane(const SceneLane& lane, std::string_view name) override {
    ProtoMessage track;
    track.varint(descriptor::kUuid, kLaneUuids + lane.number);
    track.text(descriptor::kName, name);
    track.varint(descriptor::kParentUuid,
                 lane.parent != 0 ? kLaneUuids + lane.parent : kProcessUuids + lane.process);
    track.varint(descriptor::kChildOrdering, descriptor::kChronological);
    append_track(track);
  }

  void begin(const SceneSlice& slice) override {
    ProtoMessage event = event_on(kLaneUuids + slice.lane.number, event::kSliceBegin);
    event.text(event::kCategory, to_string(slice.span.kind()));
    event.text(event::kName, slice.span.name());
    annotate(event, slice.attributes);
    for (const std::uint64_t arrow : slice.leaving) event.fixed64(event::kFlow, arrow);
    for (const std::uint64_t arrow : slice.arriving) event.fixed64(event::kLastOfFlow, arrow);
    append_event(slice.begin_ns, event);
  }

  void instant(const SceneLane& lane, const SpanEventView& said) override {
    ProtoMessage event = event_on(kLaneUuids + lane.number, event::kInstant);
    event.text(event::kName, said.name);
    annotate(event, attributes_of(said.attributes));
    append_event(said.time_ns, event);
  }

  void end(const SceneLane& lane, std::int64_t time_ns) override {
    append_event(time_ns, event_on(kLaneUuids + lane.number, event::kSliceEnd));
  }

  void total(const SceneTotal& total) override {
    ProtoMessage counter;
    counter.text(descriptor::kCounterUnitName, total.name);
    ProtoMessage track;
    track.varint(descriptor::kUuid, kTotalUuids + total.number);
    track.text(descriptor::kName, total.name);
    track.varint(descriptor::kParentUuid, kProcessUuids + total.process);
    track.message(descriptor::kCounter, counter);
    append_track(track);
  }

  void total_at(const SceneTotal& total, std::int64_t time_ns, double value) override {
    ProtoMessage event = event_on(kTotalUuids + total.number, event::kCounter);
    event.number(event::kDoubleCounter, value);
    append_event(time_ns, event);
  }

 private:
  static constexpr std::uint64_t kOnlySequence = 1;

  // The times are of the real-time clock; viewers count by the boot-time one, which is made the
  // same.
  void append_clocks(std::int64_t base_ns) {
    ProtoMessage snapshot;
    for (const std::uint64_t id : {clock_snapshot::kRealtime, clock_snapshot::kBootTime}) {
      ProtoMessage clock;
      clock.varint(clock_snapshot::kClockId, id);
      clock.varint(clock_snapshot::kClockTimestamp, unsigned_time(base_ns));
      snapshot.message(clock_snapshot::kClocks, clock);
    }
    ProtoMessage first;
    first.message(packet::kClockSnapshot, snapshot);
    first.varint(packet::kSequenceFlags, packet::kStateCleared);
    append_packet(first);
  }

  // Before 1970 there is no time.
  static std::uint64_t unsigned_time(std::int64_t time_ns) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time_ns, 0));
  }

  static ProtoMessage event_on(std::uint64_t track, std::uint64_t type) {
    ProtoMessage event;
    event.varint(event::kType, type);
    event.varint(event::kTrackUuid, track);
    return event;
  }

  static void annotate(ProtoMessage& event, const std::vector<AttributeView>& attributes) {
    for (const AttributeView& attribute : attributes) {
      event.message(event::kAnnotation, annotation_of(attribute));
    }
  }

  void append_track(const ProtoMessage& track) {
    ProtoMessage packet;
    packet.message(packet::kTrackDescriptor, track);
    append_packet(packet);
  }

  void append_event(std::int64_t time_ns, const ProtoMessage& event) {
    ProtoMessage packet;
    packet.varint(packet::kTimestamp, unsigned_time(time_ns));
    packet.message(packet::kTrackEvent, event);
    append_packet(packet);
  }

  void append_packet(ProtoMessage& packet) {
    packet.varint(packet::kSequence, kOnlySequence);
    ProtoMessage file;
    file.message(trace::kPacket, packet);
    out_ += file.bytes();
  }

  std::string& out_;
};

}  // namespace

std::string to_perfetto_trace(std::span<const Trace> traces) {
  std::string out;
  PerfettoPainter painter(out, first_start_ns(traces));
  paint(traces, painter);
  return out;
}

std::string to_perfetto_trace(const Trace& trace) { return to_perfetto_trace({&trace, 1}); }

}  // namespace v1
}  // namespace tracebus
