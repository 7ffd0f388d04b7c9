// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/core/record_buffer.h"
#include "tracebus/tests/core/record_walk.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

std::string fault_of(const RecordBuffer& record) {
  return std::string(check_record(record.bytes()).message());
}

TraceEvent every_field() {
  TraceEvent event = {.timestamp = Timestamp{-5, 999'999'999},
                      .event_type = "a type that nobody registered",
                      .agent_name = "agent",
                      .pattern_type = "pattern"};
  event.payload = {{"inline key", 1},
                   {"prompt", "text"},
                   {"b", true},
                   {"n", nullptr},
                   {"d", 2.5},
                   {"list", Value::array({1, "two", Value::object({{"k", Value::array({})}})})}};
  event.foreign_ids = {.run_id = "run", .span_id = "span"};
  event.origin = Origin{7, 8, 9};
  return event;
}

RecordBuffer typed_record() {
  EventIds ids;
  ids.span_id.bytes[0] = 1;
  return RecordBuffer::typed({}, kLlmCall, ids, NameHandle::of("check agent"), "inline pattern",
                             attr<"model">("m"), attr<"input_tokens">(450), attr<"cached">(true));
}

std::vector<RecordBuffer> valid_records() {
  std::vector<RecordBuffer> records;
  records.push_back(RecordBuffer::friendly({}));
  records.push_back(RecordBuffer::friendly(every_field()));
  records.push_back(typed_record());
  records.push_back(RecordBuffer::typed({}, kError, kNoIds, "", ""));
  EventGenerator generator(2026);
  for (int i = 0; i < 40; ++i) records.push_back(RecordBuffer::friendly(generator.next()));
  return records;
}

TEST(RecordCheck, WhatTheWritersMakeIsWellFormed) {
  for (const RecordBuffer& record : valid_records()) EXPECT_EQ(fault_of(record), "");
}

TEST(RecordCheck, BytesAfterTheRecordAreNotLookedAt) {
  const RecordBuffer record = typed_record();
  std::vector<std::byte> bytes(record.bytes().begin(), record.bytes().end());
  bytes.resize(bytes.size() + 13, std::byte{0xAA});
  EXPECT_TRUE(check_record(bytes).ok());
}

TEST(RecordCheck, ARecordCutAnywhereIsRefused) {
  for (const RecordBuffer& record : valid_records()) {
    for (std::size_t length = 0; length < record.size(); ++length) {
      const RecordBuffer cut(record.bytes().first(length));
      ASSERT_FALSE(check_record(cut.bytes()).ok()) << length << " of " << record.size();
    }
  }
}

// The size says what the bytes say: only the fields can be wrong now.
TEST(RecordCheck, ARecordThatEndsTooEarlyIsRefused) {
  for (const RecordBuffer& record : valid_records()) {
    for (std::size_t length = sizeof(RecordHeader); length < record.size(); length += 8) {
      const RecordBuffer cut(record.bytes().first(length));
      cut.header().size = static_cast<std::uint32_t>(length);
      ASSERT_FALSE(check_record(cut.bytes()).ok()) << length << " of " << record.size();
    }
  }
}

// Oracle: AddressSanitizer, on a block of exactly the record's size.
TEST(RecordCheck, AnyChangedByteIsRefusedOrHarmless) {
  std::uint64_t sum = 0;
  std::size_t refused = 0;
  std::size_t accepted = 0;
  for (const RecordBuffer& original : valid_records()) {
    for (std::size_t i = 0; i < original.size(); ++i) {
      for (const int flip : {0x01, 0x02, 0x08, 0x80, 0xFF, 0x7F}) {
        const RecordBuffer changed(original.bytes());
        changed.place()[i] = static_cast<char>(changed.place()[i] ^ flip);
        if (!check_record(changed.bytes()).ok()) {
          ++refused;
          continue;
        }
        ++accepted;
        sum += walk(changed.view());
        sum += walk(changed.view({kTestInstance, nullptr, false}));
      }
    }
  }
  EXPECT_NE(sum, 0u);
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(accepted, 1000u);
}

TEST(RecordCheck, SaysTheFaultAndItsOffset) {
  const auto fault_after = [](auto change) {
    const RecordBuffer record = RecordBuffer::friendly(every_field());
    change(record);
    return fault_of(record);
  };
  EXPECT_EQ(fault_after([](auto& r) { r.header().size -= 4; }),
            "byte 0: no possible size of a record");
  EXPECT_EQ(fault_after([](auto& r) { r.header().size += 8; }),
            "byte 0: the record goes beyond the bytes");
  EXPECT_EQ(fault_after([](auto& r) { r.header().type = kFirstControlType; }),
            "byte 4: a control record, not an event");
  EXPECT_EQ(fault_after([](auto& r) { r.header().type = kEventTypesMax - 1; }),
            "byte 4: unknown event type");
  EXPECT_EQ(fault_after([](auto& r) { r.header().flags |= 0x8000; }), "byte 6: unknown flags");
  EXPECT_EQ(fault_after([](auto& r) { r.header().schema = kSchemasMax - 1; }),
            "byte 36: unknown schema");
  EXPECT_EQ(fault_after([](auto& r) { r.header().attributes = 1025; }),
            "byte 38: too many attributes");
  EXPECT_EQ(fault_after([](auto& r) { r.header().flags |= kAgentIsHandle; r.header().agent = 0; }),
            "byte 28: unknown name of an agent");
  EXPECT_EQ(fault_after([](auto& r) { r.header().agent = 0xFFFFFFF0; }),
            "byte 28: a text goes beyond the record");
  EXPECT_THAT(fault_after([](auto& r) { r.header().agent += 1; }),
              HasSubstr("a text does not follow the one before"));
  EXPECT_THAT(fault_after([](auto& r) { r.place()[r.size() - 1] = 1; }), HasSubstr("byte "));
}

TEST(RecordCheck, ANanosecondOfASecondOrMoreIsRefused) {
  const RecordBuffer record = RecordBuffer::friendly(every_field());
  const std::uint32_t billion = 1'000'000'000;
  std::memcpy(record.place() + 48, &billion, sizeof billion);
  EXPECT_EQ(fault_of(record), "byte 48: not less than a second");
}

TEST(RecordCheck, AnObjectThatLiesAboutItsMembersIsRefused) {
  const RecordBuffer record =
      RecordBuffer::friendly({.payload = {{"k", Value::array({1, 2, 3})}}});
  const std::string body(record.place(), record.size());
  const std::size_t count = body.find(std::string("\3\0\0\0\2", 5));
  ASSERT_NE(count, std::string::npos);
  record.place()[count] = 4;
  EXPECT_THAT(fault_of(record), HasSubstr("a damaged nested value"));
}

TEST(RecordCheck, ASchemaOfAnotherLengthIsRefused) {
  const RecordBuffer record = typed_record();
  --record.header().attributes;
  EXPECT_EQ(fault_of(record), "byte 38: not as many attributes as the schema has");
}

}  // namespace
}  // namespace tracebus::testing
