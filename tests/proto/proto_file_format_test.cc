// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/proto/proto_file_format.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tracebus/core/proto/event_proto.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/proto/written_record.h"

namespace tracebus::testing {
namespace {

using std::string_view_literals::operator""sv;
using State = LengthPrefix::State;

std::string event_message(std::uint64_t seed) {
  EventGenerator events(seed);
  proto::v1::TraceEvent message;
  to_proto(WrittenRecord(events.next()).view(), &message);
  return message.SerializeAsString();
}

TEST(ProtoFileFormat, ALengthIsReadBackAsItWasWritten) {
  for (const std::uint32_t size : {1u, 127u, 128u, 16383u, 16384u, 2097151u, 2097152u}) {
    proto::v1::TraceEvent message;
    std::string out;
    while (message.ByteSizeLong() < size) {
      message.mutable_agent_name()->resize(message.agent_name().size() + 1, 'x');
      if (message.ByteSizeLong() + 8 < size) message.mutable_agent_name()->resize(size - 8, 'x');
    }
    ASSERT_TRUE(append_delimited(out, message));
    const LengthPrefix prefix = parse_length_prefix(out);
    EXPECT_EQ(prefix.state, State::kComplete);
    EXPECT_EQ(prefix.message_bytes, message.ByteSizeLong());
    EXPECT_EQ(prefix.total_bytes(), out.size());
  }
}

TEST(ProtoFileFormat, ALengthThatNoMessageHasIsDamage) {
  EXPECT_EQ(parse_length_prefix("\0"sv).state, State::kDamaged);
  EXPECT_EQ(parse_length_prefix("\x81\0"sv).state, State::kDamaged);            // 1, not shortest
  EXPECT_EQ(parse_length_prefix("\xFF\xFF\xFF\x7F"sv).state, State::kDamaged);  // too long
  EXPECT_EQ(parse_length_prefix("\xFF\xFF\xFF\xFF"sv).state, State::kDamaged);  // five bytes
}

TEST(ProtoFileFormat, ALengthThatEndsEarlyIsCutNotDamaged) {
  EXPECT_EQ(parse_length_prefix(""sv).state, State::kCut);
  EXPECT_EQ(parse_length_prefix("\x80"sv).state, State::kCut);
  EXPECT_EQ(parse_length_prefix("\xFF\xFF\xFF"sv).state, State::kCut);
}

TEST(ProtoFileFormat, TheHeaderIsFrozen) {
  EXPECT_EQ(proto_file_header(), "\x20\x0A\x1Ctracebus.proto.v1.TraceEvent\x10\x01"sv);
}

TEST(ProtoFileFormat, AFileIsKnownByItsHeaderWholeOrCut) {
  const std::string header = proto_file_header();
  for (std::size_t bytes = 2; bytes <= header.size(); ++bytes) {
    EXPECT_TRUE(looks_like_proto_file(std::string_view(header).substr(0, bytes))) << bytes;
  }
  EXPECT_TRUE(looks_like_proto_file(header + event_message(1)));
  std::string longer = header;
  longer[0] = 100;  // of a later version, with more fields
  EXPECT_TRUE(looks_like_proto_file(longer));
}

TEST(ProtoFileFormat, OtherFilesAreNotTakenForOurs) {
  for (const std::string_view other :
       {""sv, "\x20"sv, "{\"timestamp\":1}"sv, " {}"sv, "\n\n{}"sv, "[1]"sv, "\xEF\xBB\xBF{}"sv,
        "tracebus"sv, "\x20\x0A\x1Ctracebus.proto.v2.TraceEvent\x10\x01"sv, "\0\0\0\0"sv,
        "\x1F\x8B\x08"sv}) {
    EXPECT_FALSE(looks_like_proto_file(other)) << other;
  }
}

TEST(ProtoFileFormat, AHeaderOfALaterVersionIsRefused) {
  const std::string header = proto_file_header().substr(1);
  EXPECT_TRUE(check_proto_file_header(header).ok());
  std::string later = header;
  later.back() = 2;
  EXPECT_EQ(check_proto_file_header(later).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(check_proto_file_header(header.substr(0, header.size() - 2)).ok());
  EXPECT_FALSE(check_proto_file_header("garbage").ok());
}

TEST(ProtoFileFormat, EveryBeginningOfAnEventIsKnownAsCut) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::string message = event_message(seed);
    for (std::size_t bytes = 0; bytes <= message.size(); ++bytes) {
      ASSERT_TRUE(is_cut_event(std::string_view(message).substr(0, bytes)))
          << "seed " << seed << ", " << bytes << " bytes";
    }
  }
}

TEST(ProtoFileFormat, WhatBeginsNoEventIsNotTakenForACutOne) {
  const std::string message = event_message(1);
  EXPECT_FALSE(is_cut_event(std::string_view(message).substr(1)));
  EXPECT_FALSE(is_cut_event("{\"timestamp\":1}"));
  EXPECT_FALSE(is_cut_event("\0\0\0"sv));
  EXPECT_FALSE(is_cut_event("\x0A\x00\x0B"sv));              // a group
  EXPECT_FALSE(is_cut_event("\x0A\x00\x02"sv));              // field 0
  EXPECT_FALSE(is_cut_event("\x0A\xFF\xFF\xFF\xFF\x7F"sv));  // a length too large
  EXPECT_FALSE(is_cut_event("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv));  // no varint
}

}  // namespace
}  // namespace tracebus::testing
