// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/record_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tracebus/core/clock.h"
#include "tracebus/core/limits.h"
#include "tracebus/tests/core/describe_event.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/core/record_buffer.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a reader found, in order: descriptions of events, and faults.
struct Reading {
  std::vector<std::string> events;
  std::vector<std::string> faults;
};

Reading read_all(std::string_view stream) {
  Reading reading;
  auto reader = RecordStreamReader::open(std::as_bytes(std::span(stream)));
  if (!reader.ok()) {
    reading.faults.emplace_back(reader.status().message());
    return reading;
  }
  while (true) {
    const auto event = reader->next();
    if (!event.ok()) {
      reading.faults.emplace_back(event.status().message());
    } else if (*event == nullptr) {
      return reading;
    } else {
      reading.events.push_back(describe(**event));
    }
  }
}

// As read_all, from a heap block of exactly the stream's size.
Reading read_exactly(std::string_view stream) {
  const std::unique_ptr<char[]> block(new char[stream.size()]);
  stream.copy(block.get(), stream.size());
  return read_all({block.get(), stream.size()});
}

std::string stream_of(const std::vector<EventView>& events,
                      std::uint64_t instance = kTestInstance) {
  RecordStreamWriter writer(instance);
  std::string stream;
  for (const EventView& event : events) EXPECT_TRUE(writer.append(stream, event));
  return stream;
}

RecordBuffer typed_record(std::uint64_t sequence) {
  EventIds ids;
  ids.span_id.bytes[0] = 1;
  const EventType type = EventType::registered("stream_typed");
  return RecordBuffer::typed({sequence, 3, 2'000'000'001}, type, ids,
                             NameHandle::of("stream agent"), "inline pattern",
                             attr<"model">("m"), attr<"stream_tokens">(450), attr<"cached">(true));
}

TEST(RecordStream, EventsComeBackAsTheyWere) {
  constexpr std::uint64_t kSeed = 77;
  EventGenerator generator(kSeed);
  for (int i = 0; i < 300; ++i) {
    const RecordBuffer record = RecordBuffer::friendly(generator.next());
    const Reading reading = read_exactly(stream_of({record.view()}));
    EXPECT_THAT(reading.faults, ElementsAre()) << "seed " << kSeed << ", event " << i;
    EXPECT_THAT(reading.events, ElementsAre(describe(record.view().to_event())))
        << "seed " << kSeed << ", event " << i;
  }
}

TEST(RecordStream, TypedRecordsComeBackWithTheirNamesAndOrigin) {
  const RecordBuffer first = typed_record(1);
  const RecordBuffer second = typed_record(2);
  const Reading reading = read_exactly(stream_of({first.view(), second.view()}));
  EXPECT_THAT(reading.faults, ElementsAre());
  EXPECT_THAT(reading.events, ElementsAre(describe(first.view().to_event()),
                                          describe(second.view().to_event())));
  EXPECT_THAT(reading.events[0],
              HasSubstr("2 s 1 ns, type \"stream_typed\", agent \"stream agent\""));
}

TEST(RecordStream, DefinitionsAreWrittenOnce) {
  RecordStreamWriter writer(kTestInstance);
  std::string first;
  std::string second;
  const RecordBuffer record = typed_record(1);
  EXPECT_TRUE(writer.append(first, record.view()));
  EXPECT_TRUE(writer.append(second, record.view()));
  EXPECT_EQ(second.size(), record.size());
  EXPECT_GT(first.size(), sizeof(StreamHeader) + record.size());
}

TEST(RecordStream, NumbersAreOfFirstUseAndNotOfTheProcess) {
  const EventType late = EventType::registered("stream_b");
  const EventType later = EventType::registered("stream_a");
  ASSERT_LT(late.number(), later.number());
  const auto stream = stream_of({RecordBuffer::typed({}, later, kNoIds, "", "").view()});
  const std::string other = stream_of({RecordBuffer::typed({}, late, kNoIds, "", "").view()});
  std::string expected = other;
  expected.replace(expected.find("stream_b"), 8, "stream_a");
  EXPECT_EQ(stream, expected);
}

TEST(RecordStream, ReadingRegistersNothing) {
  std::string stream = stream_of({typed_record(1).view()});
  stream.replace(stream.find("stream_typed"), 12, "foreign_type");
  stream.replace(stream.find("stream_tokens"), 13, "foreign_token");
  stream.replace(stream.find("stream agent"), 12, "foreign name");
  const std::uint32_t types = event_type_count();
  const std::uint32_t keys = attribute_key_count();
  const std::uint32_t schemas = schema_count();
  const Reading reading = read_exactly(stream);
  EXPECT_THAT(reading.faults, ElementsAre());
  EXPECT_THAT(reading.events[0], HasSubstr("\"foreign_type\", agent \"foreign name\""));
  EXPECT_THAT(reading.events[0], HasSubstr("\"foreign_token\": 450"));
  EXPECT_EQ(event_type_count(), types);
  EXPECT_EQ(attribute_key_count(), keys);
  EXPECT_EQ(schema_count(), schemas);
}

TEST(RecordStream, ForeignIdsAreRestoredBesideTheirIds) {
  TraceEvent event;
  event.foreign_ids = {.run_id = "r", .trace_id = "t", .span_id = "s", .parent_span_id = "p"};
  const RecordBuffer record = RecordBuffer::friendly(event);
  const std::string stream = stream_of({record.view()});
  auto reader = *RecordStreamReader::open(std::as_bytes(std::span(stream)));
  const TraceEvent read = **reader.next();
  EXPECT_EQ(read.foreign_ids.run_id, "r");
  EXPECT_EQ(read.foreign_ids.trace_id, "t");
  EXPECT_EQ(read.foreign_ids.span_id, "s");
  EXPECT_EQ(read.foreign_ids.parent_span_id, "p");
  EXPECT_EQ(read.ids.run_id, RunId::from_foreign("r"));
  EXPECT_TRUE(read.payload.empty());
}

TEST(RecordStream, TicksBecomeNanosecondsSince1970) {
  const ClockMap clock;
  const ViewContext context = {kTestInstance, &clock, true};
  const RecordBuffer record = RecordBuffer::friendly({}, {1, 1, Clock::ticks()});
  const std::string expected = describe(record.view(context).to_event());
  EXPECT_THAT(read_all(stream_of({record.view(context)})).events, ElementsAre(expected));
}

TEST(RecordStream, ContentThatTheReaderWasNotGrantedStaysBehind) {
  const ViewContext without = {kTestInstance, nullptr, false};
  const RecordBuffer friendly =
      RecordBuffer::friendly({.event_type = "error", .payload = {{"prompt", "secret"}, {"k", 1}}});
  const RecordBuffer typed = RecordBuffer::typed({5, 6, 7}, kError, kNoIds, "a", "",
                                                 attr<"prompt">("secret"), attr<"k">(1));
  const std::string stream = stream_of({friendly.view(without), typed.view(without)});
  EXPECT_EQ(stream.find("secret"), std::string::npos);
  EXPECT_THAT(read_all(stream).events, ElementsAre(describe(friendly.view(without).to_event()),
                                                   describe(typed.view(without).to_event())));
  EXPECT_NE(stream_of({friendly.view()}).find("secret"), std::string::npos);
}

TEST(RecordStream, AnotherBusThanTheStreamsIsWrittenAsOrigin) {
  const RecordBuffer record = typed_record(9);
  const Reading reading = read_all(stream_of({record.view()}, kTestInstance + 1));
  EXPECT_THAT(reading.events, ElementsAre(describe(record.view().to_event())));
}

TEST(RecordStream, TheEventOutgrowsTheLargestRecordIfItsOriginIsAdded) {
  // Header, wall time, one descriptor, one slot and the text fill kRecordBytesMax.
  const std::string text(kRecordBytesMax - 40 - 16 - 16, 'x');
  const RecordBuffer record = RecordBuffer::friendly(
      {.timestamp = Timestamp{}, .event_type = "error", .payload = {{"prompt", text}}});
  ASSERT_EQ(record.size(), kRecordBytesMax);
  RecordStreamWriter writer(kTestInstance + 1);
  std::string stream;
  EXPECT_FALSE(writer.append(stream, record.view()));
  EXPECT_EQ(stream.size(), sizeof(StreamHeader));
}

// --- Damage ---

TEST(RecordStream, AHeaderThatIsNotOursIsRefused) {
  const std::string stream = stream_of({typed_record(1).view()});
  const auto fault_after = [&stream](std::size_t offset, char byte) {
    std::string changed = stream;
    changed[offset] = byte;
    return read_all(changed).faults.at(0);
  };
  EXPECT_EQ(fault_after(0, 'T'), "not a record stream of tracebus");
  EXPECT_EQ(fault_after(8, 2), "a record stream of version 2; this reader knows 1 to 1");
  EXPECT_EQ(fault_after(8, 0), "a record stream of version 0; this reader knows 1 to 1");
  EXPECT_EQ(fault_after(10, 1), "a record stream of a machine of the other byte order");
  EXPECT_EQ(fault_after(12, 23), "no possible size of a record stream's header");
  EXPECT_EQ(fault_after(15, 127), "no possible size of a record stream's header");
  EXPECT_EQ(read_all("").faults.at(0), "too few bytes for the header of a record stream");
}

TEST(RecordStream, AHeaderMayGrow) {
  std::string stream = stream_of({typed_record(1).view()});
  const Reading before = read_all(stream);
  stream.insert(sizeof(StreamHeader), std::string(16, '\7'));
  stream[12] = sizeof(StreamHeader) + 16;
  EXPECT_EQ(read_all(stream).events, before.events);
}

TEST(RecordStream, AnUnknownControlRecordIsSkipped) {
  const RecordBuffer record = typed_record(1);
  RecordStreamWriter writer(kTestInstance);
  std::string stream;
  EXPECT_TRUE(writer.append(stream, record.view()));
  const RecordPrefix unknown = {24, 0xFFFA, 0};
  stream.append(reinterpret_cast<const char*>(&unknown), sizeof unknown).append(16, '\xEE');
  EXPECT_TRUE(writer.append(stream, record.view()));
  const Reading reading = read_all(stream);
  EXPECT_EQ(reading.events.size(), 2u);
  EXPECT_THAT(reading.faults, ElementsAre());
}

TEST(RecordStream, ADamagedRecordIsReportedAndTheNextOneRead) {
  RecordStreamWriter writer(kTestInstance);
  std::string stream;
  const RecordBuffer record = typed_record(1);
  EXPECT_TRUE(writer.append(stream, record.view()));
  const std::size_t second = stream.size();
  EXPECT_TRUE(writer.append(stream, record.view()));
  EXPECT_TRUE(writer.append(stream, record.view()));
  stream[second + offsetof(RecordHeader, schema)] = 99;
  const Reading reading = read_all(stream);
  EXPECT_EQ(reading.events.size(), 2u);
  EXPECT_THAT(reading.faults, ElementsAre("record at byte " + std::to_string(second) +
                                          " of the stream: byte 36: unknown schema"));
}

TEST(RecordStream, ARecordOfNoPossibleSizeEndsTheStream) {
  RecordStreamWriter writer(kTestInstance);
  std::string stream;
  const RecordBuffer record = typed_record(1);
  EXPECT_TRUE(writer.append(stream, record.view()));
  const std::size_t second = stream.size();
  EXPECT_TRUE(writer.append(stream, record.view()));
  for (const char size : {'\0', '\4', '\x7F'}) {
    stream[second] = size;
    const Reading reading = read_all(stream);
    EXPECT_EQ(reading.events.size(), 1u);
    EXPECT_EQ(reading.faults.size(), 1u);
  }
}

TEST(RecordStream, AnUnknownControlRecordThatIsCutShortIsReported) {
  std::string stream = stream_of({typed_record(1).view()});
  const std::size_t end = stream.size();
  const RecordPrefix unknown = {24, 0xFFFA, 0};
  stream.append(reinterpret_cast<const char*>(&unknown), sizeof unknown).append(8, '\xEE');
  const Reading reading = read_all(stream);
  EXPECT_EQ(reading.events.size(), 1u);
  EXPECT_THAT(reading.faults, ElementsAre(HasSubstr("byte " + std::to_string(end) + " of")));
}

std::string definition(std::uint16_t type, std::uint32_t number, std::uint32_t length,
                       std::string_view body) {
  const RecordPrefix prefix = {static_cast<std::uint32_t>(16 + round_up_8(body.size())), type, 0};
  const DefinitionField field = {number, length};
  std::string out(reinterpret_cast<const char*>(&prefix), sizeof prefix);
  out.append(reinterpret_cast<const char*>(&field), sizeof field).append(body);
  return out.append(round_up_8(out.size()) - out.size(), '\0');
}

TEST(RecordStream, ImpossibleDefinitionsAreRefused) {
  const std::string header = stream_of({RecordBuffer::friendly({}).view()}).substr(0, 24);
  const auto fault_of = [&header](const std::string& records) {
    const Reading reading = read_exactly(header + records);
    return reading.faults.empty() ? std::string() : reading.faults.front();
  };
  const std::string one = definition(kDefineEventType, 1, 4, "type");
  EXPECT_EQ(fault_of(one), "");
  EXPECT_THAT(fault_of(one + one), HasSubstr("defined twice"));
  EXPECT_THAT(fault_of(definition(kDefineEventType, 0, 4, "type")), HasSubstr("impossible number"));
  EXPECT_THAT(fault_of(definition(kDefineEventType, 0xFFF0, 4, "type")),
              HasSubstr("impossible number"));
  EXPECT_THAT(fault_of(definition(kDefineAttributeKey, 4, 3, "key")),
              HasSubstr("impossible number"));
  EXPECT_THAT(fault_of(definition(kDefineName, 0xFFFFFFFF, 4, "name")),
              HasSubstr("impossible number"));
  EXPECT_THAT(fault_of(definition(kDefineEventType, 1, 0, "")), HasSubstr("empty or over-long"));
  const std::string over_long(kNameBytesMax + 1, 'x');
  EXPECT_THAT(fault_of(definition(kDefineName, 1, kNameBytesMax + 1, over_long)),
              HasSubstr("empty or over-long"));
  EXPECT_THAT(fault_of(definition(kDefineEventType, 1, 99, "type")), HasSubstr("fill its record"));
  EXPECT_THAT(fault_of(definition(kDefineEventType, 1, 0xFFFFFFFF, "type")),
              HasSubstr("fill its record"));
}

TEST(RecordStream, ASchemaNeedsKnownKeysAndTypes) {
  const std::string header = stream_of({RecordBuffer::friendly({}).view()}).substr(0, 24);
  const std::string key = definition(kDefineAttributeKey, 5, 3, "key");
  const auto schema_faults = [&](std::uint32_t number, std::string_view field) {
    return read_exactly(header + key + definition(kDefineSchema, number, 1, field)).faults;
  };
  EXPECT_THAT(schema_faults(1, {"\5\0\2\0", 4}), ElementsAre());
  EXPECT_THAT(schema_faults(1, {"\6\0\2\0", 4}), ElementsAre(HasSubstr("unknown key or type")));
  EXPECT_THAT(schema_faults(1, {"\5\0\x08\0", 4}), ElementsAre(HasSubstr("unknown key or type")));
  EXPECT_THAT(schema_faults(0, {"\5\0\2\0", 4}), ElementsAre(HasSubstr("impossible number")));
}

std::string rich_stream() {
  TraceEvent event = {.timestamp = Timestamp{-5, 1}, .event_type = "unregistered in a stream"};
  event.payload = {{"inline key", 1}, {"list", Value::array({1, Value::object({{"k", "v"}})})}};
  event.foreign_ids.run_id = "run";
  const RecordBuffer friendly = RecordBuffer::friendly(event);
  return stream_of({typed_record(1).view(), friendly.view(), typed_record(2).view()});
}

TEST(RecordStream, AStreamCutAnywhereYieldsTheWholeEventsBeforeTheCut) {
  const std::string stream = rich_stream();
  const std::vector<std::string> whole = read_all(stream).events;
  for (std::size_t length = 0; length < stream.size(); ++length) {
    const Reading reading = read_exactly(std::string_view(stream).substr(0, length));
    ASSERT_LE(reading.faults.size(), 1u) << length;
    ASSERT_LT(reading.events.size(), whole.size()) << length;
    ASSERT_TRUE(std::ranges::equal(reading.events, std::span(whole).first(reading.events.size())));
  }
}

// Oracle: AddressSanitizer, on a block of exactly the stream's size; and the reader ends.
TEST(RecordStream, AnyChangedByteIsReportedOrHarmless) {
  const std::string stream = rich_stream();
  std::size_t faults = 0;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    for (const int flip : {0x01, 0x04, 0x08, 0x40, 0x80, 0xFF}) {
      std::string changed = stream;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      faults += read_exactly(changed).faults.size();
    }
  }
  EXPECT_GT(faults, 1000u);
}

TEST(RecordStream, AStreamNeedsNoAlignment) {
  const std::string stream = rich_stream();
  const std::string shifted = "x" + stream;
  EXPECT_EQ(read_all(std::string_view(shifted).substr(1)).events, read_all(stream).events);
}

}  // namespace
}  // namespace tracebus::testing
