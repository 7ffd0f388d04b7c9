// SPDX-License-Identifier: Apache-2.0
//
// Traces that go on in a child process by its environment, and in an MCP server by the text of a
// request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <string>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/examples/child.h"
#include "tracebus/tests/examples/read_trace.h"
#include "tracebus/trace/captured_json.h"
#include "tracebus/trace/environment_carrier.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
namespace {

using testing::kLong;
using testing::ReadEvents;
using ::testing::SizeIs;

class ChildProcess : public ::testing::Test {
 protected:
  ChildProcess() {
    auto exporter = JsonlExporter::open(ours_);
    EXPECT_TRUE(exporter.ok() && bus_.add_exporter(*std::move(exporter)).ok());
  }
  void run_lookup(ChildEnvironment& environment) {
    EXPECT_EQ(testing::Child({TRACEBUS_LOOKUP, theirs_}, environment.envp()).wait(), 0);
  }

  testing::TemporaryFolder folder_;
  const std::string ours_ = folder_.file("ours.jsonl");
  const std::string theirs_ = folder_.file("theirs.jsonl");
  TraceEventBus bus_;
  const Tracer tracer_{bus_, {.service_name = "agents"}};
};

TEST_F(ChildProcess, Row59_TheToolThatWasStartedIsPartOfTheTree) {
  {
    const ContextScope scope =
        Context().with_baggage(*Baggage().with("tenant", "acme; inc.")).attach();
    auto agent = tracer_.agent("planner");
    ChildEnvironment environment;
    inject(tracer_.current(), environment, {.handoff_reason = "look it up", .to_agent = "lookup"});
    run_lookup(environment);
  }
  ASSERT_TRUE(bus_.shutdown(kLong).ok());
  const ReadEvents events = testing::read_trace({ours_, theirs_});
  EXPECT_EQ(testing::tree_of(events),
            "AGENT \"planner\" service.name=\"agents\"\n"
            "  TOOL \"lookup\" service.name=\"lookup\" tenant=\"acme; inc.\"\n");
  const ReadEvents edges = testing::of_type(events, "handoff");
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0]["agent.handoff.from"], "\"planner\"") << "the context's agent";
  EXPECT_EQ(edges[0]["agent.handoff.to"], "\"lookup\"");
  EXPECT_EQ(edges[0].trace, events[0].trace);
}

TEST_F(ChildProcess, Row59_GarbageInTheEnvironmentBeginsATrace) {
  ChildEnvironment environment;
  environment.set("TRACEPARENT", "00-garbage");
  environment.set("BAGGAGE", std::string(100'000, ','));
  run_lookup(environment);
  EXPECT_EQ(testing::tree_of(testing::read_trace({theirs_})),
            "TOOL \"lookup\" service.name=\"lookup\" tenant=\"\"\n");
}

// --- MCP ---

using Meta = std::map<std::string, std::string>;

// The text of a request, as it goes over the wire.
std::string request_text(const Meta& meta) {
  std::string text = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search",)"
                     R"("arguments":{"q":"EV"},"_meta":)";
  append_captured_json(text, meta);
  return text + "}}";
}

// The `_meta` of a request; what is no text in it is not for a carrier.
Meta meta_of(const std::string& request) {
  Meta meta;
  simdjson::dom::parser parser;
  const simdjson::padded_string text(request);
  simdjson::dom::object object;
  if (parser.parse(text).at_pointer("/params/_meta").get(object) != simdjson::SUCCESS) return meta;
  for (const auto& [key, value] : object) {
    std::string_view held;
    if (value.get(held) == simdjson::SUCCESS) meta.emplace(key, held);
  }
  return meta;
}

TEST(McpMeta, Row59_RequestsTextCarriesTraceBaggageAndHandOff) {
  TraceEventBus bus;
  const Tracer tracer(bus);
  auto call = tracer.tool("search");
  const std::string reason = "needs \"research\", \xE2\x82\xAC 5\\6\n";
  const Context sent = tracer.current().with_baggage(*Baggage().with("tenant", "a\"b\\c"));
  Meta meta = {{"progressToken", "7"}};
  inject(sent, meta, {.agent_name = "planner", .handoff_reason = reason, .protocol = "mcp"});
  const std::string text = request_text(meta);
  EXPECT_THAT(text, ::testing::HasSubstr(R"("traceparent":"00-)"));
  const Extracted received = extract(meta_of(text));
  EXPECT_EQ(received.context.trace_id(), call.ids().trace_id);
  EXPECT_EQ(received.context.span_id(), call.ids().span_id);
  EXPECT_TRUE(received.context.is_sampled() && received.context.is_remote());
  EXPECT_EQ(received.context.baggage(), sent.baggage());
  EXPECT_EQ(received.hand_off.handoff_reason, reason);
  EXPECT_EQ(received.hand_off.protocol, "mcp");
}

TEST(McpMeta, Row59_MembersOfOtherTypesBeginATrace) {
  for (const char* const meta :
       {"null", "[]", "7", "{}", R"({"traceparent":7,"tracestate":null,"baggage":{"a":"b"}})",
        R"({"traceparent":["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]})"}) {
    const Extracted received =
        extract(meta_of(R"({"params":{"_meta":)" + std::string(meta) + "}}"));
    EXPECT_FALSE(received.context.has_span()) << meta;
    EXPECT_TRUE(received.context.baggage().empty()) << meta;
  }
}

}  // namespace
}  // namespace tracebus
