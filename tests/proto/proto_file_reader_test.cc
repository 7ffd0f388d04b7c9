// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/proto_file_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/proto/event_proto.h"
#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/proto/proto_files.h"

namespace tracebus::testing {
namespace {

using std::string_view_literals::operator""sv;

// One byte at a time: what a reader asks for is not what it gets.
class SlowSource final : public ByteSource {
 public:
  explicit SlowSource(std::string_view bytes) : left_(bytes) {}
  absl::StatusOr<std::size_t> read(char* out, std::size_t) override {
    if (left_.empty()) return 0;
    *out = left_.front();
    left_.remove_prefix(1);
    return 1;
  }

 private:
  std::string_view left_;
};

class FailingSource final : public ByteSource {
 public:
  absl::StatusOr<std::size_t> read(char*, std::size_t) override {
    return absl::DataLossError("the disk is gone");
  }
};

std::size_t end_of_message(std::string_view file, int number) {
  std::size_t at = 0;
  for (; number != 0; --number) at += parse_length_prefix(file.substr(at)).total_bytes();
  return at;
}

TEST(ProtoFileReader, BytesThatComeOneByOneGiveTheSameEvents) {
  EventMaker events = numbered_events(20);
  const std::string file = file_of(events);
  ProtoFileReader reader(std::make_unique<SlowSource>(file));
  EXPECT_EQ(drain(reader).lines, lines_of(events));
}

TEST(ProtoFileReader, EventLargerThanTheBufferComesBack) {
  EventMaker events;
  events.add_numbered(1).add_numbered(2, std::string(3'000'000, 'x')).add_numbered(3);
  EXPECT_EQ(read_bytes(file_of(events)).lines, lines_of(events));
}

TEST(ProtoFileReader, FilesJoinedEndToEndAreReadAsOne) {
  EventMaker events = numbered_events(3);
  const std::string file = file_of(events);
  const ReadBack back = read_bytes(file + file);
  EXPECT_EQ(back.lines.size(), 6u);
  EXPECT_EQ(back.account.bad_lines, 0u);
}

TEST(ProtoFileReader, DamagedMessageIsCountedWithItsOffsetAndSkipped) {
  EventMaker events = numbered_events(5);
  std::string file = file_of(events);
  const std::size_t second = end_of_message(file, 2);
  file[second + 1] = '\x07';  // the tag of the first field: a wire type there is none of
  const ReadBack back = read_bytes(file);
  std::vector<std::string> expected = lines_of(events);
  expected.erase(expected.begin() + 1);
  EXPECT_EQ(back.lines, expected);
  ASSERT_EQ(back.account.problems.size(), 1u);
  EXPECT_EQ(back.account.problems[0].offset, second);
  EXPECT_EQ(back.account.problems[0].line, 0u);
}

TEST(ProtoFileReader, MessageOfNoEventIsCountedAndSkipped) {
  EventMaker events = numbered_events(2);
  std::string file = file_of(events);
  proto::v1::TraceEvent wrong;
  wrong.set_run_id("too short");
  file.insert(end_of_message(file, 2), "\x0B" + wrong.SerializeAsString());
  const ReadBack back = read_bytes(file);
  EXPECT_EQ(back.lines, lines_of(events));
  ASSERT_EQ(back.account.problems.size(), 1u);
  EXPECT_NE(back.account.problems[0].message.find("run_id"), std::string::npos);
}

TEST(ProtoFileReader, TextThatIsNotUtf8WhereItMustBeIsAProblemWithoutNoise) {
  EventMaker events = numbered_events(2);
  std::string file = file_of(events);
  file[file.rfind("analyst")] = '\xFF';
  ::testing::internal::CaptureStderr();
  const ReadBack back = read_bytes(file);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(back.lines.size(), 1u);
  EXPECT_EQ(back.account.bad_lines, 1u);
}

TEST(ProtoFileReader, FieldsOfALaterVersionAreLeftOut) {
  EventMaker events = numbered_events(1);
  std::string file = file_of(events);
  const std::size_t begin = end_of_message(file, 1);
  file += "\x98\x06\x01"sv;  // field 99: 1
  file[begin] = static_cast<char>(file.size() - begin - 1);
  ASSERT_LT(file.size() - begin - 1, 128u);
  const ReadBack back = read_bytes(file);
  EXPECT_EQ(back.lines, lines_of(events));
  EXPECT_EQ(back.account.bad_lines, 0u);
}

TEST(ProtoFileReader, DamagedLengthEndsTheEventsWithOneProblem) {
  for (const std::string_view length :
       {"\0"sv, "\xFF\xFF\xFF\xFF\x0F"sv, "\xFF\xFF\xFF\x7F"sv, "\x81\0"sv}) {
    EventMaker events = numbered_events(4);
    std::string file = file_of(events);
    const std::size_t third = end_of_message(file, 3);
    file.replace(third, 1, length);
    const ReadBack back = read_bytes(file);
    EXPECT_EQ(back.lines.size(), 2u);
    ASSERT_EQ(back.account.problems.size(), 1u);
    EXPECT_EQ(back.account.problems[0].offset, third);
  }
}

// Memory follows the bytes that are there: this length promises 32 MiB.
TEST(ProtoFileReader, LengthBeyondTheEndIsOneProblem) {
  const ReadBack back = read_bytes(proto_file_header() + "\x80\x80\x80\x10\x0A");
  EXPECT_TRUE(back.lines.empty());
  ASSERT_EQ(back.account.problems.size(), 1u);
  EXPECT_EQ(back.account.problems[0].offset, proto_file_header().size());
}

TEST(ProtoFileReader, FileCutAtAnyByteGivesTheWholeEventsAndAtMostOneProblem) {
  EventMaker events = numbered_events(4);
  const std::string file = file_of(events);
  const std::vector<std::string> lines = lines_of(events);
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
    const ReadBack back = read_bytes(std::string_view(file).substr(0, bytes));
    std::size_t whole = 0;
    bool is_between = bytes == 0 || bytes == end_of_message(file, 1);
    for (int i = 0; i < 4 && end_of_message(file, i + 2) <= bytes; ++i) {
      is_between = end_of_message(file, i + 2) == bytes;
      ++whole;
    }
    ASSERT_EQ(back.lines, std::vector<std::string>(
                              lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(whole)));
    ASSERT_EQ(back.account.bad_lines, is_between ? 0u : 1u) << bytes << " bytes";
  }
}

TEST(ProtoFileReader, HeaderOfALaterVersionEndsTheEvents) {
  EventMaker events = numbered_events(1);
  std::string file = file_of(events);
  file[proto_file_header().size() - 1] = 2;
  const ReadBack back = read_bytes(file);
  EXPECT_TRUE(back.lines.empty());
  ASSERT_EQ(back.account.problems.size(), 1u);
  EXPECT_NE(back.account.problems[0].message.find("version 2"), std::string::npos);
}

TEST(ProtoFileReader, ErrorOfTheSourceIsAProblem) {
  ProtoFileReader reader(std::make_unique<FailingSource>());
  const ReadBack back = drain(reader);
  ASSERT_EQ(back.account.problems.size(), 1u);
  EXPECT_EQ(back.account.problems[0].message, "the disk is gone");
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.account().problems.size(), 1u);
}

// Field number of a message, holding bytes; number 0: bytes with their length alone.
std::string field(int number, const std::string& bytes) {
  std::string out;
  if (number != 0) out += static_cast<char>(number << 3 | 2);
  std::size_t length = bytes.size();
  for (; length >= 0x80; length >>= 7) out += static_cast<char>(length | 0x80);
  out += static_cast<char>(length);
  return out + bytes;
}

TEST(ProtoFileReader, HostilelyDeepMessageIsAProblem) {
  std::string value;
  for (int depth = 0; depth < 5000; ++depth)
    value = field(6, field(1, value));                    // array_value, values
  const std::string message = field(5, field(2, value));  // payload, value
  const ReadBack back = read_bytes(proto_file_header() + field(0, message));
  EXPECT_TRUE(back.lines.empty());
  EXPECT_EQ(back.account.bad_lines, 1u);
}

// Oracle: whatever is done to the bytes, reading ends, and leaves memory and account in order (the
// sanitizers watch). What is read can be written again, or is over a limit of records.
TEST(ProtoFileReader, MutatedFilesNeverDoHarm) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    EventGenerator generator(seed);
    EventMaker events;
    for (int i = 0; i < 6; ++i) events.add(generator.next());
    const std::string whole = file_of(events);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 20; ++round) {
      std::string file = whole;
      for (std::uint64_t changes = 1 + random() % 4; changes != 0; --changes) {
        const std::size_t at = random() % file.size();
        switch (random() % 4) {
          case 0:
            file[at] = static_cast<char>(random());
            break;
          case 1:
            file[at] = static_cast<char>(file[at] ^ (1 << random() % 8));
            break;
          case 2:
            file.erase(at, 1 + random() % 8);
            break;
          default:
            file.insert(at, std::string(1 + random() % 8, static_cast<char>(random())));
        }
        if (file.empty()) file = "x";
      }
      const ReadBack back = read_bytes(file);
      EXPECT_LE(back.lines.size(), file.size());
    }
  }
}

// --- Which format it is ---

TEST(OpenEvents, ContentDecidesNotTheName) {
  const TemporaryFolder folder;
  EventMaker events = numbered_events(3);
  const std::string proto_path = folder.file("proto.jsonl");
  const std::string json_path = folder.file("json.pb");
  write_file(proto_path, file_of(events));
  std::string text;
  for (const std::string& line : lines_of(events)) text += line + "\n";
  write_file(json_path, text);
  EXPECT_EQ(read_path(proto_path).lines, lines_of(events));
  EXPECT_EQ(read_path(json_path).lines, lines_of(events));
}

TEST(OpenEvents, EmptyFileHasNoEventsAndNoProblem) {
  const TemporaryFolder folder;
  write_file(folder.file("empty"), "");
  const ReadBack back = read_path(folder.file("empty"));
  EXPECT_TRUE(back.lines.empty());
  EXPECT_EQ(back.account.bad_lines, 0u);
}

TEST(OpenEvents, MissingFileAndDirectoryAreErrors) {
  const TemporaryFolder folder;
  EXPECT_EQ(open_events(folder.file("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(open_events(folder.path().string()).ok());
}

}  // namespace
}  // namespace tracebus::testing
