// SPDX-License-Identifier: Apache-2.0
//
// The endpoint that replays, and the client that asks endpoints, over real HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/tools/examples/loopback_server.h"
#include "tracebus/tools/examples/agents/http_chat_client.h"
#include "tracebus/tools/examples/agents/replay_endpoint.h"

namespace tracebus::examples {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using tracebus::testing::http_answer;
using tracebus::testing::LoopbackServer;

// A line as pyagent's Recorder writes it.
std::string line(std::string_view agent, std::string_view question, std::string_view response,
                 std::string_view metadata) {
  return R"({"timestamp": 1, "event_type": "llm_call", "agent_name": ")" + std::string(agent) +
         R"(", "messages_in": [{"role": "user", "content": ")" + std::string(question) +
         R"("}], "response": ")" + std::string(response) + R"(", "metadata": )" +
         std::string(metadata) + "}\n";
}

std::string recording_text() {
  return line("bull", "first question", "one",
              R"({"model": "m", "input_tokens": 450, "output_tokens": 380})") +
         line("bull", "second question", "two", R"({"duration_ms": 600000})") +
         line("bear", "third question", "", R"({"error": "overloaded, try \u001b[31m later"})") +
         line("lead", "fourth question", "",
              R"({"tool_calls": [{"id": "c1", "type": "function", )"
              R"("function": {"name": "search", "arguments": "{}"}}]})");
}

std::unique_ptr<ReplayEndpoint> endpoint(const ReplayEndpointOptions& options = {}) {
  const std::string text = recording_text();
  auto recording = load_recording(*read_jsonl(text), "test");
  EXPECT_TRUE(recording.ok()) << recording.status();
  auto source = std::make_shared<const ReplaySource>(*std::move(recording), "test");
  auto started = ReplayEndpoint::start(std::move(source), options);
  EXPECT_TRUE(started.ok()) << started.status();
  return *std::move(started);
}

std::unique_ptr<HttpChatClient> client(const std::string& url, milliseconds timeout = seconds(20)) {
  auto made = HttpChatClient::create({.url = url, .timeout = timeout, .direct = true});
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

ChatRequest question(std::string agent, std::string text) {
  return {.agent = std::move(agent), .model = "m", .messages = {{"user", std::move(text)}}};
}

std::string error_of(ChatClient& client, const ChatRequest& request) {
  try {
    (void)client.complete(request);
  } catch (const ChatError& error) {
    return error.what();
  }
  return "it answered";
}

TEST(ReplayEndpointTest, Row49AgentsGetTheirAnswersInTheirOrder) {
  const auto server = endpoint();
  const auto asking = client(server->url());
  const ChatReply one = asking->complete(question("bull", "first question"));
  EXPECT_EQ(one.text, "one");
  EXPECT_EQ(one.model, "m");
  EXPECT_EQ(one.finish_reason, "stop");
  ASSERT_TRUE(one.usage);
  EXPECT_EQ(one.usage->input_tokens, 450);
  EXPECT_EQ(one.usage->output_tokens, 380);
  const ChatReply calls = asking->complete(question("lead", "fourth question"));
  ASSERT_THAT(calls.tool_calls, SizeIs(1));
  EXPECT_EQ(calls.tool_calls[0].name, "search");
  EXPECT_EQ(calls.finish_reason, "tool_calls");
  EXPECT_FALSE(calls.usage) << "what was not recorded is not invented";
  const ChatReply two = asking->complete(question("bull", "second question"));
  EXPECT_EQ(two.text, "two");
  EXPECT_NE(one.id, two.id);
}

TEST(ReplayEndpointTest, Row49WithoutAnAgentRequestsAreMatchedByWhatTheyAsk) {
  const auto server = endpoint();
  const auto asking = client(server->url());
  EXPECT_EQ(asking->complete(question("", "second question")).text, "two");
  EXPECT_EQ(asking->complete(question("", "first question")).text, "one");
}

TEST(ReplayEndpointTest, Row49AMissNamesTheNearestRequest) {
  const auto server = endpoint();
  const auto asking = client(server->url());
  EXPECT_THAT(error_of(*asking, question("bull", "first quest?on")),
              AllOf(HasSubstr("answered 404"), HasSubstr("recorded"), HasSubstr("byte 11")));
  EXPECT_THAT(error_of(*asking, question("nobody", "x")),
              AllOf(HasSubstr("answered 404"), HasSubstr("nobody"), HasSubstr("bull")));
  EXPECT_EQ(asking->complete(question("bull", "first question")).text, "one")
      << "a miss hands nothing out";
}

TEST(ReplayEndpointTest, UncheckedRequestsGetTheNextAnswerWhateverTheyAsk) {
  const auto server = endpoint({.check_requests = false});
  const auto asking = client(server->url());
  EXPECT_EQ(asking->complete(question("bull", "something else")).text, "one");
}

TEST(ReplayEndpointTest, RecordedFailuresAreRepeatedAndSafeToPrint) {
  const auto server = endpoint();
  const std::string error = error_of(*client(server->url()), question("bear", "third question"));
  EXPECT_THAT(error, AllOf(HasSubstr("answered 500: overloaded"), HasSubstr(R"(\x1b[31m)")));
  EXPECT_THAT(error, Not(HasSubstr("\x1b")));
}

TEST(ReplayEndpointTest, ItStopsWhileAnAnswerWaitsForItsTime) {
  auto server = endpoint({.latency_factor = 1});
  EXPECT_THAT(client(server->url())->complete(question("bull", "first question")).text, "one");
  EXPECT_THAT(
      error_of(*client(server->url(), milliseconds(300)), question("bull", "second question")),
      HasSubstr("timed out"));
  server.reset();  // were it to wait for its ten minutes, the test would fail by its time limit
}

TEST(ReplayEndpointTest, WhatIsNoChatRequestIsRefused) {
  const auto server = endpoint();
  const auto elsewhere = client(server->url() + "/elsewhere/chat/completions");
  EXPECT_THAT(error_of(*elsewhere, question("bull", "x")), HasSubstr("answered 404: there is"));
}

TEST(HttpChatClientTest, AsksAsOpenaiIsAsked) {
  LoopbackServer server(http_answer(200, R"({"choices": [{"message": {"role": "assistant",
      "content": "hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3,
      "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}}})"));
  auto asking = HttpChatClient::create(
      {.url = server.url() + "/v1/", .api_key = "sk-test", .timeout = seconds(20), .direct = true});
  ASSERT_TRUE(asking.ok());
  ChatRequest request = question("bull\r\nX-Evil: 1", "hello");
  request.temperature = 0.5;
  request.max_tokens = 64;
  request.tools.push_back({"search", "finds", R"({"type": "object"})"});
  const ChatReply reply = (*asking)->complete(request);
  EXPECT_EQ(reply.text, "hi");
  EXPECT_EQ(reply.usage->cache_read_tokens, 2);
  ASSERT_THAT(server.requests(), SizeIs(1));
  const std::string sent = server.requests()[0];
  EXPECT_THAT(sent, HasSubstr("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("Authorization: Bearer sk-test\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Agent-Name: bullX-Evil: 1\r\n")) << "no line of its own";
  EXPECT_THAT(sent, HasSubstr(R"("temperature": 0.5, "max_tokens": 64)"));
  EXPECT_THAT(sent, HasSubstr(R"("parameters": {"type": "object"})"));
}

TEST(HttpChatClientTest, AddressesThatAreNoneAreRefused) {
  for (const std::string url :
       {"", "ftp://host/", "file:///etc/passwd", "http://user:secret@host/", "not a url"}) {
    EXPECT_FALSE(HttpChatClient::create({.url = url}).ok()) << url;
  }
  const auto open = HttpChatClient::create({.url = "http://example.org", .api_key = "sk-test"});
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(std::string(open.status().message()),
              AllOf(HasSubstr("in the open"), Not(HasSubstr("sk-test"))));
  EXPECT_TRUE(HttpChatClient::create({.url = "https://example.org", .api_key = "sk-test"}).ok());
  EXPECT_TRUE(HttpChatClient::create({.url = "http://localhost:1", .api_key = "sk-test"}).ok());
}

TEST(HttpChatClientTest, HostileAnswersAreErrors) {
  const std::pair<std::string, std::string> kCases[] = {
      {http_answer(500, R"({"error": {"message": "out of \u001b[2J memory"}})"),
       R"(answered 500: out of \x1b[2J memory)"},
      {http_answer(500, "<html>"), "answered 500"},
      {http_answer(429, R"({"error": "slow down"})"), "answered 429"},
      {http_answer(302, ""), "answered 302"},
      {http_answer(200, "garbage"), "is not JSON"},
      {http_answer(200, ""), "is not JSON"},
      {http_answer(200, std::string(kAnswerBytesMax + 1, ' ')), "more than 8388608 bytes"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "did not answer"},
      {"\x16\x03\x01", "did not answer"},
  };
  for (const auto& [answer, expected] : kCases) {
    LoopbackServer server(answer);
    const std::string error = error_of(*client(server.url()), question("a", "x"));
    EXPECT_THAT(error, HasSubstr(expected)) << answer.substr(0, 100);
    EXPECT_THAT(error, HasSubstr(server.url())) << "says who";
  }
}

TEST(HttpChatClientTest, SilenceEndsByTheTimeLimit) {
  LoopbackServer server("");
  EXPECT_THAT(error_of(*client(server.url(), milliseconds(200)), question("a", "x")),
              HasSubstr("timed out"));
}

}  // namespace
}  // namespace tracebus::examples
