// SPDX-License-Identifier: Apache-2.0
//
// The server of the page: what it answers, whom it does not wait for, and how it ends.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/exporters/prometheus/prometheus_exporter.h"
#include "tracebus/exporters/prometheus/scrape_request.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/prometheus/scrape_client.h"
#include "tracebus/tests/prometheus/scraped_page.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

PrometheusOptions any_port() {
  PrometheusOptions options;
  options.port = 0;
  return options;
}

std::unique_ptr<PrometheusExporter> start(const PrometheusOptions& options = any_port()) {
  auto made = PrometheusExporter::create(options);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? *std::move(made) : nullptr;
}

Deadline in_a_minute() { return steady_clock::now() + seconds(60); }

// What the server says of its own connections, once it is so; or what it said last.
std::string connections(std::uint16_t port, const char* fate, const std::string& wanted) {
  const Deadline deadline = in_a_minute();
  while (true) {
    const ScrapedPage page(get(port, "/metrics").body);
    std::string value = page.value("tracebus_prometheus_http_connections_total", {{"fate", fate}});
    if (value == wanted || steady_clock::now() > deadline) return value;
    std::this_thread::sleep_for(milliseconds(20));
  }
}

TEST(PrometheusServer, GivesThePageOfWhatWasExported) {
  const auto exporter = start();
  EventMaker events;
  for (int i = 0; i < 5; ++i) events.add({.event_type = "agent_start"});
  EXPECT_EQ(exporter->export_batch(events.batch(), in_a_second()).lost(), 0u);
  const HttpReply reply = get(exporter->port(), "/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.whole);
  EXPECT_EQ(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(ScrapedPage(reply.body).value("tracebus_events_total", {{"event_type", "agent_start"}}),
            "5");
  EXPECT_EQ(complaints_of_promtool(reply.body), "");
  EXPECT_EQ(exporter->url(), "http://127.0.0.1:" + std::to_string(exporter->port()) + "/metrics");
  EXPECT_EQ(exporter->name(), "prometheus:127.0.0.1:" + std::to_string(exporter->port()));
}

TEST(PrometheusServer, GivesOpenMetricsToWhoAsksForIt) {
  const auto exporter = start();
  const HttpReply reply =
      get(exporter->port(), "/metrics",
          "Accept: application/openmetrics-text;version=1.0.0\r\nAccept: text/plain;q=0.5\r\n");
  EXPECT_EQ(reply.header("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(reply.body.ends_with("# EOF\n"));
}

TEST(PrometheusServer, AnswersNothingElse) {
  const auto exporter = start();
  const std::uint16_t port = exporter->port();
  const HttpReply root = get(port, "/");
  EXPECT_EQ(root.status, 200);
  EXPECT_NE(root.body.find("/metrics"), std::string::npos);
  EXPECT_EQ(get(port, "/metrics?name[]=up").status, 200);
  for (const char* const target : {"/metrics/", "/metric", "/../metrics", "/%6detrics",
                                   "/favicon.ico", "*", "http://evil.example/metrics"}) {
    EXPECT_EQ(get(port, target).status, 404) << target;
  }
  for (const char* const method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    const HttpReply reply = get(port, "/metrics", {}, method);
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.header("allow"), "GET, HEAD");
  }
  EXPECT_EQ(get(port, "/metrics", "Content-Length: 99999999999\r\n", "POST").status, 405);
  const HttpReply head = get(port, "/metrics", {}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.whole) << "HEAD has no body";
  EXPECT_EQ(get(port, "/nothing", {}, "HEAD").status, 404);
}

TEST(PrometheusServer, AnswersHttp10WithoutChunks) {
  const auto exporter = start();
  ScrapeClient client(exporter->port());
  ASSERT_TRUE(client.send("GET /metrics HTTP/1.0\r\n\r\n"));
  const HttpReply reply = parse_reply(client.read_to_end());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("transfer-encoding"), "");
  EXPECT_EQ(complaints_of_promtool(reply.body), "");
}

TEST(PrometheusServer, RefusesWhatIsNoRequest) {
  const auto exporter = start();
  const auto status_of = [&exporter](const std::string& bytes) {
    ScrapeClient client(exporter->port());
    client.send(bytes);
    return parse_reply(client.read_to_end()).status;
  };
  const std::string host = "Host: localhost:" + std::to_string(exporter->port()) + "\r\n";
  EXPECT_EQ(status_of("\x16\x03\x01 hello, this is TLS\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /metrics HTTP/9.9\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\nno colon\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\n" + host + host + "\r\n"), 400) << "two Hosts";
  EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\n" + host +
                      "Content-Length: 1\r\nContent-Length: 2"
                      "\r\n\r\n"),
            400);
  EXPECT_EQ(
      status_of("GET /metrics HTTP/1.1\r\n" + host + "X: " + std::string(20'000, 'x') + "\r\n\r\n"),
      431);
  EXPECT_EQ(get(exporter->port(), "/metrics").status, 200) << "and goes on";
}

// A page of somebody else, in a browser on this machine, under a name that is given our address.
TEST(PrometheusServer, PagesOfOthersDoNotReadIt) {
  const ScrapeSite site = {.authority = "127.0.0.1:7070", .port = 7070, .is_loopback = true};
  const auto answer = [&site](std::string_view host, std::string_view origin = {}) {
    return answer_to(
        {.method = "GET", .target = "/metrics", .hosts = 1, .host = host, .origin = origin}, site);
  };
  std::ifstream file(std::string(TRACEBUS_TEST_DATA) + "/hostile/http-hosts.json");
  const std::string json((std::istreambuf_iterator<char>(file)), {});
  const auto names_in = [&json](const std::string& list) {
    std::vector<std::string> names;
    std::size_t at = json.find("\"" + list + "\": [");
    const std::size_t end = json.find(']', json.find("\n ]", at));
    while ((at = json.find("\n  \"", at)) < end) {
      const std::size_t begin = at + 4;
      at = json.find('"', begin);
      names.push_back(json.substr(begin, at - begin));
    }
    return names;
  };
  const auto good = names_in("accept");
  const auto bad = names_in("reject");
  ASSERT_EQ(good.size(), 5u);
  ASSERT_EQ(bad.size(), 16u);
  for (const std::string& host : good) EXPECT_EQ(answer(host).status, 200) << host;
  for (const std::string& host : bad) EXPECT_EQ(answer(host).status, 421) << host;
  EXPECT_EQ(answer("localhost:7070", "http://evil.example").status, 403);
  EXPECT_EQ(answer("localhost:7070", "null").status, 403);
  EXPECT_EQ(answer("localhost:7070", "http://localhost:7070").status, 200);
  // Who listens to others is called as they call it.
  const ScrapeSite open = {.authority = "0.0.0.0:7070", .port = 7070, .is_loopback = false};
  EXPECT_EQ(
      answer_to({.method = "GET", .target = "/metrics", .hosts = 1, .host = "agents:80"}, open)
          .status,
      200);
}

TEST(PrometheusServer, AHostOfAnotherNameIsRefused) {
  const auto exporter = start();
  ScrapeClient client(exporter->port());
  client.send("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(parse_reply(client.read_to_end()).status, 421);
}

// Slow-loris: more connections than there are places, none of which says anything.
TEST(PrometheusServer, SilentConnectionsShutNobodyOut) {
  PrometheusOptions options = any_port();
  options.connections_max = 4;
  options.request_timeout = std::chrono::minutes(10);  // so that it is not time that helps
  const auto exporter = start(options);
  std::vector<std::unique_ptr<ScrapeClient>> silent;
  for (int i = 0; i < 20; ++i) {
    silent.push_back(std::make_unique<ScrapeClient>(exporter->port()));
    ASSERT_TRUE(silent.back()->is_connected());
    silent.back()->send("GET /metr");
  }
  EXPECT_EQ(get(exporter->port(), "/metrics").status, 200);
  EXPECT_TRUE(silent.front()->ends()) << "the oldest gave way";
  EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus());
}

TEST(PrometheusServer, ARequestHasItsTimeHoweverSlowlyItComes) {
  PrometheusOptions options = any_port();
  options.request_timeout = milliseconds(300);
  const auto exporter = start(options);
  ScrapeClient slow(exporter->port());
  std::atomic<bool> over{false};
  std::thread sender([&] {
    slow.send("GET /metrics HTTP/1.1\r\nX: ");
    while (!over.load() && slow.send("x")) std::this_thread::sleep_for(milliseconds(20));
  });
  EXPECT_TRUE(slow.ends());
  over.store(true);
  sender.join();
  EXPECT_EQ(connections(exporter->port(), "late", "1"), "1");
}

std::unique_ptr<PrometheusExporter> start_with_long_page(const PrometheusOptions& options) {
  auto exporter = start(options);
  for (int i = 0; i < 2000; ++i) {
    EventMaker events;
    events.add({.event_type = "agent_end",
                .agent_name = "agent-" + std::string(200, 'x') + std::to_string(i),
                .payload = {{"duration_ms", 1.0}}});
    exporter->export_batch(events.batch(), in_a_second());
  }
  return exporter;
}

// The page is larger than what the system takes for a peer that does not read.
TEST(PrometheusServer, WhoDoesNotReadHoldsNobodyUp) {
  PrometheusOptions options = any_port();
  options.answer_timeout = seconds(3);
  const auto exporter = start_with_long_page(options);
  ScrapeClient stuck(exporter->port(), 4096);
  ASSERT_TRUE(stuck.send("GET /metrics HTTP/1.0\r\n\r\n"));
  HttpReply reply;
  for (const Deadline end = in_a_minute(); !reply.whole && steady_clock::now() < end;) {
    reply = get(exporter->port(), "/metrics");
  }
  EXPECT_TRUE(reply.whole);
  EXPECT_GT(reply.body.size(), std::size_t{8} << 20);
  EXPECT_EQ(ScrapedPage(reply.body).sum("tracebus_agent_runs_total"), 2000u);
  EXPECT_NE(connections(exporter->port(), "late", "1"), "0");
}

TEST(PrometheusServer, ManyAtOnceAllGetWholePages) {
  const auto exporter = start();
  std::atomic<int> whole{0};
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 8; ++i) {
    scrapers.emplace_back([&] {
      for (int n = 0; n < 25; ++n) {
        const HttpReply reply = get(exporter->port(), "/metrics");
        if (reply.status == 200 && reply.whole) ++whole;
      }
    });
  }
  EventMaker events;
  events.add({.event_type = "agent_start"});
  for (int n = 0; n < 1000; ++n) exporter->export_batch(events.batch(), in_a_second());
  for (std::thread& scraper : scrapers) scraper.join();
  EXPECT_EQ(whole.load(), 200);
  const ScrapedPage page(get(exporter->port(), "/metrics").body);
  EXPECT_EQ(page.sum("tracebus_events_total"), 1000u);
  EXPECT_EQ(page.value("tracebus_prometheus_http_responses_total", {{"code", "200"}}), "201");
}

TEST(PrometheusServer, APortInUseIsAClearErrorAtOnce) {
  const auto first = start();
  PrometheusOptions options = any_port();
  options.port = first->port();
  const auto second = PrometheusExporter::create(options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  const std::string message(second.status().message());
  EXPECT_NE(message.find("127.0.0.1:" + std::to_string(first->port())), std::string::npos);
  EXPECT_NE(message.find("another port"), std::string::npos) << message;
}

TEST(PrometheusServer, ShutdownFreesThePortAtOnce) {
  PrometheusOptions same = any_port();
  // An address of this machine that no other process asks for, so that nobody takes the port.
  const int process = ::getpid();
  same.host = "127." + std::to_string(1 + process / 64516 % 254) + "." +
              std::to_string(1 + process / 254 % 254) + "." + std::to_string(1 + process % 254);
  for (int round = 0; round < 20; ++round) {
    auto exporter = start(same);
    ASSERT_NE(exporter, nullptr);
    same.port = exporter->port();
    EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus());
    EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus()) << "again";
    // What comes late is counted, and shown to nobody.
    EventMaker events;
    events.add({.event_type = "agent_start"});
    EXPECT_EQ(exporter->export_batch(events.batch(), in_a_second()).lost(), 0u);
  }
}

TEST(PrometheusServer, NobodyAnswersAfterShutdown) {
  const auto exporter = start();
  EXPECT_EQ(get(exporter->port(), "/metrics").status, 200);
  EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus());
  EXPECT_EQ(get(exporter->port(), "/metrics").status, 0);
}

TEST(PrometheusServer, ShutdownWaitsForNobodyWhoIsSilentOrStuck) {
  PrometheusOptions options = any_port();
  options.request_timeout = options.answer_timeout = std::chrono::minutes(10);
  const auto exporter = start_with_long_page(options);
  ScrapeClient silent(exporter->port());
  ScrapeClient stuck(exporter->port(), 4096);
  ASSERT_TRUE(stuck.send("GET /metrics HTTP/1.0\r\n\r\n"));
  EXPECT_FALSE(stuck.read(1).empty());
  EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus());
  EXPECT_TRUE(silent.ends());
  EXPECT_TRUE(stuck.ends());
}

// Within the second that answers have at the end: a machine that stands still for it tries again.
TEST(PrometheusServer, ShutdownLetsAnAnswerOnItsWayComeWhole) {
  bool whole = false;
  for (int round = 0; round < 20 && !whole; ++round) {
    const auto exporter = start_with_long_page(any_port());
    ScrapeClient client(exporter->port(), 65536);
    ASSERT_TRUE(client.send("GET /metrics HTTP/1.1\r\nHost: localhost:" +
                            std::to_string(exporter->port()) + "\r\n\r\n"));
    std::string text = client.read(1);
    std::thread ending(
        [&exporter] { EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus()); });
    // Long enough for a server that does not wait to be gone.
    std::this_thread::sleep_for(milliseconds(50));
    text += client.read_to_end();
    ending.join();
    whole = parse_reply(text).whole;
  }
  EXPECT_TRUE(whole);
}

// Bytes that nobody reads would reset the connection, and take the answer along.
TEST(PrometheusServer, ABodyThatIsNotReadDoesNotCostTheAnswer) {
  const auto exporter = start();
  ScrapeClient client(exporter->port());
  ASSERT_TRUE(
      client.send("POST /metrics HTTP/1.1\r\nHost: localhost:" + std::to_string(exporter->port()) +
                  "\r\nContent-Length: 32768\r\n\r\n" + std::string(32768, 'x')));
  EXPECT_EQ(parse_reply(client.read_to_end()).status, 405);
  EXPECT_TRUE(client.ended_well());
}

// A tool that an agent starts is not to hold our port when we are gone.
TEST(PrometheusServer, ProgramsStartedMeanwhileDoNotInheritThePort) {
  const auto exporter = start();
  ScrapeClient client(exporter->port());
  ASSERT_EQ(get(exporter->port(), "/").status, 200);
  // Sockets of ours in the shell: none but what this test itself was given.
  const auto sockets = [] {
    std::FILE* const pipe = ::popen("ls -l /proc/self/fd | grep -c socket:", "r");
    char text[16] = "";
    EXPECT_NE(std::fgets(text, sizeof text, pipe), nullptr);
    ::pclose(pipe);
    return std::atoi(text);
  };
  const int with_server = sockets();
  EXPECT_EQ(exporter->shutdown(in_a_minute()), absl::OkStatus());
  EXPECT_EQ(with_server, sockets());
}

}  // namespace
}  // namespace tracebus::testing
