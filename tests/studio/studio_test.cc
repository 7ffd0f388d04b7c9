// SPDX-License-Identifier: Apache-2.0
//
// Studio as it is asked over HTTP: what it shows of a bus and of files, whom it answers, and what
// it does with what is hostile.
#include "tracebus/studio/studio.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/studio/page_files.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/studio/made_store.h"
#include "tracebus/tests/studio/studio_rig.h"

namespace tracebus::testing {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

class StudioTest : public StudioRig {};

TEST_F(StudioTest, Row75_AFileIsShownAndItsProgressSaid) {
  StudioOptions options = here();
  options.files = {kFixture};
  start(options);
  wait_for("/api/status", "events", 17);
  while (json("/api/status")["loading"].get_bool().value()) {
  }
  const auto status = json("/api/status");
  const auto file = status["files"].at(0);
  EXPECT_EQ(std::string_view(file["path"]), kFixture);
  EXPECT_EQ(file["bytes"].get_uint64().value(), std::filesystem::file_size(kFixture));
  EXPECT_EQ(file["bytes_total"].get_uint64().value(), std::filesystem::file_size(kFixture));
  EXPECT_EQ(file["spans"].get_int64().value(), 17);
  EXPECT_TRUE(file["done"].get_bool().value());
  EXPECT_TRUE(file["error"].is_null());
  EXPECT_TRUE(status["loaded"].get_bool().value());
  EXPECT_EQ(status["runs"].get_int64().value(), 2);
  EXPECT_EQ(status["last_id"].get_int64().value(), 16);
  EXPECT_TRUE(status["otlp_url"].is_null());
  EXPECT_EQ(number("/api/runs", "matched"), 2);
}

TEST_F(StudioTest, NothingIsInventedWhereNothingIs) {
  start();
  const auto status = json("/api/status");
  EXPECT_FALSE(status["loaded"].get_bool().value());
  EXPECT_TRUE(status["last_id"].is_null());
  EXPECT_EQ(number("/api/runs", "matched"), 0);
  EXPECT_EQ(number("/api/bad-lines", "matched"), 0);
}

// A pipe whose writer takes its time stands for a file that takes long.
TEST_F(StudioTest, Row75_ThePageIsThereWhileFilesLoad) {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  StudioOptions options = here();
  options.files = {pipe, kFixture};
  start(options);
  std::ofstream writer(pipe);
  EXPECT_EQ(get("/").status, 200);
  auto status = json("/api/status");
  EXPECT_TRUE(status["loading"].get_bool().value());
  EXPECT_FALSE(status["files"].at(0)["done"].get_bool().value());
  EXPECT_EQ(post_to("/api/upload", "{}").status, 503) << "files come one behind the other";
  writer << R"({"event_type":"llm_call","agent_name":"slow","timestamp":1})"
         << "\nno event\n";
  writer.close();
  wait_for("/api/status", "events", 18);
  while (json("/api/status")["loading"].get_bool().value()) {
  }
  EXPECT_EQ(number("/api/status", "bad_lines"), 1);
  const auto bad = json("/api/bad-lines");
  EXPECT_EQ(bad["matched"].get_int64().value(), 1);
  EXPECT_EQ(std::string_view(bad["lines"].at(0)["file"]), pipe);
  EXPECT_EQ(bad["lines"].at(0)["line"].get_int64().value(), 2);
  EXPECT_FALSE(std::string_view(bad["lines"].at(0)["reason"]).empty());
}

TEST_F(StudioTest, AFileThatCannotBeReadIsSaidAndTheOthersAreThere) {
  StudioOptions options = here();
  options.files = {"/nowhere/at-all.jsonl", kFixture};
  start(options);
  wait_for("/api/status", "events", 17);
  const auto status = json("/api/status");
  const std::string_view error = status["files"].at(0)["error"];
  EXPECT_NE(error.find("/nowhere/at-all.jsonl"), error.npos) << error;
}

TEST_F(StudioTest, Row73_AFileThatGrowsIsLive) {
  const TemporaryFolder folder;
  const std::string path = folder.file("grows.jsonl");
  const auto write = [&](const std::string& agent) {
    std::ofstream(path, std::ios::app)
        << R"({"event_type":"llm_call","timestamp":1.5,"agent_name":")" << agent << "\"}\n";
  };
  write("before");
  StudioOptions options = here();
  options.files = {path};
  options.follow = true;
  start(options);
  wait_for("/api/status", "events", 1);
  while (json("/api/status")["loading"].get_bool().value()) {
  }
  const auto stream = open_stream("/traces/live");
  write("after");
  const std::string said = stream->read_until("\n\n");
  EXPECT_NE(said.find("\"agent_name\":\"after\""), said.npos) << said;
  EXPECT_EQ(number("/api/status", "events"), 2);
}

TEST_F(StudioTest, Row74_EventsOfTheBusAreLive) {
  start();
  const auto stream = open_stream("/traces/live?agent=b");
  bus_.emit({.event_type = "llm_call", .agent_name = "a"});
  bus_.emit({.event_type = "llm_call", .agent_name = "b"});
  const std::string said = stream->read_until("\n\n");
  EXPECT_TRUE(said.starts_with("id: 1-") && said.find("\ndata: {\"timestamp\":") == 14u) << said;
  EXPECT_NE(said.find("\"agent_name\":\"b\""), said.npos);
  const auto again = open_stream("/traces/live", "Last-Event-ID: 0\r\n");
  EXPECT_TRUE(again->read_until("\n\n").starts_with("id: 1-"));
  const auto by_parameter = open_stream("/traces/stream?last_event_id=0");
  EXPECT_TRUE(by_parameter->read_until("\n\n").starts_with("id: 1-"));
  const auto oldest = open_stream("/traces/stream");
  EXPECT_TRUE(oldest->read_until("\n\n").starts_with("id: 0-"));
}

// The oracle: each event says its number, and each reader of a filter gets all of its own in order.
TEST_F(StudioTest, UsersAsk14_WhoDoesNotReadLosesItsOwnEventsOnly) {
  StudioOptions options = here();
  options.bytes_max = std::size_t{16} << 20;  // and a ring of a quarter of it
  start(options);
  constexpr int kEvents = 40'000, kReaders = 10, kAhead = 2'000;
  std::atomic<int> read{0};
  const auto stalled = open_stream("/traces/live");
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&, i, stream = open_stream("/traces/live?agent=" + std::to_string(i))] {
      for (int next = i; next < kEvents; next += kReaders) {
        const std::string frame = stream->read_until("\n\n");
        EXPECT_NE(frame.find("\"n\":" + std::to_string(next) + ","), frame.npos) << frame;
        ++read;
      }
    });
  }
  for (int i = 0; i < kEvents; ++i) {
    const std::string agent = std::to_string(i % kReaders), text(200, 'x');
    bus_.emit({.event_type = "llm_call",
               .agent_name = agent,
               .payload = {{"n", static_cast<std::int64_t>(i)}, {"text", text}}});
    // Who reads keeps up, however slow the machine is.
    while (read + kAhead < i) std::this_thread::yield();
  }
  for (std::thread& reader : readers) reader.join();
  const auto streams = json("/api/exporters")["streams"];
  EXPECT_EQ(streams["events"].get_int64().value(), kEvents);
  EXPECT_LE(streams["ring_bytes"].get_int64().value(),
            streams["ring_bytes_max"].get_int64().value());
  EXPECT_EQ(streams["missed"].get_int64().value(), 0) << "nobody who read";
  const std::string missed = stalled->read_until("event: missed\ndata: {\"count\":");
  EXPECT_NE(missed, "");
  EXPECT_NE(stalled->read_until(",\"why\":\"slow\"}\n\n"), "");
}

TEST_F(StudioTest, Row74_WhatIsNoStreamIsRefused) {
  start();
  EXPECT_EQ(get("/traces/other").status, 404);
  EXPECT_EQ(post_to("/traces/live", "").status, 405);
  EXPECT_NE(error_of(get("/traces/live?nonsense=1")).find("nonsense"), std::string::npos);
  const std::string error = error_of(get("/traces/live", "Last-Event-ID: 1x\r\n"));
  EXPECT_NE(error.find("last_event_id"), error.npos) << error;
  EXPECT_EQ(get("/traces/live?min_ms=fast").status, 400);
}

TEST_F(StudioTest, G_StreamsHaveABoundAndThenSayWhenToComeAgain) {
  StudioOptions options = here();
  options.streams_max = 3;
  start(options);
  std::vector<std::unique_ptr<RawClient>> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(open_stream("/traces/live"));
  const RawAnswer refused = get("/traces/live");
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.head.find("Retry-After: "), std::string::npos);
  EXPECT_NE(error_of(refused).find("places for streams"), std::string::npos);
  EXPECT_EQ(get("/api/status").status, 200);
  streams.pop_back();
  while (json("/api/exporters")["streams"]["clients"].get_int64().value() == 3) {
  }
  open_stream("/traces/live");
}

TEST_F(StudioTest, TheBusAndItsSubscriptionsAreShown) {
  start();
  for (int i = 0; i < 5; ++i) bus_.emit({.event_type = "llm_call", .agent_name = "a"});
  wait_for("/api/status", "events", 5);
  const auto said = json("/api/exporters");
  EXPECT_EQ(said["bus"]["emitted"].get_int64().value(), 5);
  const auto own = said["subscriptions"].at(0);
  EXPECT_EQ(std::string_view(own["name"]), "studio");
  EXPECT_EQ(own["matched"].get_int64().value(), 5);
  EXPECT_EQ(own["queue_bytes_max"].get_int64().value(), 64 << 20);
  EXPECT_EQ(said["streams"]["events"].get_int64().value(), 5);
  EXPECT_EQ(said["receiver"]["requests"].get_int64().value(), 0);
}

TEST_F(StudioTest, ContentIsShownOnlyWhereItWasAskedFor) {
  const auto emit = [this] {
    bus_.emit({.event_type = "llm_call",
               .agent_name = "a",
               .payload = {{"gen_ai.input.messages", "a secret"}}});
    wait_for("/api/status", "events", 1);
    return std::string(get("/api/events/0").body);
  };
  start();
  EXPECT_EQ(emit().find("a secret"), std::string::npos);
  studio_.reset();
  StudioOptions options = here();
  options.content = true;
  start(options);
  EXPECT_NE(emit().find("a secret"), std::string::npos);
}

TEST_F(StudioTest, Security6_HostilePathsAreNoFiles) {
  start();
  const simdjson::dom::element file =
      parser_.load(TRACEBUS_TEST_DATA "/hostile/http-paths.json").value();
  std::vector<std::string> paths;
  for (const auto path : file["paths"].get_array()) {
    paths.emplace_back(std::string_view(path.get_string().value()));
  }
  ASSERT_GT(paths.size(), 10u);
  for (const std::string& path : paths) {
    const RawAnswer answer = get(path);
    EXPECT_TRUE(answer.status == 400 || answer.status == 404) << path << ": " << answer.status;
    EXPECT_EQ(answer.body.find("root:"), std::string::npos) << path;
  }
}

TEST_F(StudioTest, Security6_WhatIsNoPlainWordIsNoViewOfThePage) {
  start();
  for (const char* const path :
       {"/runs/%2e%2e", "/runs/abc", "/a%5cb", "/runs//x", "/%zz", "/%c3%28", "/index.html/", "/.",
        "/assets/", "/Runs", "/run%73", "/assets/../index.html", "/index.html%00"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

TEST_F(StudioTest, Security6_PagesOfOthersAndOtherNamesAreNotAnswered) {
  start();
  EXPECT_EQ(get("/api/status", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(post_to("/api/upload", "{}", "Origin: null\r\n").status, 403);
  const std::string own = "Origin: http://localhost:" + std::to_string(port()) + "\r\n";
  EXPECT_EQ(get("/api/status", own).status, 200);
  const RawAnswer evil = RawClient::ask(port(), "GET /traces/live HTTP/1.1\r\nHost: evil.example:" +
                                                    std::to_string(port()) + "\r\n\r\n");
  EXPECT_EQ(evil.status, 421);
  EXPECT_FALSE(error_of(evil).empty());
}

TEST_F(StudioTest, ThePageAndItsFilesAreServedAsTheyAre) {
  start();
  ASSERT_FALSE(page_files().empty());
  for (const PageFile& file : page_files()) {
    const RawAnswer answer = get(file.path);
    EXPECT_EQ(answer.status, 200) << file.path;
    EXPECT_NE(answer.head.find("Content-Type: " + std::string(file.type)), std::string::npos);
    std::ifstream source(TRACEBUS_SOURCE_DIR "/studio/page/dist" + std::string(file.path));
    EXPECT_EQ(answer.body, std::string(std::istreambuf_iterator<char>(source), {})) << file.path;
    const std::string known = "If-None-Match: " + std::string(file.etag) + "\r\n";
    EXPECT_EQ(get(file.path, known).status, 304);
    EXPECT_TRUE(get(file.path, known).body.empty());
    EXPECT_EQ(get(file.path, "If-None-Match: \"other\"\r\n").status, 200);
  }
  const std::string page = get("/").body;
  EXPECT_NE(page.find("<!"), std::string::npos);
  EXPECT_EQ(get("/runs").body, page) << "a link into the page restores its view";
  EXPECT_EQ(get("/run?id=a.b%2F..").body, page);
  EXPECT_EQ(get("/favicon.ico").status, 404);
  EXPECT_EQ(post_to("/", "x").status, 405);
}

TEST_F(StudioTest, GetChangesNothingAndMethodsAreSaid) {
  start();
  for (const char* const path : {"/api/upload", "/api/session"}) {
    const RawAnswer answer = get(path);
    EXPECT_EQ(answer.status, 405) << path;
    EXPECT_NE(answer.head.find("Allow: POST"), std::string::npos);
  }
  EXPECT_EQ(post_to("/api/status", "").status, 405);
  EXPECT_EQ(get("/api/status?x=1").status, 400);
  EXPECT_EQ(get("/api/nothing").status, 404);
}

TEST_F(StudioTest, Security6_BodiesOfTheApiAreSmall) {
  start();
  const auto status_with = [&](const std::string& path, std::size_t length) {
    return RawClient::ask(
               port(), request("POST", path, "Content-Length: " + std::to_string(length) + "\r\n"))
        .status;
  };
  EXPECT_EQ(status_with("/api/session", (1 << 20) + 1), 413);
  EXPECT_EQ(status_with("/api/upload", (256 << 20) + 1), 413);
  EXPECT_EQ(status_with("/v1/traces", (64 << 20) + 1), 413);
}

TEST_F(StudioTest, EachStudioEndsInTimeWithStreamsOpen) {
  start();
  const auto stream = open_stream("/traces/live");
  EXPECT_TRUE(studio_->shutdown(steady_clock::now() + seconds(60)).ok());
  EXPECT_TRUE(stream->is_ended());
  EXPECT_TRUE(studio_->shutdown(steady_clock::now()).ok()) << "again";
  bus_.emit({.event_type = "llm_call", .agent_name = "to nobody"});
  EXPECT_FALSE(bus_.wants("llm_call"));
}

TEST_F(StudioTest, WhatCannotStartSaysWhy) {
  start();
  StudioOptions options = here();
  options.port = studio_->port();
  const Studio second(bus_, options);
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_NE(second.status().message().find("another program has the port"), std::string::npos);
  EXPECT_EQ(second.url(), "");
  EXPECT_EQ(second.port(), 0);
  studio_.reset();
  EXPECT_FALSE(bus_.wants("llm_call")) << "and left nothing behind";
  options = here();
  options.follow = true;
  EXPECT_TRUE(absl::IsInvalidArgument(Studio::start(bus_, options).status()));
  options = here();
  options.bytes_max = 1000;
  EXPECT_TRUE(absl::IsInvalidArgument(Studio::start(bus_, options).status()));
  options = here();
  options.streams_max = 1000;
  EXPECT_TRUE(absl::IsInvalidArgument(Studio::start(bus_, options).status()));
  TraceEventBus ended;
  ASSERT_TRUE(ended.shutdown(seconds(10)).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Studio::start(ended, here()).status()));
}

TEST_F(StudioTest, AnOtlpPortThatIsInUseIsSaidAndTheRestIsThere) {
  StudioOptions options = here();
  options.otlp_port = 0;
  start(options);
  EXPECT_TRUE(studio_->otlp_status().ok());
  const std::string url = studio_->otlp_url();
  EXPECT_EQ(std::string_view(json("/api/status")["otlp_url"]), url);
  TraceEventBus bus;
  options.otlp_port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  const Studio second(bus, options);
  ASSERT_TRUE(second.status().ok()) << second.status();
  EXPECT_TRUE(absl::IsUnavailable(second.otlp_status()));
  EXPECT_EQ(second.otlp_url(), "");
  const RawAnswer status = RawClient::ask(
      second.port(),
      "GET /api/status HTTP/1.1\r\nHost: localhost:" + std::to_string(second.port()) + "\r\n\r\n");
  EXPECT_NE(status.body.find("another program has the port"), std::string::npos) << status.body;
}

TEST_F(StudioTest, OtlpIsTakenAtStudiosOwnPort) {
  start();
  const std::string span =
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",)"
      R"("spanId":"b7ad6b7169203331","name":"chat",)"
      R"("startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]})";
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/v1/traces", "application/json", span)).status,
            200);
  wait_for("/api/status", "events", 1);
  EXPECT_EQ(number("/api/runs", "matched"), 1);
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/v1/traces", "text/plain", span)).status, 415);
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/v1/traces", "application/json", "{")).status,
            400);
  EXPECT_EQ(json("/api/exporters")["receiver"]["received"].get_int64().value(), 1);
  EXPECT_EQ(json("/api/exporters")["receiver"]["bad_requests"].get_int64().value(), 2);
}

}  // namespace
}  // namespace tracebus::testing
