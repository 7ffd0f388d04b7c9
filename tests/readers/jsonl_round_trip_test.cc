// SPDX-License-Identifier: Apache-2.0
//
// Properties over seeded random events and seeded damage.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

std::vector<std::string> random_lines(std::uint64_t seed, std::size_t count) {
  testing::EventGenerator events(seed);
  std::vector<std::string> lines;
  while (lines.size() < count) lines.push_back(line_of(events.next()));
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Oracle: the bytes. A line of ours, read and emitted again, is the same line.
TEST(JsonlRoundTrip, OurLinesComeBackByteForByte) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::vector<std::string> lines = random_lines(seed, 100);
    const ReadEvents read = read_text(joined(lines));
    ASSERT_EQ(read.account.bad_lines, 0u)
        << "seed " << seed << ": " << read.account.problems[0].message;
    ASSERT_EQ(read.account.repaired, 0u) << "seed " << seed;
    ASSERT_EQ(read.events.size(), lines.size()) << "seed " << seed;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(read.events[i].line, lines[i]) << "seed " << seed;
    }
  }
}

TEST(JsonlRoundTrip, EdgesComeBackByteForByte) {
  const std::string zeros(32, '0');
  TraceEvent event;
  event.timestamp = Timestamp{std::numeric_limits<std::int64_t>::max(), 999'999'999};
  event.foreign_ids = {.run_id = zeros, .trace_id = "T", .span_id = "0000000000000000"};
  event.origin = Origin{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint32_t{0}};
  event.payload = {{"payload", 1}, {"origin", "x"}, {"event_type", "y"}, {"", nullptr}, {"", -0.0}};
  const std::string latest = line_of(event);
  EXPECT_EQ(read_one(latest).line, latest);
  event.timestamp = Timestamp{std::numeric_limits<std::int64_t>::min(), 0};
  const std::string earliest = line_of(event);
  EXPECT_EQ(read_one(earliest).line, earliest);
}

TEST(JsonlRoundTrip, DeepestValueComesBack) {
  Value nested;
  for (int depth = 0; depth < 64; ++depth) nested = Value::array({nested});
  TraceEvent event;
  event.payload = {{"deep", nested}};
  const std::string line = line_of(event);
  ASSERT_FALSE(line.empty());
  EXPECT_EQ(read_one(line).line, line);
}

// Oracle: whole lines before the cut are read, what is cut is lost or whole, and nothing is added.
TEST(JsonlTruncation, AtEveryByteLosesAtMostOneEventAndInventsNone) {
  const std::vector<std::string> lines = random_lines(7, 12);
  const std::string text = joined(lines);
  std::size_t whole = 0, end = lines[0].size();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    while (whole < lines.size() && cut >= end) {
      ++whole;
      if (whole < lines.size()) end += 1 + lines[whole].size();
    }
    const ReadEvents read = read_text(std::string_view(text).substr(0, cut));
    ASSERT_EQ(read.events.size(), whole) << "cut at " << cut;
    ASSERT_LE(read.account.bad_lines, 1u) << "cut at " << cut;
    for (std::size_t i = 0; i < whole; ++i) ASSERT_EQ(read.events[i].line, lines[i]);
  }
}

void damage(std::string& text, std::mt19937_64& random) {
  const std::size_t at = random() % text.size();
  switch (random() % 5) {
    case 0:
      text[at] = static_cast<char>(text[at] ^ 1 << random() % 8);
      break;
    case 1:
      text[at] = "{}[]\",:\\\n0aN\0\xFF"[random() % 14];
      break;
    case 2:
      text.erase(at, 1 + random() % 20);
      break;
    case 3:
      text.insert(at, 1 + random() % 20, static_cast<char>(random()));
      break;
    default:
      text.insert(at, text.substr(random() % text.size(), random() % 60));
      break;
  }
}

// Oracle: the lines that were not touched, which are all but the few that the damage lies in, are
// read as they are. AddressSanitizer judges the rest.
TEST(JsonlMutation, DamageStaysWhereItIs) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::vector<std::string> before = random_lines(seed, 6);
    const std::vector<std::string> after = random_lines(seed + 100'000, 6);
    std::string middle = joined(random_lines(seed + 200'000, 3));
    for (std::uint64_t times = 1 + random() % 4; times != 0 && !middle.empty(); --times) {
      damage(middle, random);
    }
    const ReadEvents read = read_text(joined(before) + middle + "\n" + joined(after));
    ASSERT_GE(read.events.size(), before.size() + after.size());
    for (std::size_t i = 0; i < before.size(); ++i) ASSERT_EQ(read.events[i].line, before[i]);
    const std::size_t tail = read.events.size() - after.size();
    for (std::size_t i = 0; i < after.size(); ++i) ASSERT_EQ(read.events[tail + i].line, after[i]);
  }
}

TEST(JsonlMutation, ForeignFilesNeverCrashTheReader) {
  const std::string whole =
      R"({"timestamp": 1.5, "event_type": "a", "payload": {"x": NaN, "y": "\ud83d\ude00é"}})"
      "\n"
      R"({"event_type": "b", "run_id": "r", "origin": ["fedcba9876543210", 1, 2], )"
      R"("n": [1, {"a": null}]})"
      "\n"
      R"({"timestamp": "2026-06-16T09:00:00", "event_type": "c", )"
      R"("messages_in": [], "metadata": {}})"
      "\n";
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::string text = whole;
    for (std::uint64_t times = 1 + random() % 6; times != 0 && !text.empty(); --times) {
      damage(text, random);
    }
    const ReadEvents read = read_text(text);
    ASSERT_LE(read.account.repaired, read.account.events);
    for (const SeenEvent& event : read.events) ASSERT_FALSE(event.line.empty());
  }
}

}  // namespace
}  // namespace tracebus::test
