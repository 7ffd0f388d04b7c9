// SPDX-License-Identifier: Apache-2.0
//
// What only a running Studio answers (its state, uploads, streams, OTLP, refusals) against the
// OpenAPI document that it answers itself.
#include <sys/stat.h>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/studio/made_store.h"
#include "tracebus/tests/studio/schema_check.h"
#include "tracebus/tests/studio/sse_frames.h"
#include "tracebus/tests/studio/studio_rig.h"

namespace tracebus::testing {
namespace {

constexpr char kOtlpSpans[] =
    R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",)"
    R"("spanId":"b7ad6b7169203331","name":"chat","startTimeUnixNano":"1","endTimeUnixNano":"2"},)"
    R"({"name":"without ids"}]}]}]})";

class StudioSchemaTest : public StudioRig {
 protected:
  void ask(SchemaCheck& check, std::string_view path, int status, std::string_view target = {}) {
    const RawAnswer answer = get(target.empty() ? path : target);
    EXPECT_EQ(answer.status, status) << path << ": " << answer.body;
    check.add("get", path, answer.status, answer.body);
  }
  void send(SchemaCheck& check, std::string_view path, int status, std::string_view body,
            std::string_view type = "application/octet-stream") {
    const RawAnswer answer = RawClient::ask(port(), post(port(), path, type, body));
    EXPECT_EQ(answer.status, status) << path << ": " << answer.body;
    check.add("post", path, answer.status, answer.body);
  }
  void ask_for_the_state(SchemaCheck& check) {
    for (const char* const path : {"/api/status", "/api/bad-lines", "/api/exporters"}) {
      ask(check, path, 200);
      ask(check, path, 400, std::string(path) + "?nonsense=1");
    }
  }
};

TEST_F(StudioSchemaTest, WhatNothingWasReadOfIsAsTheDocumentSays) {
  start();
  SchemaCheck check(get("/api/schema").body);
  ask_for_the_state(check);
  EXPECT_EQ(check.complaints(), "");
}

TEST_F(StudioSchemaTest, TheStateUploadsAndOtlpAreAsTheDocumentSays) {
  const TemporaryFolder folder;
  const std::string path = folder.file("some.jsonl");
  std::ofstream(path) << R"({"event_type":"llm_call","agent_name":"a"})"
                      << "\nno event\n";
  StudioOptions options = here();
  options.files = {path, folder.file("none.jsonl")};
  options.otlp_port = 0;
  start(options);
  while (json("/api/status")["loading"].get_bool().value()) std::this_thread::yield();
  bus_.emit({.event_type = "llm_call", .agent_name = "live"});
  wait_for("/api/status", "events", 2);

  SchemaCheck check(get("/api/schema").body);
  ask_for_the_state(check);
  EXPECT_EQ(number("/api/bad-lines", "matched"), 1);
  send(check, "/api/session", 200, "");
  send(check, "/api/upload", 200,
       R"({"event_type":"llm_call"})"
       "\nno event\n");
  send(check, "/api/upload", 400, "nothing that is read");
  send(check, "/api/upload", 400, "");
  send(check, "/v1/traces", 200, kOtlpSpans, "application/json");
  send(check, "/v1/traces", 200, "{}", "application/json");
  send(check, "/v1/traces", 400, "{", "application/json");
  send(check, "/v1/logs", 200, "{}", "application/json");
  ask_for_the_state(check);
  EXPECT_EQ(check.complaints(), "");
}

TEST_F(StudioSchemaTest, WhileFilesLoadIsAsTheDocumentSays) {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  StudioOptions options = here();
  options.files = {pipe};
  start(options);
  const std::ofstream writer(pipe);
  SchemaCheck check(get("/api/schema").body);
  ask_for_the_state(check);
  send(check, "/api/upload", 503, "{}");
  EXPECT_EQ(check.complaints(), "");
}

TEST_F(StudioSchemaTest, RefusalsAreAsTheDocumentSays) {
  start();
  SchemaCheck check(get("/api/schema").body);
  const auto refuse = [&](int status, const std::string& request) {
    const RawAnswer answer = RawClient::ask(port(), request);
    EXPECT_EQ(answer.status, status) << answer.body;
    check.add("get", "/api/status", answer.status, answer.body);
  };
  refuse(405, request("DELETE", "/api/status"));
  refuse(403, request("GET", "/api/status", "Origin: http://evil.example\r\n"));
  refuse(421, "GET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  refuse(400, "GET /api/status HTTP/1.1\r\n\r\n");
  refuse(431, request("GET", "/api/status", "X: " + std::string(20'000, 'x') + "\r\n"));
  refuse(413, post(port(), "/api/status", "text/plain", std::string((1 << 20) + 1, 'x')));
  refuse(404, request("GET", "/api/nothing"));
  ask(check, "/traces/live", 400, "/traces/live?last_event_id=x");
  studio_.reset();

  StudioOptions options = here();
  options.host = "0.0.0.0";
  options.streams_max = 0;
  start(options);
  refuse(401, request("GET", "/api/status"));
  const std::string url = studio_->url();
  const std::string bearer =
      "Authorization: Bearer " + url.substr(url.find("#token=") + 7) + "\r\n";
  RawAnswer answer = get("/traces/stream", bearer);
  EXPECT_EQ(answer.status, 503);
  check.add("get", "/traces/stream", answer.status, answer.body);
  answer = RawClient::ask(port(), post(port(), "/api/session", "text/plain", "", bearer));
  EXPECT_NE(answer.head.find("Set-Cookie: "), std::string::npos);
  check.add("post", "/api/session", answer.status, answer.body);
  EXPECT_EQ(check.complaints(), "");
}

TEST_F(StudioSchemaTest, FramesOfStreamsAreAsTheDocumentSays) {
  StudioOptions options = here();
  options.bytes_max = 1 << 20;  // so that the ring lets go soon
  start(options);
  const int events = 3'000;
  EventIds ids;
  ids.trace_id.bytes.fill(1);
  ids.span_id.bytes.fill(2);
  for (int i = 0; i < events; ++i) {
    bus_.emit({.event_type = "tool_call",
               .agent_name = "agent",
               .payload = {{"tool", "search"}, {"n", static_cast<std::int64_t>(i)}},
               .ids = ids});
  }
  while (json("/api/exporters")["streams"]["events"].get_int64().value() < events) {
    std::this_thread::yield();
  }
  SchemaCheck check(get("/api/schema").body);
  const auto client = open_stream("/traces/stream", "Last-Event-ID: 0\r\n");
  std::string text = client->read_until("\n\n");
  text += client->read_until("\n\n");
  const std::vector<SseFrame> frames = take_frames(text);
  ASSERT_GE(frames.size(), 2u);
  EXPECT_EQ(frames[0].event, "missed");
  check.add_value("Missed", frames[0].data);
  EXPECT_EQ(frames[1].event, "");
  check.add_value("Line", frames[1].data);
  const auto back = open_stream("/traces/stream", "Last-Event-ID: 0-another\r\n");
  text = back->read_until("\n\n");
  check.add_value("Restarted", take_frames(text).at(0).data);
  EXPECT_EQ(check.complaints(), "");
}

}  // namespace
}  // namespace tracebus::testing
