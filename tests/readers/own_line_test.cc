// SPDX-License-Identifier: Apache-2.0
//
// Whatever OwnLine takes, JsonObject takes as well, and both say the same.
#include "tracebus/readers/own_line.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "tracebus/readers/json_event.h"
#include "tracebus/readers/json_object.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

// Everything that an event says, and in which form it says its identities.
std::string told(const TraceEvent& event) {
  const ForeignIds& foreign = event.foreign_ids;
  std::string text = line_of(event) + (event.timestamp ? " at " : " without time ");
  for (const std::string_view id :
       {foreign.run_id, foreign.trace_id, foreign.span_id, foreign.parent_span_id}) {
    text += "<" + std::string(id) + ">";
  }
  return text;
}

// A line as readers have it: more bytes follow that may be read.
class PaddedLine {
 public:
  explicit PaddedLine(std::string line) : text_(std::move(line)), size_(text_.size()) {
    text_ += "\n{\"timestamp\":1.5,\"event_type\":\"another\"}";
    text_.append(LineReader::kPaddingBytes, '7');
  }
  std::string_view text() const { return std::string_view(text_).substr(0, size_); }

 private:
  std::string text_;
  std::size_t size_;
};

// Whether OwnLine takes it. Fails the test if it then differs from JsonObject.
bool is_taken(const std::string& line) {
  const PaddedLine padded(line);
  TraceEvent quick;
  if (!read_own_line(padded.text(), quick)) return false;
  JsonObject object;
  TraceEvent exact;
  const absl::Status parsed = object.parse(padded.text());
  EXPECT_TRUE(parsed.ok()) << parsed << "\n" << line;
  const absl::Status made = event_of(object.members(), exact);
  EXPECT_TRUE(made.ok()) << made << "\n" << line;
  if (made.ok()) {
    EXPECT_EQ(told(quick), told(exact)) << line;
  }
  return true;
}

// One byte more, less or another, or an end.
void break_somewhere(std::string& line, std::mt19937_64& random) {
  constexpr std::string_view kBytes = "\"\\{}[]:,0123456789.eE+-ntfaul \t\x01\x7f\x80\xc3\xff/";
  const std::size_t at = random() % line.size();
  const char byte = kBytes[random() % kBytes.size()];
  switch (random() % 4) {
    case 0:
      line[at] = byte;
      return;
    case 1:
      line.insert(at, 1, byte);
      return;
    case 2:
      line.erase(at, 1);
      return;
    default:
      if (random() % 8 == 0) line.resize(at);
  }
}

TEST(OwnLine, SaysWhatJsonObjectSaysOfWhateverItTakes) {
  std::uint64_t taken = 0, taken_broken = 0, lines = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    testing::EventGenerator events(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 100; ++i) {
      TraceEvent event = events.next();
      event.origin = Origin{random(), random() >> 10, static_cast<std::uint32_t>(random())};
      if (random() % 4 != 0) event.agent_name = event.pattern_type = "plain";
      if (random() % 4 != 0) event.foreign_ids = {};
      const std::string line = line_of(event);
      if (line.empty()) continue;
      ++lines;
      taken += is_taken(line);
      for (int broken = 0; broken < 10; ++broken) {
        std::string other = line;
        break_somewhere(other, random);
        if (!other.empty()) taken_broken += is_taken(other);
      }
    }
  }
  EXPECT_GT(taken, lines / 10) << "of " << lines;
  EXPECT_GT(taken_broken, lines / 10) << "also lines that were changed are taken: " << lines;
}

constexpr std::string_view kBegin = R"({"timestamp":1795336702.046834683,"event_type":"x",)"
                                    R"("agent_name":"","pattern_type":"","payload":{)";
constexpr std::string_view kEnd = R"(},"run_id":"56f1a70c3b657bda4fb9948be8b5be49",)"
                                  R"("span_id":"60e7373a1a48f05d",)"
                                  R"("origin":["c3b1320a35b8580a",1,18]})";

bool is_taken_with(std::string_view payload) {
  return is_taken(std::string(kBegin) + std::string(payload) + std::string(kEnd));
}

// Else the reader would be as slow as without it, and nobody would see.
TEST(OwnLine, TakesWhatTracersWrite) {
  EXPECT_TRUE(is_taken_with(""));
  EXPECT_TRUE(is_taken_with(R"("model":"gpt-4o","tokens":0,"attempt":-3,"cost_usd":0.000123)"));
  EXPECT_TRUE(is_taken_with(R"("ok":true,"stale":false,"what":null,"list":[],"map":{})"));
  EXPECT_TRUE(is_taken_with(R"("list":[1,2.5,"x",[true,{"a":null}]],"map":{"a":{"b":[""]}})"));
  EXPECT_TRUE(is_taken_with(R"("far":1e+300,"small":2.5e-08,"long":0.1234567890123456)"));
  EXPECT_TRUE(is_taken_with("\"text\":\"\xc3\xa4\xe2\x82\xac \xf0\x9f\x8e\x89 beyond ASCII\""));
}

// Found by a fuzzer: simdjson 3.0 reads it as 9.3e-28.
TEST(OwnLine, NumbersOfManyDigitsAreTheSameByBothWays) {
  constexpr std::string_view kNumber = "0.1234567890121111111111111111111111111111113456";
  EXPECT_TRUE(is_taken_with("\"long\":" + std::string(kNumber)));
  EXPECT_EQ(read_one(R"({"event_type":"x","long":)" + std::string(kNumber) + "}").payload,
            R"({"long":0.12345678901211112})");
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string number = std::to_string(1 + random() % 1000) + ".";
    const char same = static_cast<char>('0' + random() % 10);
    for (std::uint64_t left = random() % 20; left != 0; --left) {
      number += static_cast<char>('0' + random() % 10);
    }
    number.append(1 + random() % 30, same) += static_cast<char>('0' + random() % 10);
    EXPECT_TRUE(is_taken_with("\"long\":" + number)) << number;
  }
}

TEST(OwnLine, LeavesWhatIsNoJsonOrUnusual) {
  for (const char* const payload : {R"("a":01)",
                                    R"("a":1.)",
                                    R"("a":.5)",
                                    R"("a":-)",
                                    R"("a":+1)",
                                    R"("a":1e)",
                                    R"("a":1e400)",
                                    R"("a":0e99999999999999999999)",
                                    R"("a":truth)",
                                    R"("a":nul)",
                                    R"("a":[1,])",
                                    R"("a":{"b"})",
                                    R"("a":1,)",
                                    R"(,"a":1)",
                                    R"("a" :1)",
                                    R"("a":"\n")",
                                    R"("a":9223372036854775808)",
                                    R"("a":00.5)",
                                    "\"a\":\"\t\"",
                                    "\"a\":\"\xff\"",
                                    "\"a\":\"\xed\xa0\x80\"",
                                    R"("a":1}})",
                                    R"("a":NaN)",
                                    R"("a":1x)"}) {
    EXPECT_FALSE(is_taken_with(payload)) << payload;
  }
  const std::string line = std::string(kBegin) + std::string(kEnd);
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_FALSE(is_taken(line.substr(0, size))) << size;
  }
  EXPECT_FALSE(is_taken(line + " ")) << "somebody else wrote it";
}

TEST(OwnLine, KnowsTheDepthThatIsTooDeep) {
  for (const int depth : {1, 63, 64, 65, 66}) {
    const auto levels = static_cast<std::size_t>(depth);
    const std::string list = "\"a\":" + std::string(levels, '[') + "1" + std::string(levels, ']');
    EXPECT_EQ(is_taken_with(list), depth <= 64) << depth;
    std::string map = "1";
    for (int level = 0; level < depth; ++level) map = "{\"a\":" + map + "}";
    EXPECT_EQ(is_taken_with("\"a\":" + map), depth <= 64) << depth;
  }
}

TEST(OwnLine, TellsOurIdsFromTextsOfOthers) {
  const std::string zeros(32, '0');
  for (const std::string& id : {std::string("run-17"), zeros, "A" + zeros.substr(1),
                                "g" + zeros.substr(1), "1" + zeros.substr(1), zeros + "1"}) {
    EXPECT_TRUE(is_taken(std::string(kBegin) + R"(},"run_id":")" + id + R"(","trace_id":")" + id +
                         R"(","origin":["c3b1320a35b8580a",1,2]})"))
        << id;
  }
}

}  // namespace
}  // namespace tracebus::test
