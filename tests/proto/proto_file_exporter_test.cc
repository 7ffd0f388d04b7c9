// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/proto_file_exporter.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/proto/proto_files.h"

namespace tracebus::testing {
namespace {

using std::string_view_literals::operator""sv;

EventMaker random_events(std::uint64_t seed, int count) {
  EventGenerator generator(seed);
  EventMaker events;
  for (int i = 0; i < count; ++i) events.add(generator.next());
  return events;
}

// The offsets at which a message, or the file, ends.
std::vector<std::size_t> message_ends(std::string_view file) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < file.size(); ends.push_back(at)) {
    at += parse_length_prefix(file.substr(at)).total_bytes();
  }
  return ends;
}

TEST(ProtoFileExporter, FileBeginsWithItsHeaderOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.file("new/folders/a.pb");
  EventMaker events = numbered_events(3);
  {
    const auto exporter = open_exporter(path);
    EXPECT_EQ(read_file(path), "");
    EXPECT_EQ(failed(*exporter, events), 0u);
    EXPECT_EQ(failed(*exporter, events), 0u);
  }
  EXPECT_EQ(failed(*open_exporter(path), events), 0u);
  const std::string file = read_file(path);
  EXPECT_TRUE(file.starts_with(proto_file_header()));
  EXPECT_EQ(file.find(kProtoFileMessageType), file.rfind(kProtoFileMessageType));
  EXPECT_EQ(message_ends(file).size(), 10u);
  EXPECT_EQ(read_path(path).lines.size(), 9u);
}

TEST(ProtoFileExporter, BatchIsOneWrite) {
  const TemporaryFolder folder;
  FaultyFileSystem file_system;
  const auto exporter = open_exporter(folder.file("a.pb"), {.file_system = &file_system});
  EventMaker events = numbered_events(100);
  EXPECT_EQ(failed(*exporter, events), 0u);
  EXPECT_EQ(file_system.writes(), 1u);
  EXPECT_EQ(failed(*exporter, events), 0u);
  EXPECT_EQ(file_system.writes(), 2u);
}

TEST(ProtoFileExporter, JsonlOfTheFileIsByteForByteThatOfTheEvents) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EventMaker events = random_events(seed, 50);
    const ReadBack back = read_bytes(file_of(events));
    EXPECT_EQ(back.lines, lines_of(events)) << "seed " << seed;
    EXPECT_EQ(back.account.bad_lines, 0u);
  }
}

TEST(ProtoFileExporter, RotatedFilesAreWholeFilesOfTheirOwn) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.pb");
  EventMaker events = numbered_events(50);
  const auto exporter = open_exporter(path, {.rotate_bytes_max = 400, .rotate_files_max = 100});
  EXPECT_EQ(failed(*exporter, events), 0u);
  const std::vector<std::string> names = folder.names();
  EXPECT_GT(names.size(), 5u);
  std::vector<std::string> lines;
  for (std::size_t number = names.size() - 1; number > 0; --number) {
    const std::string rotated = path + "." + std::to_string(number);
    EXPECT_LE(read_file(rotated).size(), 400u);
    const ReadBack back = read_path(rotated);
    EXPECT_EQ(back.account.bad_lines, 0u);
    lines.insert(lines.end(), back.lines.begin(), back.lines.end());
  }
  const ReadBack back = read_path(path);
  lines.insert(lines.end(), back.lines.begin(), back.lines.end());
  EXPECT_EQ(lines, lines_of(events));
}

TEST(ProtoFileExporter, FileThatSomeoneEmptiedBeginsWithItsHeaderAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.pb");
  EventMaker events = numbered_events(2);
  const auto exporter = open_exporter(path);
  EXPECT_EQ(failed(*exporter, events), 0u);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(failed(*exporter, events), 0u);
  EXPECT_EQ(read_path(path).lines, lines_of(events));
}

struct CutFile {
  ReadBack back;
  std::vector<std::string> expected;  // whole ones of the old file, then the new one
};

// A file of three events cut to so many bytes, with a hole behind them, and one event appended.
CutFile cut_and_append(std::size_t bytes, std::string_view hole) {
  static EventMaker& old_events = *new EventMaker(random_events(3, 3));
  static const std::string& whole = *new std::string(file_of(old_events));
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("cut.pb");
  write_file(path, whole.substr(0, bytes) + std::string(hole));
  EventMaker added = numbered_events(1);
  const auto exporter = open_exporter(path);
  if (exporter == nullptr || bytes > whole.size()) return {};
  EXPECT_EQ(failed(*exporter, added), 0u);
  const std::vector<std::size_t> ends = message_ends(whole);
  CutFile cut = {.back = read_path(path), .expected = lines_of(old_events)};
  std::size_t count = 0;
  while (count + 1 < ends.size() && ends[count + 1] <= bytes) ++count;
  cut.expected.resize(count);
  cut.expected.push_back(lines_of(added)[0]);
  return cut;
}

// G15 for Protobuf. Oracle: every event whose message was whole, then the new one; nothing else.
TEST(ProtoFileExporter, FileCutAtAnyByteLosesAtMostOneEvent) {
  for (std::size_t bytes = 0;; ++bytes) {
    const CutFile cut = cut_and_append(bytes, "");
    if (cut.expected.empty()) break;
    ASSERT_EQ(cut.back.lines, cut.expected) << bytes << " bytes";
    ASSERT_EQ(cut.back.account.bad_lines, 0u) << bytes << " bytes";
  }
}

// After a power loss. NUL bytes may fill up the last message to its length: that one is a problem,
// or, if it had text there, an event with NUL bytes in it, for messages have no checksum.
TEST(ProtoFileExporter, FileWithAHoleAtItsEndLosesAtMostOneEvent) {
  for (std::size_t bytes = 0;; ++bytes) {
    const CutFile cut = cut_and_append(bytes, "\0\0\0\0\0\0\0\0\0\0"sv);
    if (cut.expected.empty()) break;
    std::vector<std::string> lines = cut.back.lines;
    ASSERT_LE(lines.size() + cut.back.account.bad_lines, cut.expected.size() + 1);
    if (lines.size() > cut.expected.size()) lines.erase(lines.end() - 2);
    ASSERT_EQ(lines, cut.expected) << bytes << " bytes";
  }
}

TEST(ProtoFileExporter, FileOfSomethingElseIsRefusedAndLeftAsItIs) {
  EventMaker events = numbered_events(2);
  std::string later = file_of(events);
  later[proto_file_header().size() - 1] = 2;
  std::string damaged = file_of(events);
  damaged[proto_file_header().size()] = '\0';  // the first length
  std::string long_tail = file_of(events);
  long_tail[proto_file_header().size()] = '\x7F';  // ends amid the second message
  const std::string torn_text = proto_file_header() + "\x7Fnot an event";
  for (const std::string& other : {std::string("{\"timestamp\":1}\n"), std::string("x"), later,
                                   damaged, long_tail, torn_text}) {
    const TemporaryFolder folder;
    const std::string path = folder.file("other");
    write_file(path, other);
    const auto opened = ProtoFileExporter::open(path);
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition) << opened.status();
    EXPECT_NE(opened.status().ToString().find(path), std::string::npos);
    EXPECT_EQ(read_file(path), other);
  }
}

TEST(ProtoFileExporter, DirectoryAndUnwritablePathAreClearErrors) {
  const TemporaryFolder folder;
  EXPECT_FALSE(ProtoFileExporter::open(folder.path().string()).ok());
  EXPECT_FALSE(ProtoFileExporter::open("").ok());
  EXPECT_FALSE(ProtoFileExporter::open("/proc/none/a.pb").ok());
}

// G16. Oracle, whichever call fails and how: the file reads back without damage; the events in it
// are those that were not reported failed, in order; and once the disk is well again, all goes on.
void check_fault(const Fault& fault) {
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("a.pb");
  FaultyFileSystem file_system;
  EventMaker first = numbered_events(4);
  EventMaker second = numbered_events(5);
  const auto exporter = open_exporter(path, {.file_system = &file_system});
  ASSERT_EQ(failed(*exporter, first), 0u);
  std::vector<std::string> expected = lines_of(first);
  file_system.inject(fault);
  const std::uint64_t lost = failed(*exporter, second);
  if (lost != 0) {
    EXPECT_NE(exporter->last_error(), "");
  }
  file_system.inject({});
  const std::vector<std::string> lines = lines_of(second);
  expected.insert(expected.end(), lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(lost));
  ASSERT_EQ(failed(*exporter, second), 0u);
  expected.insert(expected.end(), lines.begin(), lines.end());
  const ReadBack back = read_path(path);
  EXPECT_EQ(back.lines, expected);
  EXPECT_EQ(back.account.bad_lines, 0u);
}

TEST(ProtoFileExporter, AnyFailedCallLosesNothingThatWasWritten) {
  for (const int error : {ENOSPC, EIO, EINTR, EMFILE}) {
    for (const bool is_short : {false, true}) {
      for (std::uint64_t call = 1; call <= 6; ++call) {
        for (const bool is_lasting : {false, true}) {
          if (error == EINTR && is_lasting)
            continue;  // a signal a call would be a hang, not a fault
          SCOPED_TRACE(::testing::Message() << "errno " << error << ", call " << call << ", short "
                                            << is_short << ", lasting " << is_lasting);
          check_fault({.at_call = call,
                       .error = error,
                       .is_lasting = is_lasting,
                       .is_short_write = is_short});
        }
      }
    }
  }
}

TEST(ProtoFileExporter, ShortWriteIsCompleted) {
  check_fault({.at_call = 1, .call = Call::kWrite, .error = 0, .is_short_write = true});
}

TEST(ProtoFileExporter, TornMessageThatCannotBeTakenBackStopsAppendingUntilItCan) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.pb");
  FaultyFileSystem file_system;
  EventMaker events = numbered_events(3);
  const auto exporter = open_exporter(path, {.file_system = &file_system});
  // The very first write is torn within the header's batch, and cutting fails as well.
  file_system.inject({.at_call = 2, .error = ENOSPC, .is_lasting = true, .is_short_write = true});
  const std::uint64_t lost = failed(*exporter, events);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(failed(*exporter, events), 3u);
  file_system.inject({});
  EXPECT_EQ(failed(*exporter, events), 0u);
  const ReadBack back = read_path(path);
  EXPECT_EQ(back.account.bad_lines, 0u);
  EXPECT_EQ(back.lines.size(), 6u - lost);
}

TEST(ProtoFileExporter, FullDeviceFailsEveryEventAndSaysSo) {
  const auto exporter = open_exporter("/dev/full");
  EventMaker events = numbered_events(3);
  EXPECT_EQ(failed(*exporter, events), 3u);
  EXPECT_NE(exporter->last_error().find("No space left"), std::string_view::npos);
}

TEST(ProtoFileExporter, NothingIsWrittenAfterShutdown) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.pb");
  const auto exporter = open_exporter(path, {.sync = FileSync::kOnFlush});
  EventMaker events = numbered_events(3);
  EXPECT_EQ(failed(*exporter, events), 0u);
  EXPECT_TRUE(exporter->flush(in_a_second().deadline).ok());
  EXPECT_TRUE(exporter->shutdown(in_a_second().deadline).ok());
  EXPECT_EQ(failed(*exporter, events), 3u);
  EXPECT_EQ(read_path(path).lines.size(), 3u);
  EXPECT_EQ(exporter->name(), "proto:" + path);
}

}  // namespace
}  // namespace tracebus::testing
