// SPDX-License-Identifier: Apache-2.0
//
// The schema is a promise: files live longer than programs. Lines may be added here, never changed.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/core/proto/event.pb.h"

namespace tracebus::testing {
namespace {

constexpr char kFrozen[] = R"(TraceEvent
  1 optional message timestamp
  2 optional string event_type
  3 optional string agent_name
  4 optional string pattern_type
  5 repeated message payload
  6 optional bytes run_id
  7 optional bytes trace_id
  8 optional bytes span_id
  9 optional bytes parent_span_id
  10 optional message origin
  11 optional message foreign_ids
  16 optional bytes raw_event_type
  17 optional bytes raw_agent_name
  18 optional bytes raw_pattern_type
Time
  1 optional int64 seconds
  2 optional int32 nanos
Origin
  1 optional fixed64 instance
  2 optional uint32 producer
  3 optional uint64 sequence
ForeignIds
  1 optional string run_id
  2 optional string trace_id
  3 optional string span_id
  4 optional string parent_span_id
  5 optional bytes raw_run_id
  6 optional bytes raw_trace_id
  7 optional bytes raw_span_id
  8 optional bytes raw_parent_span_id
KeyValue
  1 optional string key
  2 optional message value
  3 optional bytes raw_key
Value
  1 optional bool bool_value in kind
  2 optional sint64 int_value in kind
  3 optional double double_value in kind
  4 optional string string_value in kind
  5 optional bytes bytes_value in kind
  6 optional message array_value in kind
  7 optional message object_value in kind
  8 optional bytes raw_string_value in kind
Array
  1 repeated message values
Object
  1 repeated message members
FileHeader
  1 optional string message_type
  2 optional uint32 version
)";

std::string line_of(const google::protobuf::FieldDescriptor& field) {
  std::string line = "  " + std::to_string(field.number());
  line += field.is_repeated() ? " repeated " : " optional ";
  line += field.type_name();
  line += ' ';
  line += field.name();
  if (field.real_containing_oneof() != nullptr) {
    line += " in ";
    line += field.real_containing_oneof()->name();
  }
  return line + '\n';
}

TEST(ProtoSchema, FieldNumbersAndTypesAreFrozen) {
  const google::protobuf::FileDescriptor& file = *proto::v1::TraceEvent::descriptor()->file();
  EXPECT_EQ(file.package(), "tracebus.proto.v1");
  std::string lines;
  for (int i = 0; i < file.message_type_count(); ++i) {
    const google::protobuf::Descriptor& message = *file.message_type(i);
    lines += message.name() + '\n';
    for (int k = 0; k < message.field_count(); ++k) lines += line_of(*message.field(k));
  }
  EXPECT_EQ(lines, kFrozen);
}

TEST(ProtoSchema, NothingOfItIsARequiredFieldOrADefault) {
  const google::protobuf::FileDescriptor& file = *proto::v1::TraceEvent::descriptor()->file();
  EXPECT_EQ(file.syntax(), google::protobuf::FileDescriptor::SYNTAX_PROTO3);
}

}  // namespace
}  // namespace tracebus::testing
