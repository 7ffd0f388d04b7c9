// SPDX-License-Identifier: Apache-2.0
//
// The examples are those of the HTML Standard, 9.2.6.
#include "tracebus/tools/look/event_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
namespace {

using ::testing::ElementsAre;

// "id|type|data" of each.
std::vector<std::string> texts_of(const std::vector<EventFrame>& frames) {
  std::vector<std::string> texts;
  for (const EventFrame& frame : frames) {
    texts.push_back(frame.id + "|" + frame.type + "|" + frame.data);
  }
  return texts;
}

std::vector<std::string> read(std::string_view text) {
  EventFrames reader;
  std::vector<EventFrame> frames;
  EXPECT_TRUE(reader.read(text, frames));
  return texts_of(frames);
}

TEST(EventFrames, LinesOfDataAreJoined) {
  EXPECT_THAT(read("data: YHOO\ndata: +2\ndata: 10\n\n"), ElementsAre("||YHOO\n+2\n10"));
  EXPECT_THAT(read("data\n\ndata\ndata\n\ndata:"), ElementsAre("||", "||\n"));
  EXPECT_THAT(read("data:test\n\ndata: test\n\ndata:  test\n\n"),
              ElementsAre("||test", "||test", "|| test"));
}

TEST(EventFrames, CommentsIdsAndTypes) {
  EXPECT_THAT(read(": test stream\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n"),
              ElementsAre("1||first", "||second", "|| third"));
  EXPECT_THAT(read("event: missed\ndata: {}\nid: 7\n\n: keepalive\n\ndata: x\n\n"),
              ElementsAre("7|missed|{}", "7||x"));
  EXPECT_THAT(read("retry: 10\nunknown: 1\ndata: a:b\n\n"), ElementsAre("||a:b"));
  EXPECT_THAT(read("event: only\n\ndata: x\n\n"), ElementsAre("||x"));
}

TEST(EventFrames, AnyEndOfLineAndAnyCutGiveTheSame) {
  const std::string_view text =
      "id: 1\ndata: one\n\ndata: two\ndata: lines\n\n\n: hm\nid: 3\n\ndata\n\n";
  const std::vector<std::string> expected = read(text);
  EXPECT_THAT(expected, ElementsAre("1||one", "1||two\nlines", "3||"));
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    std::string other;
    for (const char c : text) other += c == '\n' ? std::string(end) : std::string(1, c);
    for (std::size_t first = 0; first <= other.size(); ++first) {
      EventFrames reader;
      std::vector<EventFrame> frames;
      EXPECT_TRUE(reader.read(std::string_view(other).substr(0, first), frames));
      EXPECT_TRUE(reader.read(std::string_view(other).substr(first), frames));
      EXPECT_EQ(texts_of(frames), expected) << first;
    }
  }
}

TEST(EventFrames, WhatNeverEndsIsRefused) {
  EventFrames reader;
  std::vector<EventFrame> frames;
  const std::string part(std::size_t{1} << 20, 'x');
  std::size_t bytes = 0;
  while (reader.read(part, frames)) bytes += part.size();
  EXPECT_LE(bytes, EventFrames::kBytesMax);
  EventFrames many;
  const std::string line = "data:" + part + "\n";
  bytes = 0;
  while (many.read(line, frames)) bytes += line.size();
  EXPECT_LE(bytes, EventFrames::kBytesMax);
}

}  // namespace
}  // namespace tracebus
