// SPDX-License-Identifier: Apache-2.0
//
// What of a client only its own thread sees. The exporters' tests have the rest.
#include "tracebus/exporters/http/http_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Longer than any test, and than one sleep in libcurl.
constexpr std::chrono::hours kFarAway{1};
// Beyond which something else than the request to stop would have ended the wait, were there any.
constexpr seconds kSurelyStopped{30};

// A receiver that takes the request and says nothing until it is told to.
class SilentReceiver {
 public:
  std::string url() const { return server_.url(); }
  void wait_for_request() { taken_.get_future().wait(); }
  void answer() { may_answer_.set_value(); }

 private:
  std::promise<void> taken_;
  std::promise<void> may_answer_;
  ScriptedServer server_{[this](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    taken_.set_value();
    may_answer_.get_future().wait();
    connection.answer("200 OK");
  }};
};

// Nothing comes from the receiver, and all deadlines are an hour away: what ends the wait is the
// request to stop, or the receiver's answer that the test gives in the end.
TEST(HttpClientTest, ARequestToStopWakesWhoWaitsForAnAnswer) {
  SilentReceiver receiver;
  auto client =
      HttpClient::create({.url = receiver.url(), .direct = true, .connect_timeout = seconds(3600)});
  ASSERT_TRUE(client.ok()) << client.status();
  const Deadline far_away = std::chrono::steady_clock::now() + kFarAway;
  const std::vector<std::string_view> body = {"body"};
  (*client)->start(0, body, far_away);
  std::stop_source stop;
  std::vector<HttpAnswer> answers;
  auto waits =
      std::async(std::launch::async, [&] { (*client)->wait(far_away, stop.get_token(), answers); });
  receiver.wait_for_request();
  // By now it sleeps, and libcurl's short timers of a new connection are over; if not, it sees the
  // request without being woken, and the test proves less.
  std::this_thread::sleep_for(seconds(1));
  stop.request_stop();
  EXPECT_EQ(waits.wait_for(kSurelyStopped), std::future_status::ready);
  receiver.answer();
  waits.wait();
  EXPECT_EQ((*client)->in_flight(), 1u);
  EXPECT_TRUE(answers.empty());
}

// Answers with these bytes, each on a connection that is kept.
std::vector<HttpAnswer> answers_to_requests(const std::vector<std::string_view>& script) {
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.send(script[head.number - 1]);
  });
  auto client = HttpClient::create({.url = server.url(), .direct = true, .requests_max = 1});
  EXPECT_TRUE(client.ok()) << client.status();
  const Deadline far_away = std::chrono::steady_clock::now() + kFarAway;
  const std::vector<std::string_view> body = {"body"};
  std::vector<HttpAnswer> answers;
  for (std::size_t i = 0; i < script.size(); ++i) {
    (*client)->start(i, body, far_away);
    (*client)->wait(far_away, {}, answers);
  }
  return answers;
}

TEST(HttpClientTest, HeadersAreReadWhateverTheirCase) {
  const HttpAnswer answer =
      answers_to_requests({"HTTP/1.1 503 Busy\r\nretry-AFTER:  7 \r\nLOCATION: there\r\n"
                           "content-type: text/plain\r\nContent-Length: 0\r\n\r\n"})
          .at(0);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.retry_after, "7");
  EXPECT_EQ(answer.location, "there");
  EXPECT_EQ(answer.content_type, "text/plain");
}

TEST(HttpClientTest, HowLongHeadersAreIsCountedAnewForEachAnswer) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: " +
                             std::string(kResponseHeaderBytesMax / 2, 'x') + "\r\n\r\n";
  for (const HttpAnswer& each : answers_to_requests({answer, answer, answer, answer})) {
    EXPECT_EQ(each.fate, HttpFate::kAnswered);
  }
}

TEST(HttpClientTest, AnInterimAnswerAloneIsNone) {
  ScriptedServer server([](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    connection.close();
  });
  auto client = HttpClient::create({.url = server.url(), .direct = true, .requests_max = 1});
  ASSERT_TRUE(client.ok()) << client.status();
  const Deadline far_away = std::chrono::steady_clock::now() + kFarAway;
  const std::vector<std::string_view> body = {"body"};
  std::vector<HttpAnswer> answers;
  (*client)->start(0, body, far_away);
  (*client)->wait(far_away, {}, answers);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].fate, HttpFate::kUnanswered);
  EXPECT_EQ(answers[0].status, 0);
}

// Found by http_answer_fuzz, as a use of memory that was freed. A first header that continues one
// before it is none, whatever the answer before had.
TEST(HttpClientTest, NothingOfAnAnswerGoesOnInTheNext) {
  constexpr std::string_view kFolded =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nFirst: a\r\n b\r\n\r\n";
  constexpr std::string_view kBegunFolded = "HTTP/1.1 200 OK\r\n c: d\r\nContent-Length: 0\r\n\r\n";
  const auto answers = answers_to_requests({kFolded, kFolded, kBegunFolded});
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].fate, HttpFate::kAnswered);
  EXPECT_EQ(answers[1].fate, HttpFate::kAnswered);
  // Which libraries take differently.
  const HttpAnswer alone = answers_to_requests({kBegunFolded}).at(0);
  EXPECT_EQ(answers[2].fate, alone.fate);
  EXPECT_EQ(answers[2].error, alone.error);
}

}  // namespace
}  // namespace tracebus::testing
