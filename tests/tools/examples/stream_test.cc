// SPDX-License-Identifier: Apache-2.0
//
// Answers in pieces, without any HTTP: cut up, written as events, read and put together again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/utf8.h"
#include "tracebus/tools/examples/agents/chat_stream.h"
#include "tracebus/tools/examples/agents/event_stream.h"
#include "tracebus/tools/examples/agents/reply_stream.h"

namespace tracebus::examples {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

// --- Cutting ---

TEST(PiecesOf, AreAboutAWordEach) {
  EXPECT_THAT(pieces_of("Hold off on it."), ElementsAre("Hold", " off", " on", " it."));
  EXPECT_THAT(pieces_of("  two"), ElementsAre(" ", " two"));
  EXPECT_THAT(pieces_of(""), IsEmpty());
}

void expect_good_pieces(std::string_view text) {
  const std::vector<std::string_view> pieces = pieces_of(text);
  std::string all;
  for (const std::string_view piece : pieces) {
    EXPECT_FALSE(piece.empty());
    EXPECT_TRUE(is_valid_utf8(piece)) << piece;
    all += piece;
  }
  EXPECT_EQ(all, text);
  EXPECT_LE(pieces.size(), kPiecesMax) << text.size();
}

TEST(PiecesOf, NeverCutACharacter) {
  std::minstd_rand random(7);  // a fixed seed: the same texts each time
  const std::string_view kCharacters[] = {"a", " ", "\u00e9", "\u4e16", "\U0001F600", "\n"};
  for (int i = 0; i < 300; ++i) {
    std::string text;
    const std::size_t characters = random() % 400;
    for (std::size_t n = 0; n < characters; ++n) text += kCharacters[random() % 6];
    expect_good_pieces(text);
  }
}

TEST(PiecesOf, AreNotTooMany) {
  for (const std::size_t size : {2047u, 2048u, 4095u, 4096u, 100'000u, 1'000'000u}) {
    expect_good_pieces(std::string(size, 'x'));
    expect_good_pieces(std::string(size, ' '));
    std::string wide;
    while (wide.size() < size) wide += "\U0001F600";
    expect_good_pieces(wide);
  }
}

// --- Server-Sent Events ---

std::vector<std::string> events_of(const std::vector<std::string>& parts) {
  std::vector<std::string> events;
  EventStreamReader reader([&](std::string_view data) { events.emplace_back(data); });
  for (const std::string& part : parts) reader.feed(part);
  return events;
}

std::string refusal_of(const std::vector<std::string>& parts) {
  try {
    (void)events_of(parts);
  } catch (const ChatError& error) {
    return error.what();
  }
  return "it was taken";
}

TEST(EventStream, FieldsAreReadAsTheStandardSays) {
  EXPECT_THAT(events_of({"data: one\n\ndata:two\n\n"}), ElementsAre("one", "two"));
  EXPECT_THAT(events_of({"data: a\ndata: b\n\n"}), ElementsAre("a\nb"));
  EXPECT_THAT(events_of({": still there\n\nevent: message\nid: 7\nretry: 10\ndata: x\n\n"}),
              ElementsAre("x"));
  EXPECT_THAT(events_of({"\xEF\xBB\xBF"
                         "data: x\n\n"}),
              ElementsAre("x"));
  EXPECT_THAT(events_of({"data\n\ndata:  y\n\n"}), ElementsAre("", " y"));
  EXPECT_THAT(events_of({"data: never ended\n"}), IsEmpty());
}

TEST(EventStream, IsTheSameHoweverItIsCut) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const std::string text =
        "data: one" + end + end + ": note" + end + "data: two" + end + "data: 2" + end + end;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      for (std::size_t j = i; j <= text.size(); ++j) {
        ASSERT_THAT(events_of({text.substr(0, i), text.substr(i, j - i), text.substr(j)}),
                    ElementsAre("one", "two\n2"))
            << i << ' ' << j;
      }
    }
  }
}

TEST(EventStream, GarbageIsRefusedAndSafeToPrint) {
  EXPECT_THAT(refusal_of({"<html>\x1b[2J\n"}),
              AllOf(HasSubstr("none of an event stream"), HasSubstr(R"(<html>\x1b[2J)")));
  EXPECT_THAT(refusal_of({"dat: x\n"}), HasSubstr("none of an event stream: dat: x"));
  EXPECT_THAT(refusal_of({std::string(5000, 'x') + "\n"}).size(), ::testing::Lt(500u));
}

TEST(EventStream, NoLineAndNoEventIsTooLong) {
  const std::string half = "data: " + std::string(kEventBytesMax / 2 - 10, 'x') + "\n";
  EXPECT_THAT(events_of({half + half + "\n"}), SizeIs(1));
  EXPECT_THAT(refusal_of({half, half, half}), HasSubstr("more than 1048576 bytes"));
  // Refused as soon as it is too long, not when it ends.
  EXPECT_THAT(refusal_of({"data: ", std::string(kEventBytesMax, 'x')}), HasSubstr("more than"));
  EXPECT_THAT(refusal_of(std::vector<std::string>(1025, std::string(1024, ':'))),
              HasSubstr("more than"));
}

// --- Whole answers ---

ChatReply reply() {
  ChatReply reply;
  reply.id = "r1";
  reply.created = 1749479522;
  reply.model = "m \"1\"";
  reply.text = "Caf\u00e9 \u4e16\u754c, \U0001F600 \\n \"quoted\"\nnext line";
  reply.tool_calls = {{"c1", "search", R"({"query": "caf\u00e9 near me"})"}, {"c2", "stop", ""}};
  reply.finish_reason = "tool_calls";
  reply.usage = LlmUsage{.input_tokens = 10, .output_tokens = 7, .reasoning_tokens = 2};
  return reply;
}

struct Streamed {
  ChatReply reply;
  std::vector<std::string> pieces;
  std::string error;
};

Streamed read_stream(const std::vector<std::string>& parts) {
  Streamed streamed;
  const TakePiece take = [&](std::string_view text) { streamed.pieces.emplace_back(text); };
  ChatStream stream(take);
  try {
    for (const std::string& part : parts) stream.feed(part);
    streamed.reply = stream.finish();
  } catch (const ChatError& error) {
    streamed.error = error.what();
  }
  return streamed;
}

TEST(ChatStreamTest, WhatIsStreamedComesBackWhole) {
  const ChatReply sent = reply();
  const Streamed streamed = read_stream(stream_events(sent, true));
  EXPECT_EQ(streamed.error, "");
  EXPECT_EQ(streamed.reply.id, "r1");
  EXPECT_EQ(streamed.reply.created, 1749479522);
  EXPECT_EQ(streamed.reply.model, sent.model);
  EXPECT_EQ(streamed.reply.text, sent.text);
  EXPECT_EQ(joined(streamed.pieces), sent.text);
  EXPECT_GT(streamed.pieces.size(), 4u);
  ASSERT_THAT(streamed.reply.tool_calls, SizeIs(2));
  EXPECT_EQ(streamed.reply.tool_calls[0].id, "c1");
  EXPECT_EQ(streamed.reply.tool_calls[0].name, "search");
  EXPECT_EQ(streamed.reply.tool_calls[0].arguments, sent.tool_calls[0].arguments);
  EXPECT_EQ(streamed.reply.tool_calls[1].name, "stop");
  EXPECT_EQ(streamed.reply.finish_reason, "tool_calls");
  ASSERT_TRUE(streamed.reply.usage);
  EXPECT_EQ(streamed.reply.usage->reasoning_tokens, 2);
}

TEST(ChatStreamTest, EventsAreThoseOfOpenai) {
  ChatReply short_reply;
  short_reply.id = "r";
  short_reply.created = 5;
  short_reply.model = "m";
  short_reply.text = "Hi.";
  short_reply.finish_reason = "stop";
  const std::string head =
      R"(data: {"id": "r", "object": "chat.completion.chunk", "created": 5, "model": "m", )"
      R"("choices": [{"index": 0, "delta": )";
  EXPECT_THAT(
      stream_events(short_reply, false),
      ElementsAre(
          head + R"({"role": "assistant", "content": ""}, "finish_reason": null}]})" + "\n\n",
          head + R"({"content": "Hi."}, "finish_reason": null}]})" + "\n\n",
          head + R"({}, "finish_reason": "stop"}]})" + "\n\n", "data: [DONE]\n\n"));
}

TEST(ChatStreamTest, UsageComesOnlyIfItIsAskedFor) {
  EXPECT_FALSE(read_stream(stream_events(reply(), false)).reply.usage);
  EXPECT_THAT(joined(stream_events(reply(), false)), Not(HasSubstr("usage")));
}

TEST(ChatStreamTest, AStreamThatIsNotWholeIsAnError) {
  std::vector<std::string> events = stream_events(reply(), true);
  while (!events.empty()) {
    events.pop_back();
    EXPECT_THAT(read_stream(events).error, HasSubstr("there was no [DONE]")) << events.size();
  }
}

TEST(ChatStreamTest, NothingIsTakenAfterTheEnd) {
  std::vector<std::string> events = stream_events(reply(), true);
  events.push_back(events.front());
  EXPECT_EQ(read_stream(events).reply.text, reply().text);
}

TEST(ChatStreamTest, HostilePiecesAreErrorsThatSayWhatIsWrong) {
  const std::string start = R"({"choices": [{"delta": {"tool_calls": [{"index": )";
  const std::pair<std::string, std::string> kCases[] = {
      {"garbage", "not JSON"},
      {"{", "not JSON"},
      {"7", "has no \"choices\""},
      {R"({"choices": 7})", "that are no list"},
      {R"({"choices": [{"delta": {"content": 7}}]})", "\"content\" that is no text"},
      {start + R"(1, "function": {"name": "x"}}]}}]})", "that has not begun"},
      {start + R"(4294967296, "function": {"name": "x"}}]}}]})", "that has not begun"},
      {start + R"(-1}]}}]})", "that is no count"},
      {start + R"(0, "function": {"arguments": "x"}}]}}]})", "without its name"},
      {R"({"error": {"message": "out of \u001b[2J memory"}})", R"(broke off: out of \x1b[2J)"},
      {R"({"error": "overloaded"})", "broke off"},
      {"[DONE]", "why it ended"},
  };
  for (const auto& [data, expected] : kCases) {
    const std::string error = read_stream({"data: " + data + "\n\n"}).error;
    EXPECT_THAT(error, HasSubstr(expected)) << data;
    EXPECT_THAT(error, Not(HasSubstr("\x1b")));
  }
}

TEST(ChatStreamTest, WhatTheTakerThrowsIsThrownOn) {
  const TakePiece take = [](std::string_view) { throw std::runtime_error("no more"); };
  ChatStream stream(take);
  EXPECT_THROW(stream.feed(joined(stream_events(reply(), false))), std::runtime_error);
}

}  // namespace
}  // namespace tracebus::examples
