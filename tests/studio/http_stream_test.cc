// SPDX-License-Identifier: Apache-2.0
//
// Answers that go on, and answers that take long: neither holds up another.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/studio/http_server.h"
#include "tracebus/studio/http_stream.h"
#include "tracebus/tests/studio/raw_client.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// What all streams of a test have to say; each says it from the beginning.
struct Said {
  std::mutex mutex;
  std::string text;
  bool is_over = false;
  std::vector<HttpStream::Wake> wakes;
  std::atomic<int> streams{0};

  void say(const std::string& more, bool last = false) {
    std::vector<HttpStream::Wake> woken;
    {
      const std::lock_guard lock(mutex);
      text += more;
      is_over = last;
      woken.swap(wakes);
    }
    for (const auto& wake : woken) wake();
  }
};

class SayingStream final : public HttpStream {
 public:
  explicit SayingStream(std::shared_ptr<Said> said) : said_(std::move(said)) { ++said_->streams; }
  ~SayingStream() override { --said_->streams; }
  Next next(std::string& out, const Wake& wake) override {
    const std::lock_guard lock(said_->mutex);
    out = said_->text.substr(at_, kPieceBytes);
    at_ += out.size();
    if (at_ < said_->text.size()) return Next::kMore;
    if (said_->is_over) return Next::kEnd;
    said_->wakes.push_back(wake);
    return Next::kWait;
  }
  std::string_view sign_of_life() const noexcept override { return "(alive)"; }

 private:
  const std::shared_ptr<Said> said_;
  std::size_t at_ = 0;
};

// Says the same without an end.
class EndlessStream final : public HttpStream {
 public:
  explicit EndlessStream(std::shared_ptr<Said> counted) : counted_(std::move(counted)) {
    ++counted_->streams;
  }
  ~EndlessStream() override { --counted_->streams; }
  Next next(std::string& out, const Wake&) override {
    out.assign(kPieceBytes, 'e');
    return Next::kMore;
  }
  std::string_view sign_of_life() const noexcept override { return {}; }

 private:
  const std::shared_ptr<Said> counted_;
};

// Where answers take as long as a test wants them to.
class SlowPlace {
 public:
  void stay() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return may_go_; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    may_go_ = true;
    changed_.notify_all();
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return came_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int came_ = 0;
  bool may_go_ = false;
};

class HttpStreamTest : public ::testing::Test {
 protected:
  // A worker that is left behind may outlive the test: what it needs is shared with it.
  void start(HttpServerOptions options = {}) {
    auto started =
        HttpServer::start(options, [said = said_, slow = slow_](const HttpCall& call) -> HttpReply {
          if (call.path == "/said") return {.stream = std::make_shared<SayingStream>(said)};
          if (call.path == "/endless") return {.stream = std::make_shared<EndlessStream>(said)};
          if (call.path == "/slow") slow->stay();
          return {.body = "done"};
        });
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  ~HttpStreamTest() override { slow_->let_go(); }

  int port() const { return server_->port(); }
  std::string get(const std::string& path) const {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port()) + "\r\n\r\n";
  }
  std::unique_ptr<RawClient> ask(const std::string& path) const {
    auto client = std::make_unique<RawClient>(port());
    EXPECT_TRUE(client->send(get(path)));
    return client;
  }

  std::shared_ptr<Said> said_ = std::make_shared<Said>();
  std::shared_ptr<SlowPlace> slow_ = std::make_shared<SlowPlace>();
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpStreamTest, WhatIsSaidLaterFollowsUntilTheEnd) {
  start();
  const auto client = ask("/said");
  const std::string head = client->read_until("\r\n\r\n");
  EXPECT_NE(head.find("HTTP/1.1 200 OK"), head.npos);
  EXPECT_NE(head.find("Connection: close"), head.npos);
  EXPECT_NE(head.find("Content-Security-Policy"), head.npos);
  EXPECT_EQ(head.find("Content-Length"), head.npos);
  for (int i = 0; i < 3; ++i) {
    std::thread speaker([this] { said_->say("more."); });
    EXPECT_EQ(client->read_until("."), "more.");
    speaker.join();
  }
  said_->say(std::string(300'000, 'x') + "end", true);
  EXPECT_EQ(client->read_until("end").size(), 300'003u);
  EXPECT_TRUE(client->is_ended());
}

TEST_F(HttpStreamTest, SilenceIsBrokenByASignOfLife) {
  start({.silence = milliseconds(20)});
  const auto client = ask("/said");
  EXPECT_NE(client->read_until("(alive)(alive)(alive)"), "");
  said_->say("more.");
  EXPECT_NE(client->read_until("more."), "") << "and what follows is not lost";
}

TEST_F(HttpStreamTest, WhoGoesAwayTakesNoPlace) {
  start({.streams_max = 2});
  auto first = ask("/said");
  const auto second = ask("/said");
  ASSERT_NE(first->read_until("\r\n\r\n"), "");
  ASSERT_NE(second->read_until("\r\n\r\n"), "");
  const auto third = ask("/said");
  const RawAnswer refused = third->read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.head.find("Retry-After"), std::string::npos);
  EXPECT_NE(refused.body.find("all 2 places for streams are taken"), std::string::npos);
  first.reset();
  for (int status = 0; status != 200;) {
    const auto again = ask("/said");
    status = std::atoi(again->read_until("\r\n\r\n").c_str() + sizeof "HTTP/1.1");
    ASSERT_TRUE(status == 200 || status == 503) << status;
  }
}

TEST_F(HttpStreamTest, StreamsTakeNoPlacesOfConnections) {
  start({.connections_max = 1});
  const auto one = ask("/said");
  ASSERT_NE(one->read_until("\r\n\r\n"), "");
  const auto two = ask("/said");
  ASSERT_NE(two->read_until("\r\n\r\n"), "");
  EXPECT_EQ(RawClient::ask(port(), get("/")).body, "done");
}

TEST_F(HttpStreamTest, WhoDoesNotReadIsLetGoAndHoldsUpNobody) {
  start({.answer_timeout = milliseconds(300)});
  const auto stalled = ask("/endless");
  EXPECT_EQ(RawClient::ask(port(), get("/")).body, "done");
  const auto reader = ask("/said");
  said_->say("more.");
  EXPECT_NE(reader->read_until("more."), "");
  while (said_->streams != 1) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(stalled->read_until("no such text"), "") << "it ends behind what the system held";
}

TEST_F(HttpStreamTest, SlowAnswersHoldUpNeitherOthersNorStreams) {
  start({.workers = 2});
  const auto slow = ask("/slow");
  slow_->wait_for(1);
  EXPECT_EQ(RawClient::ask(port(), get("/")).body, "done");
  const auto reader = ask("/said");
  ASSERT_NE(reader->read_until("\r\n\r\n"), "");
  const auto slower = ask("/slow");
  slow_->wait_for(2);
  said_->say("more.");
  EXPECT_NE(reader->read_until("more."), "") << "no worker is free, and streams need none";
  slow_->let_go();
  EXPECT_EQ(slow->read().body, "done");
  EXPECT_EQ(slower->read().body, "done");
}

TEST_F(HttpStreamTest, ShutdownEndsStreamsAtOnce) {
  start({.workers = 1});
  const auto reader = ask("/said");
  ASSERT_NE(reader->read_until("\r\n\r\n"), "");
  EXPECT_TRUE(server_->shutdown(steady_clock::now() + seconds(60)).ok());
  EXPECT_TRUE(reader->is_ended());
  EXPECT_EQ(said_->streams.load(), 0);
  said_->say("to nobody");
}

TEST_F(HttpStreamTest, ShutdownLeavesBehindWhoHangsAndSaysSo) {
  start({.workers = 1});
  const auto slow = ask("/slow");
  slow_->wait_for(1);
  const absl::Status ended = server_->shutdown(steady_clock::now() + milliseconds(50));
  EXPECT_TRUE(absl::IsDeadlineExceeded(ended)) << ended;
  server_.reset();
  slow_->let_go();
}

TEST_F(HttpStreamTest, EachPathHasItsOwnBoundOfABody) {
  HttpServerOptions options;
  options.body_limit = [](std::string_view path) {
    return path == "/large" ? std::size_t{2000} : std::size_t{1000};
  };
  options.json_errors = true;
  start(options);
  const auto status_of = [&](const std::string& path, std::size_t bytes) {
    return RawClient::ask(port(), post(port(), path, "a/b", std::string(bytes, 'x'))).status;
  };
  EXPECT_EQ(status_of("/small?large", 1000), 200);
  EXPECT_EQ(status_of("/small?large", 1001), 413);
  EXPECT_EQ(status_of("/large?x=1", 2000), 200);
  EXPECT_EQ(status_of("/large", 2001), 413);
  std::string chunked = "POST /small HTTP/1.1\r\nHost: localhost:" + std::to_string(port()) +
                        "\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) chunked += "64\r\n" + std::string(100, 'x') + "\r\n";
  const RawAnswer refused = RawClient::ask(port(), chunked + "0\r\n\r\n");
  EXPECT_EQ(refused.status, 413);
  EXPECT_TRUE(refused.body.starts_with("{\"error\":\"")) << refused.body;
}

bool listens_at(const char* address, int port) {
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, address, &to.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool listens = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  ::close(fd);
  return listens;
}

TEST_F(HttpStreamTest, Security6_AnAddressOfLoopbackIsListenedAtWhereItIsAskedFor) {
  start();
  EXPECT_TRUE(listens_at("127.0.0.1", port()));
  EXPECT_FALSE(listens_at("127.0.0.3", port()));
  server_.reset();
  HttpServerOptions options;
  options.host = "127.0.0.3";
  start(options);
  EXPECT_TRUE(listens_at("127.0.0.1", port()));
  EXPECT_TRUE(listens_at("127.0.0.3", port()));
}

TEST_F(HttpStreamTest, Security6_AnotherAddressIsAnsweredByItsNameAlone) {
  HttpServerOptions options;
  options.host = "0.0.0.0";
  start(options);
  const auto status_of = [&](const std::string& host) {
    return RawClient::ask(port(), "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status;
  };
  const std::string behind = ":" + std::to_string(port());
  EXPECT_EQ(status_of("127.0.0.1" + behind), 200);
  EXPECT_EQ(status_of("localhost" + behind), 200);
  EXPECT_EQ(status_of("evil.example" + behind), 421);
  EXPECT_EQ(status_of("0.0.0.0" + behind), 421);
  EXPECT_EQ(status_of("192.0.2.1" + behind), 421);
  options.host = "192.0.2.1";  // RFC 5737: nobody's
  EXPECT_TRUE(absl::IsUnavailable(HttpServer::start(options, {}).status()));
}

}  // namespace
}  // namespace tracebus::testing
