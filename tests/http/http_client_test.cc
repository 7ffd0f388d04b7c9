// SPDX-License-Identifier: Apache-2.0
//
// What of a client only its own thread sees. The exporters' tests have the rest.
#include "tracebus/exporters/http/http_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stop_token>
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

}  // namespace
}  // namespace tracebus::testing
