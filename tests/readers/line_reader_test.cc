// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/line_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

// Hands out its text in pieces of random size, as pipes do.
class DribblingSource : public ByteSource {
 public:
  DribblingSource(std::string text, std::size_t piece_max, std::uint64_t seed)
      : text_(std::move(text)), piece_max_(piece_max), random_(seed) {}

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    const std::size_t got = std::min({size, text_.size() - at_, 1 + random_() % piece_max_});
    std::memcpy(out, text_.data() + at_, got);
    at_ += got;
    return got;
  }

 private:
  std::string text_;
  std::size_t piece_max_;
  std::mt19937_64 random_;
  std::size_t at_ = 0;
};

class FailingSource : public ByteSource {
 public:
  absl::StatusOr<std::size_t> read(char* out, std::size_t) override {
    if (std::exchange(failed_, true)) return absl::DataLossError("the disk is gone");
    std::memcpy(out, "one\ntwo", 7);
    return 7;
  }

 private:
  bool failed_ = false;
};

std::vector<Line> lines_of(LineReader& reader, std::vector<std::string>& texts) {
  std::vector<Line> lines;
  Line line;
  while (reader.next(line)) {
    texts.emplace_back(line.text);
    lines.push_back(line);
  }
  return lines;
}

TEST(LineReader, PiecesOfAnySizeGiveTheSameLines) {
  std::mt19937_64 random(1);
  std::string text;
  std::vector<std::string> expected;
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 3000; ++i) {
    const std::size_t length = random() % 10 == 0 ? random() % 20'000 : random() % 200;
    offsets.push_back(text.size());
    expected.emplace_back(length, static_cast<char>('a' + i % 26));
    text += expected.back() + "\n";
  }
  text.pop_back();
  for (const std::size_t piece_max : {7u, 4096u, 5'000'000u}) {
    LineReader reader(std::make_unique<DribblingSource>(text, piece_max, piece_max));
    std::vector<std::string> texts;
    const std::vector<Line> lines = lines_of(reader, texts);
    ASSERT_EQ(texts, expected) << piece_max;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(lines[i].number, i + 1);
      ASSERT_EQ(lines[i].offset, offsets[i]);
      ASSERT_EQ(lines[i].terminated, i + 1 < lines.size());
    }
  }
}

TEST(LineReader, LinesUpToTheLimitAreHandedOutAndLongerOnesSkipped) {
  constexpr std::size_t kMax = LineReader::kLineBytesMax;
  const std::string text = std::string(kMax, 'a') + "\n" + std::string(kMax + 1, 'b') + "\nc\n" +
                           std::string(3 * kMax, 'd') + "\ne\n" + std::string(2 * kMax, 'f');
  LineReader reader(std::make_unique<DribblingSource>(text, 3'000'000, 2));
  std::vector<std::string> texts;
  const std::vector<Line> lines = lines_of(reader, texts);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(texts[0].size(), kMax);
  EXPECT_EQ(texts[2] + texts[4], "ce");
  for (const std::size_t i : {1u, 3u, 5u}) {
    EXPECT_TRUE(lines[i].too_long) << i;
    EXPECT_TRUE(texts[i].empty()) << i;
  }
  EXPECT_EQ(lines[4].offset, text.find('e'));
  EXPECT_EQ(lines[4].number, 5u);
}

TEST(LineReader, FailureOfTheSourceEndsTheLinesAndIsKept) {
  LineReader reader(std::make_unique<FailingSource>());
  std::vector<std::string> texts;
  lines_of(reader, texts);
  EXPECT_EQ(texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(reader.status().message(), "the disk is gone");
}

TEST(LineReader, EmptySourceHasNoLines) {
  LineReader reader(memory_source(""));
  Line line;
  EXPECT_FALSE(reader.next(line));
  EXPECT_FALSE(reader.next(line));
}

TEST(JsonlReader, FailureWhileReadingIsTheLastProblem) {
  const auto reader = read_jsonl(std::make_unique<FailingSource>());
  const ReadEvents read = read_all(*reader);
  ASSERT_EQ(read.account.problems.size(), 3u);
  EXPECT_EQ(read.account.problems[2].message, "the disk is gone");
  EXPECT_EQ(read.account.problems[2].line, 3u);
  EXPECT_EQ(read.account.problems[2].offset, 7u);
}

TEST(JsonlReader, OverlongLineIsOneBadLineAndTheNextIsRead) {
  const std::string text = R"({"event_type":"a","x":")" + std::string(40'000'000, 'x') + "\"}\n" +
                           R"({"event_type":"b"})" + "\n";
  const ReadEvents read = read_text(text);
  ASSERT_EQ(read.events.size(), 1u);
  EXPECT_EQ(read.events[0].type, "b");
  ASSERT_EQ(read.account.problems.size(), 1u);
  EXPECT_EQ(read.account.problems[0].line, 1u);
  EXPECT_EQ(read.account.problems[0].message, "longer than 16 MiB");
}

TEST(JsonlReader, LongLineThatFitsIsRead) {
  const std::string text = R"({"event_type":"a","x":")" + std::string(15'000'000, 'x') + "\"}";
  EXPECT_EQ(read_one(text).type, "a");
}

}  // namespace
}  // namespace tracebus::test
