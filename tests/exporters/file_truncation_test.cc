// SPDX-License-Identifier: Apache-2.0
//
// G15: whole units, one write a batch; a torn end is mended on open; readers skip what is damaged
// and say where. A crash may leave a file that ends at any byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/file_kinds.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kOld = 4;

EventMaker& old_and_new() {
  static EventMaker& maker = *new EventMaker(numbered_events(kOld + 2));
  return maker;
}
std::vector<std::string> lines(std::size_t first, std::size_t end) {
  return lines_of(old_and_new().batch_of(first, end));
}

// Writes bytes as a file, opens it as an exporter, appends the new events, and reads all.
FileContent append_to(const FileKind& kind, std::string_view bytes) {
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("cut");
  write_file(path, bytes);
  const auto exporter = must_open(kind, path);
  if (exporter == nullptr) return {};
  const Batch added = old_and_new().batch_of(kOld, kOld + 2);
  EXPECT_EQ(exporter->export_batch(added, in_a_second()).failed, 0u);
  return read_content(kind, path);
}

// Oracle: of the old events those that are whole, in order, at most one of the touched ones less;
// then the new ones; nothing else.
void expect_old_and_new(const FileContent& content, std::size_t whole) {
  std::vector<std::string> expected = lines(0, whole);
  const std::vector<std::string> added = lines(kOld, kOld + 2);
  if (content.lines.size() == whole + 3 && whole < kOld) {
    expected.push_back(lines(whole, whole + 1)[0]);  // it lacked no more than its line feed
  }
  expected.insert(expected.end(), added.begin(), added.end());
  EXPECT_EQ(content.lines, expected);
  EXPECT_LE(content.account.bad_lines, 1u);
}

class G15_CutFile : public ::testing::TestWithParam<FileKind> {};

TEST_P(G15_CutFile, BatchIsOneWrite) {
  const TemporaryFolder folder(memory_folder());
  FaultyFileSystem files;
  const auto exporter = must_open(GetParam(), folder.file("a"), {.file_system = &files});
  for (std::uint64_t batch = 1; batch <= 3; ++batch) {
    const Batch all = old_and_new().batch();
    EXPECT_EQ(exporter->export_batch(all, in_a_second()).failed, 0u);
    EXPECT_EQ(files.writes(), batch);
  }
}

TEST_P(G15_CutFile, AtAnyByteLosesAtMostOneEvent) {
  std::vector<std::size_t> ends;
  for (std::size_t count = 1; count <= kOld; ++count) {
    ends.push_back(file_of(GetParam(), old_and_new().batch_of(0, count)).size());
  }
  const std::string whole = file_of(GetParam(), old_and_new().batch_of(0, kOld));
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    SCOPED_TRACE(bytes);
    const auto kept = std::upper_bound(ends.begin(), ends.end(), bytes) - ends.begin();
    const FileContent content = append_to(GetParam(), whole.substr(0, bytes));
    ASSERT_NO_FATAL_FAILURE(expect_old_and_new(content, static_cast<std::size_t>(kept)));
    if (HasFailure()) return;
  }
}

// A crash in the repair itself: what opened the file wrote nothing and is gone.
TEST_P(G15_CutFile, AtAnyByteMayBeOpenedAgainAndAgain) {
  const std::string whole = file_of(GetParam(), old_and_new().batch_of(0, kOld));
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const TemporaryFolder folder(memory_folder());
    write_file(folder.file("a"), whole.substr(0, bytes));
    ASSERT_NE(must_open(GetParam(), folder.file("a")), nullptr) << bytes;
    const std::string mended = read_file(folder.file("a"));
    ASSERT_NE(must_open(GetParam(), folder.file("a")), nullptr) << bytes;
    ASSERT_EQ(read_file(folder.file("a")), mended) << bytes;
    ASSERT_EQ(mended.substr(0, bytes), whole.substr(0, std::min(bytes, mended.size())));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, G15_CutFile, ::testing::ValuesIn(file_kinds()),
                         ::testing::PrintToStringParamName());

// --- Lines only ---

struct Lines {
  std::string text;
  std::vector<std::size_t> ends;  // of each, with what ends it
};

Lines old_lines(std::string_view ending) {
  Lines made;
  for (const std::string& line : lines(0, kOld)) {
    made.text.append(line).append(ending);
    made.ends.push_back(made.text.size());
  }
  return made;
}

TEST(G15_JsonlFile, WithAHoleAtAnyByteAndToItsEndLosesAtMostOneEvent) {
  const Lines old = old_lines("\n");
  for (std::size_t bytes = 0; bytes <= old.text.size() && !::testing::Test::HasFailure(); ++bytes) {
    for (const std::size_t hole_bytes : {1, 100, 5000}) {
      SCOPED_TRACE(::testing::Message() << bytes << " bytes, a hole of " << hole_bytes);
      const auto whole = std::upper_bound(old.ends.begin(), old.ends.end(), bytes);
      const FileContent content =
          append_to(jsonl_kind(), old.text.substr(0, bytes) + std::string(hole_bytes, '\0'));
      expect_old_and_new(content, static_cast<std::size_t>(whole - old.ends.begin()));
    }
  }
}

// Oracle: only the lines that lost bytes to the hole are lost.
TEST(G15_JsonlFile, WithAHoleInTheMiddleLosesOnlyWhatTheHoleTouches) {
  const Lines old = old_lines("\n");
  constexpr std::size_t kHoleBytes = 30;
  for (std::size_t at = 0; at + kHoleBytes <= old.text.size(); ++at) {
    SCOPED_TRACE(at);
    std::string text = old.text;
    text.replace(at, kHoleBytes, kHoleBytes, '\0');
    const FileContent content = append_to(jsonl_kind(), text);
    std::vector<std::string> expected;
    for (std::size_t i = 0, begin = 0; i < kOld; begin = old.ends[i++]) {
      const std::size_t end = begin + lines(i, i + 1)[0].size();
      if (at >= end || at + kHoleBytes <= begin) expected.push_back(lines(i, i + 1)[0]);
    }
    for (const std::string& line : lines(kOld, kOld + 2)) expected.push_back(line);
    ASSERT_EQ(content.lines, expected);
    ASSERT_GE(content.account.bad_lines + content.account.repaired, 1u);
  }
}

TEST(G15_JsonlFile, WithCarriageReturnsCutAtAnyByteLosesAtMostOneEvent) {
  const Lines old = old_lines("\r\n");
  for (std::size_t bytes = 0; bytes <= old.text.size() && !::testing::Test::HasFailure(); ++bytes) {
    SCOPED_TRACE(bytes);
    const auto whole = std::upper_bound(old.ends.begin(), old.ends.end(), bytes);
    const FileContent content = append_to(jsonl_kind(), old.text.substr(0, bytes));
    expect_old_and_new(content, static_cast<std::size_t>(whole - old.ends.begin()));
  }
}

TEST(G15_JsonlFile, LastLineWithoutLineFeedIsKeptAndTheNextStandsAlone) {
  for (const std::string_view ending : {"", "\r", " ", "\t "}) {
    std::string text = old_lines("\n").text;
    text.pop_back();
    const FileContent content = append_to(jsonl_kind(), text.append(ending));
    EXPECT_EQ(content.lines, lines(0, kOld + 2)) << ending.size();
    EXPECT_EQ(content.account.bad_lines, 0u);
  }
}

TEST(G15_JsonlFile, BadLinesAreSkippedAndTheirOffsetsTold) {
  const std::vector<std::string> all = lines(0, 3);
  const std::string text = all[0] + "\nrubbish\n" + all[1] + "\n" + all[2].substr(0, 40) + "\n" +
                           std::string(50, '\0') + "\n" + all[2] + "\n";
  const TemporaryFolder folder(memory_folder());
  write_file(folder.file("a"), text);
  const FileContent content = read_content(jsonl_kind(), folder.file("a"));
  EXPECT_EQ(content.lines, all);
  std::vector<std::uint64_t> offsets;
  for (const ReadProblem& problem : content.account.problems) offsets.push_back(problem.offset);
  const std::uint64_t torn = all[0].size() + 1 + 8 + all[1].size() + 1;
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{all[0].size() + 1, torn, torn + 41}));
}

}  // namespace
}  // namespace tracebus::testing
