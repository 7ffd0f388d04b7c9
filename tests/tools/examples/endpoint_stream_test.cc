// SPDX-License-Identifier: Apache-2.0
//
// Answers in pieces over real HTTP: by our client of our endpoint, by Python's client of our
// endpoint, and by our client of endpoints that no one should have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/tools/examples/loopback_server.h"
#include "tracebus/tools/examples/agents/event_stream.h"
#include "tracebus/tools/examples/agents/http_chat_client.h"
#include "tracebus/tools/examples/agents/replay_answers.h"
#include "tracebus/tools/examples/agents/replay_endpoint.h"

namespace tracebus::examples {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using tracebus::testing::http_answer;
using tracebus::testing::http_stream;
using tracebus::testing::LoopbackServer;
using tracebus::testing::TemporaryFolder;

constexpr std::string_view kAnswer = "Caf\u00e9, \u4e16\u754c and \U0001F600 in pieces";

std::string recording_text() {
  const auto call = [](const std::string& question, std::string_view response,
                       const std::string& metadata) {
    return R"({"timestamp": 1749479522, "event_type": "llm_call", "agent_name": "bull", )"
           R"("messages_in": [{"role": "user", "content": ")" +
           question + R"("}], "response": ")" + std::string(response) + R"(", "metadata": {)" +
           metadata + "}}\n";
  };
  return call("q1", kAnswer,
              R"("model": "m", "input_tokens": 12, "output_tokens": 8, "duration_ms": 4000, )"
              R"("time_to_first_chunk_seconds": 1.0)") +
         call("q2", "",
              R"("tool_calls": [{"id": "c1", "type": "function", "function": )"
              R"({"name": "search", "arguments": "{\"query\": \"x\"}"}}])") +
         call("q3", "", R"("error": "overloaded")") +
         call("q4", "too late", R"("duration_ms": 600000)");
}

std::shared_ptr<const ReplaySource> source() {
  const std::string text = recording_text();
  auto recording = load_recording(*read_jsonl(text), "test");
  EXPECT_TRUE(recording.ok()) << recording.status();
  return std::make_shared<const ReplaySource>(*std::move(recording), "test");
}

std::unique_ptr<ReplayEndpoint> endpoint(const ReplayEndpointOptions& options = {}) {
  auto started = ReplayEndpoint::start(source(), options);
  EXPECT_TRUE(started.ok()) << started.status();
  return *std::move(started);
}

struct Asked {
  ChatReply reply;
  std::vector<std::string> pieces;
  std::string error;
};

Asked ask(const std::string& url, const std::string& question, milliseconds timeout = seconds(20)) {
  Asked asked;
  auto client = HttpChatClient::create({.url = url, .timeout = timeout, .direct = true});
  EXPECT_TRUE(client.ok()) << client.status();
  try {
    asked.reply =
        (*client)->stream({.agent = "bull", .model = "m", .messages = {{"user", question}}},
                          [&](std::string_view text) { asked.pieces.emplace_back(text); });
  } catch (const ChatError& error) {
    asked.error = error.what();
  }
  return asked;
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return all;
}

// --- Ours of ours ---

TEST(StreamOverHttp, Row49AnswersComeInPiecesAndWithTheirUsage) {
  const auto server = endpoint();
  const Asked asked = ask(server->url(), "q1");
  EXPECT_EQ(asked.error, "");
  EXPECT_EQ(asked.reply.text, kAnswer);
  EXPECT_EQ(joined(asked.pieces), kAnswer);
  EXPECT_GT(asked.pieces.size(), 3u);
  EXPECT_EQ(asked.reply.finish_reason, "stop");
  ASSERT_TRUE(asked.reply.usage);
  EXPECT_EQ(asked.reply.usage->output_tokens, 8);
}

TEST(StreamOverHttp, Row49CallsOfToolsAreStreamedToo) {
  const auto server = endpoint({.check_requests = false});
  (void)ask(server->url(), "q1");
  const Asked asked = ask(server->url(), "q2");
  EXPECT_EQ(asked.error, "");
  ASSERT_EQ(asked.reply.tool_calls.size(), 1u);
  EXPECT_EQ(asked.reply.tool_calls[0].arguments, R"({"query": "x"})");
  EXPECT_EQ(asked.reply.finish_reason, "tool_calls");
  EXPECT_EQ(joined(asked.pieces), "");
  EXPECT_GT(asked.pieces.size(), 1u) << "that something came is told";
  EXPECT_FALSE(asked.reply.usage) << "what was not recorded is not invented";
}

TEST(StreamOverHttp, Row49FailuresThatWereRecordedComeBeforeAnyPiece) {
  const auto server = endpoint({.check_requests = false});
  (void)ask(server->url(), "q1");
  (void)ask(server->url(), "q2");
  const Asked asked = ask(server->url(), "q3");
  EXPECT_THAT(asked.error, HasSubstr("answered 500: overloaded"));
  EXPECT_TRUE(asked.pieces.empty());
}

TEST(StreamOverHttp, ItStopsWhilePiecesWaitForTheirTime) {
  auto server = endpoint({.latency_factor = 1});
  EXPECT_THAT(ask(server->url(), "q1", milliseconds(300)).error, HasSubstr("timed out"));
  server.reset();  // were it to wait for its time, the test would still be here
}

// --- When pieces are due, without waiting for them ---

TEST(ReplayAnswersTest, Row49PiecesAreDueAsTheyWereRecorded) {
  ReplayOptions options;
  options.latency_factor = 0.5;
  ReplayAnswers answers(source(), options);
  const auto body = [](const std::string& stream) {
    return R"({"model": "m", "messages": [{"role": "user", "content": "q1"}])" + stream + "}";
  };
  const HttpAnswer answer = answers.answer("bull", body(R"(, "stream": true)"));
  EXPECT_TRUE(answer.is_stream);
  EXPECT_EQ(answer.due(0), milliseconds(500)) << "when the first one came";
  EXPECT_EQ(answer.due(answer.parts.size() - 1), milliseconds(2000));
  for (std::size_t i = 1; i < answer.parts.size(); ++i) {
    EXPECT_GT(answer.due(i), answer.due(i - 1));
  }
}

TEST(ReplayAnswersTest, Row49WholeAnswersAreDueAtTheirEnd) {
  ReplayOptions options;
  options.latency_factor = 1;
  ReplayAnswers answers(source(), options);
  const HttpAnswer answer =
      answers.answer("bull", R"({"model": "m", "messages": [{"role": "user", "content": "q1"}]})");
  EXPECT_FALSE(answer.is_stream);
  ASSERT_EQ(answer.parts.size(), 1u);
  EXPECT_EQ(answer.due(0), seconds(4));
  EXPECT_EQ(answers.answer("bull", "garbage").due(0), nanoseconds(0)) << "not of the call before";
}

// --- Python's client of our endpoint ---

constexpr std::string_view kScript = R"(
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
for question, options in (("q1", {"stream_options": {"include_usage": True}}), ("q2", {})):
    request = {"model": "m", "stream": True,
               "messages": [{"role": "user", "content": question}], **options}
    connection.request("POST", "/v1/chat/completions", json.dumps(request),
                       {"X-Agent-Name": "bull"})
    response = connection.getresponse()
    print(response.status, response.getheader("Content-Type"),
          response.getheader("Transfer-Encoding"))
    events = response.read().decode("utf-8").split("\n\n")
    assert events[-1] == "" and events[-2] == "data: [DONE]", events[-2:]
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-2]]
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert all(chunk["created"] == 1749479522 for chunk in chunks)
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert all(choice["index"] == 0 for choice in choices)
    deltas = [choice["delta"] for choice in choices]
    assert [delta["role"] for delta in deltas if "role" in delta] == ["assistant"]
    print("".join(delta.get("content") or "" for delta in deltas))
    calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
    print("".join(call["function"].get("name", "") for call in calls),
          "".join(call["function"]["arguments"] for call in calls))
    print([choice["finish_reason"] for choice in choices if choice["finish_reason"]])
    print([chunk["usage"]["total_tokens"] for chunk in chunks if chunk.get("usage")],
          len(chunks) - len(choices))
)";

std::string output_of(const std::string& command) {
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  std::string output;
  char bytes[4096];
  for (std::size_t count; (count = std::fread(bytes, 1, sizeof bytes, pipe)) != 0;) {
    output.append(bytes, count);
  }
  const int status = pclose(pipe);
  return status == 0 ? output : output + "status " + std::to_string(status);
}

TEST(StreamOverHttp, PythonsClientReadsWhatOurEndpointStreams) {
  const auto server = endpoint();
  const TemporaryFolder folder;
  std::ofstream(folder.file("client.py")) << kScript;
  const std::string url = server->url();
  const std::string port = url.substr(url.rfind(':') + 1);
  EXPECT_EQ(
      output_of("PYTHONIOENCODING=utf-8 python3 '" + folder.file("client.py") + "' " + port +
                " 2>&1"),
      "200 text/event-stream chunked\n" + std::string(kAnswer) +
          "\n \n['stop']\n[20] 1\n"
          "200 text/event-stream chunked\n\nsearch {\"query\": \"x\"}\n['tool_calls']\n[] 0\n");
}

// HTTP/1.0 has no chunks: the stream ends with the connection.
TEST(StreamOverHttp, OldClientsGetTheStreamAsItIs) {
  const auto server = endpoint();
  const TemporaryFolder folder;
  std::ofstream(folder.file("client.py")) << R"(
import socket, sys
body = b'{"model": "m", "stream": true, "messages": [{"role": "user", "content": "q1"}]}'
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as client:
    client.sendall(b"POST /v1/chat/completions HTTP/1.0\r\nX-Agent-Name: bull\r\n"
                   b"Content-Length: %d\r\n\r\n" % len(body) + body)
    text = b"".join(iter(lambda: client.recv(65536), b"")).decode()
head, events = text.split("\r\n\r\n")
print(head.split("\r\n")[0], "chunked" in head, events.endswith("}\n\ndata: [DONE]\n\n"))
)";
  const std::string url = server->url();
  EXPECT_EQ(output_of("python3 '" + folder.file("client.py") + "' " +
                      url.substr(url.rfind(':') + 1) + " 2>&1"),
            "HTTP/1.0 200 OK False True\n");
}

// --- Ours of endpoints that go wrong ---

std::string event(const std::string& data) { return "data: " + data + "\n\n"; }
std::string piece(const std::string& text) {
  return event(R"({"choices": [{"index": 0, "delta": {"content": ")" + text + R"("}}]})");
}
std::string ending() {
  return event(R"({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})") +
         event("[DONE]");
}

TEST(StreamOverHttp, StreamsThatGoWrongAreErrors) {
  const std::string endless = http_stream("data: " + std::string(kEventBytesMax + 1, 'x'));
  std::string flood = "";
  while (flood.size() <= kAnswerBytesMax) flood += piece(std::string(1000, 'x'));
  const std::pair<std::string, std::string> kCases[] = {
      {http_stream(piece("one") + event(R"({"error": {"message": "no \u001b[2J room"}})")),
       R"(broke off: no \x1b[2J room)"},
      {http_stream(piece("one")), "there was no [DONE]"},
      {http_stream(piece("one") + "<html>\n"), "none of an event stream: <html>"},
      {http_stream(piece("one") + event("{")), "is not JSON"},
      {http_stream(""), "there was no [DONE]"},
      {endless, "more than 1048576 bytes"},
      {http_stream(flood), "more than 8388608 bytes"},
      {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
       "1000\r\n" +
           piece("one"),
       "broke off: "},
      {http_answer(429, R"({"error": {"message": "slow down"}})"), "answered 429: slow down"},
      {http_answer(200, "garbage"), "is not JSON"},
      {"\x16\x03\x01", "did not answer"},
  };
  for (const auto& [answer, expected] : kCases) {
    LoopbackServer server(answer);
    const std::string error = ask(server.url(), "x").error;
    EXPECT_THAT(error, AllOf(HasSubstr(expected), HasSubstr(server.url()), Not(HasSubstr("\x1b"))))
        << answer.substr(0, 100);
  }
}

TEST(StreamOverHttp, SilenceInItsMidstEndsByTheTimeLimit) {
  LoopbackServer server(http_stream(piece("one")), LoopbackServer::Then::kKeepOpen);
  Asked asked;
  // Long enough for the piece to arrive, however busy the machine is.
  for (milliseconds limit(300); asked.pieces.empty() && limit < seconds(60); limit *= 4) {
    asked = ask(server.url(), "x", limit);
  }
  EXPECT_THAT(asked.error, HasSubstr("broke off: Operation timed out"));
  EXPECT_EQ(joined(asked.pieces), "one") << "what came was told";
}

TEST(StreamOverHttp, NobodyWaitsForTheConnectionAfterTheEnd) {
  LoopbackServer server(http_stream(piece("one") + ending()), LoopbackServer::Then::kKeepOpen);
  const Asked asked = ask(server.url(), "x", seconds(600));
  EXPECT_EQ(asked.error, "");
  EXPECT_EQ(asked.reply.text, "one");
}

TEST(StreamOverHttp, WhoDoesNotStreamAnswersInOnePiece) {
  LoopbackServer server(
      http_answer(200, R"({"choices": [{"message": {"role": "assistant", "content": "hi"}}]})"));
  const Asked asked = ask(server.url(), "x");
  EXPECT_EQ(asked.error, "");
  EXPECT_EQ(asked.pieces, std::vector<std::string>{"hi"});
  EXPECT_THAT(server.requests().at(0),
              HasSubstr(R"("stream": true, "stream_options": {"include_usage": true}})"));
}

TEST(StreamOverHttp, WhatTheTakerThrowsEndsTheCall) {
  LoopbackServer server(http_stream(piece("one") + piece("two")), LoopbackServer::Then::kKeepOpen);
  auto client = HttpChatClient::create({.url = server.url(), .direct = true});
  ASSERT_TRUE(client.ok());
  int pieces = 0;
  EXPECT_THROW((*client)->stream({.agent = "a", .model = "m", .messages = {{"user", "x"}}},
                                 [&](std::string_view) {
                                   ++pieces;
                                   throw std::logic_error("enough");
                                 }),
               std::logic_error);
  EXPECT_EQ(pieces, 1);
}

}  // namespace
}  // namespace tracebus::examples
