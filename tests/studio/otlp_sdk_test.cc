// SPDX-License-Identifier: Apache-2.0
//
// OpenTelemetry's own SDK for JavaScript sends a trace, in the words of three conventions; the bus
// has the same tree, in ours. The oracle is what the sender printed of it.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/studio/otlp_receiver.h"
#include "tracebus/studio/studio.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/studio/raw_client.h"

namespace tracebus::testing {
namespace {

struct Sent {
  std::string trace;
  std::string span;
  std::string parent;
};

std::string member(const std::string& line, const std::string& key) {
  const std::string mark = "\"" + key + "\":\"";
  const std::size_t begin = line.find(mark) + mark.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

// By role: agent, llm, tool.
std::map<std::string, Sent> run_sender(const std::string& arguments) {
  std::map<std::string, Sent> sent;
  const std::string command =
      "node '" TRACEBUS_SENDER_SCRIPT "' '" TRACEBUS_SENDER_MODULES "' " + arguments;
  FILE* const output = ::popen(command.c_str(), "r");
  char line[1024];
  while (std::fgets(line, sizeof line, output) != nullptr) {
    const std::string text(line);
    sent[member(text, "role")] = {member(text, "trace"), member(text, "span"),
                                  member(text, "parent")};
  }
  EXPECT_EQ(::pclose(output), 0) << "the sender failed: " << arguments;
  return sent;
}

using Sending = std::tuple<const char*, const char*, const char*>;  // protocol, compression, shape

class OtlpSdkTest : public ::testing::TestWithParam<Sending> {};

TEST_P(OtlpSdkTest, TheSameTreeArrives) {
  TraceEventBus bus;
  auto owned = std::make_unique<MemoryExporter>();
  const MemoryExporter& memory = *owned;
  ASSERT_TRUE(bus.add_exporter(std::move(owned), {.content = true}).ok());
  OtlpReceiverOptions options;
  options.http.port = 0;
  auto receiver = OtlpReceiver::start(bus, options);
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  const auto [protocol, compression, shape] = GetParam();
  auto sent =
      run_sender((*receiver)->url() + "/v1/traces " + protocol + " " + compression + " " + shape);
  ASSERT_EQ(sent.size(), 3u);
  ASSERT_TRUE(bus.flush(kLong).ok());

  std::map<std::string, std::string> got;  // by span id
  for (const auto& event : memory.query()) {
    std::string line;
    append_json_event(line, event->view());
    got[event->view().span_id().hex()] = line;
  }
  ASSERT_EQ(got.size(), 3u);
  const auto expect = [&](const std::string& role, const std::vector<std::string>& parts) {
    const Sent& span = sent[role];
    const std::string& line = got[span.span];
    EXPECT_NE(line.find("\"trace_id\":\"" + span.trace + "\""), std::string::npos) << line;
    const bool is_child = line.find("\"parent_span_id\":\"" + span.parent + "\"") != line.npos;
    EXPECT_EQ(is_child, !span.parent.empty()) << line;
    for (const std::string& part : parts) {
      EXPECT_NE(line.find(part), std::string::npos) << role << ": " << part << "\n" << line;
    }
  };
  const std::string service = R"("service.name":"shop")";
  expect("agent", {R"("timestamp":1780000002.0,"event_type":"agent_end","agent_name":"analyst")",
                   R"("duration_ms":2000.0)", R"("session.id":"session-1")", service,
                   R"("otel.scope.name":"sender","otel.scope.version":"1.2.3")",
                   R"("resource":{"deployment.environment":"test"})"});
  expect(
      "llm",
      {R"("timestamp":1780000001.3505,"event_type":"llm_call_end")", R"("duration_ms":1250.5)",
       R"("provider":"openai")", R"("model":"gpt-4o")", R"("input_tokens":450,"output_tokens":380)",
       R"("span.events":[{"offset_ns":200000000,"name":"first token","attributes":{"n":1}}])"});
  expect("tool", {R"("event_type":"tool_error")", R"("span.status":"error")",
                  R"("span.status_message":"it failed")", R"("error_type":"TypeError")",
                  R"("tool_name":"search")", R"("exception.message":"no such page")"});
  if (std::string(shape) == "traceloop") {
    expect("llm", {R"("llm.input_messages.0.message.role":"user")",
                   R"("llm.input_messages.0.message.content":"hello")"});
    expect("tool", {R"("input.value":"{\"q\":1}")"});
  }
}

class StudioSdkTest : public OtlpSdkTest {};

// What the page draws: the run's tree as columns, told by whatever convention.
TEST_P(StudioSdkTest, TheSameTreeIsShown) {
  TraceEventBus bus;
  StudioOptions options;
  options.port = 0;
  options.otlp_port = 0;
  const Studio studio(bus, options);
  ASSERT_TRUE(studio.status().ok()) << studio.status();
  const auto [protocol, compression, shape] = GetParam();
  auto sent =
      run_sender(studio.otlp_url() + "/v1/traces " + protocol + " " + compression + " " + shape);
  ASSERT_EQ(sent.size(), 3u);
  ASSERT_TRUE(bus.flush(kLong).ok());
  const RawAnswer answer = RawClient::ask(
      studio.port(), "GET /api/runs/" + sent["agent"].trace +
                         "/spans HTTP/1.1\r\nHost: localhost:" + std::to_string(studio.port()) +
                         "\r\n\r\n");
  ASSERT_EQ(answer.status, 200) << answer.body;
  simdjson::dom::parser parser;
  const simdjson::padded_string text(answer.body);
  const simdjson::dom::element columns = parser.parse(text)["spans"];
  const auto at = [&](const char* column, std::size_t row) { return columns[column].at(row); };
  const std::size_t rows = columns["span_id"].get_array().value().size();
  ASSERT_EQ(rows, 3u) << answer.body;
  std::map<std::string, std::string> parents;  // by span id
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int64_t parent = at("parent", row).get_int64().value();
    std::string parent_id;
    if (parent >= 0) {
      parent_id = std::string_view(at("span_id", static_cast<std::size_t>(parent)));
    }
    parents[std::string(std::string_view(at("span_id", row)))] = parent_id;
  }
  for (const auto& [role, span] : sent) EXPECT_EQ(parents[span.span], span.parent) << role;
}

std::string name_of(const ::testing::TestParamInfo<Sending>& info) {
  return std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param) + "_" +
         std::get<2>(info.param);
}
INSTANTIATE_TEST_SUITE_P(Conventions, OtlpSdkTest,
                         ::testing::Values(Sending{"proto", "none", "genai"},
                                           Sending{"json", "gzip", "genai"},
                                           Sending{"proto", "gzip", "openinference"},
                                           Sending{"json", "none", "openinference"},
                                           Sending{"proto", "none", "traceloop"},
                                           Sending{"json", "none", "traceloop"}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Conventions, StudioSdkTest,
                         ::testing::Values(Sending{"proto", "gzip", "genai"},
                                           Sending{"json", "none", "traceloop"}),
                         name_of);

}  // namespace
}  // namespace tracebus::testing
