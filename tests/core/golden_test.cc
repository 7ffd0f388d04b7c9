// SPDX-License-Identifier: Apache-2.0
//
// Golden files of the record format: what is in them never changes, so files of today are read by
// tomorrow's readers. To write the files anew, after adding events to a format that no release has
// yet, run with TRACEBUS_UPDATE_GOLDEN=1; then look at the difference before you believe it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/record_check.h"
#include "tracebus/core/record_stream.h"
#include "tracebus/tests/core/describe_event.h"
#include "tracebus/tests/core/golden_events.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

const std::string kStreamPath = TRACEBUS_TEST_DATA "/records/v1.records";
const std::string kDocumentPath = TRACEBUS_SOURCE_DIR "/core/record_format.md";

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string stream_of(const std::vector<GoldenEvent>& events) {
  RecordStreamWriter writer(kTestInstance);
  std::string stream;
  for (const GoldenEvent& event : events) EXPECT_TRUE(writer.append(stream, event.record.view()));
  return stream;
}

std::string hex_dump(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += {kDigits[byte >> 4], kDigits[byte & 15], i % 8 == 7 ? '\n' : ' '};
  }
  return out;
}

TEST(GoldenRecords, TodaysWriterMakesTheBytesOfVersion1) {
  const std::string stream = stream_of(golden_events_v1());
  if (std::getenv("TRACEBUS_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kStreamPath, std::ios::binary) << stream;
  }
  EXPECT_EQ(hex_dump(stream), hex_dump(read_file(kStreamPath)));
}

// Other registrations give the process other numbers; the stream has its own.
TEST(GoldenRecords, TheBytesDoNotDependOnWhatWasRegisteredBefore) {
  EventType::registered("golden other type");
  AttributeKey::registered("golden other key");
  NameHandle::of("golden other name");
  AttributeKey::registered("golden.tokens");
  const auto other = RecordBuffer::typed({}, kError, kNoIds, "", "", attr<"golden other key">(1));
  EXPECT_TRUE(check_record(other.bytes()).ok());
  EXPECT_EQ(stream_of(golden_events_v1()), read_file(kStreamPath));
}

TEST(GoldenRecords, TodaysReaderReadsVersion1) {
  const std::vector<GoldenEvent> expected = golden_events_v1();
  const std::string stream = read_file(kStreamPath);
  auto reader = RecordStreamReader::open(std::as_bytes(std::span(stream)));
  ASSERT_TRUE(reader.ok());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto event = reader->next();
    ASSERT_TRUE(event.ok()) << "event " << i << ": " << event.status();
    ASSERT_NE(*event, nullptr) << "event " << i;
    EXPECT_EQ(describe(**event), describe(expected[i].expected)) << "event " << i;
  }
  const auto end = reader->next();
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, nullptr);
}

TEST(GoldenRecords, TheRecordsOfVersion1AreWellFormedInMemoryToo) {
  for (const GoldenEvent& event : golden_events_v1()) {
    const absl::Status status = check_record(event.record.bytes());
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(describe(event.record.view().to_event()), describe(event.expected));
  }
}

// The rows of the document's table called title: "| offset | xx xx .. | meaning |", as bytes.
std::string bytes_in_document(const std::string& title) {
  std::istringstream document(read_file(kDocumentPath));
  std::string line;
  std::string out;
  while (std::getline(document, line) && line != title) {
  }
  while (std::getline(document, line) && !line.starts_with("###")) {
    std::istringstream cells(line);
    std::string bar;
    std::size_t offset = 0;
    if (!(cells >> bar >> offset >> bar)) continue;
    EXPECT_EQ(offset, out.size()) << title << ": " << line;
    for (std::string byte; cells >> byte && byte != "|";) {
      out += static_cast<char>(std::stoi(byte, nullptr, 16));
    }
  }
  return out;
}

TEST(GoldenRecords, TheDocumentsExamplesAreWhatTheWriterMakes) {
  const RecordBuffer typed = typed_example();
  const RecordBuffer friendly = friendly_example();
  RecordStreamWriter writer(kTestInstance);
  std::string header_and_typed;
  std::string second;
  ASSERT_TRUE(writer.append(header_and_typed, typed.view()));
  ASSERT_TRUE(writer.append(second, friendly.view()));
  EXPECT_EQ(hex_dump(bytes_in_document("### A stream with one typed record")),
            hex_dump(header_and_typed));
  EXPECT_EQ(hex_dump(bytes_in_document("### A friendly record after it")), hex_dump(second));
}

}  // namespace
}  // namespace tracebus::testing
