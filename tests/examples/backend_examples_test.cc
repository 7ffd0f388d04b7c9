// SPDX-License-Identifier: Apache-2.0
//
// The seeds' set-ups of exporters and backends, run as they stand in tools/examples/seeds, and
// judged by what a receiver of this machine got of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <mutex>
#include <string>
#include <vector>

#include "tracebus/tests/examples/child.h"
#include "tracebus/tests/examples/read_trace.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_http/trace_receiver.h"
#include "tracebus/tests/otlp_peer/peer.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Variables = std::vector<TemporaryVariables::Variable>;

class BackendExample : public ::testing::Test {
 protected:
  // What it printed on standard output.
  static std::string run(std::vector<std::string> command, const Variables& variables = {},
                         int status = 0) {
    const TemporaryVariables set(variables);
    command[0] = TRACEBUS_EXAMPLES_FOLDER "/" + command[0];
    Child child(command);
    EXPECT_EQ(child.wait(), status) << command[0];
    return child.printed();
  }
  static std::string config(const std::string& name) {
    return TRACEBUS_SOURCE_DIR "/tools/examples/seeds/configs/" + name + ".json";
  }
  std::string file() const { return folder_.file("events.jsonl"); }

 private:
  TemporaryFolder folder_;
};

// A pattern with an agent with a call, in one trace, and the call with its tokens.
void expect_pipeline(const TraceReceiver& receiver) {
  const std::vector<tests::otlp::Span> spans = receiver.spans();
  ASSERT_THAT(spans, SizeIs(3));  // as they ended
  EXPECT_EQ(spans[0].parent_span_id(), spans[1].span_id());
  EXPECT_EQ(spans[1].parent_span_id(), spans[2].span_id());
  EXPECT_EQ(spans[2].parent_span_id(), "");
  for (const auto& span : spans) EXPECT_EQ(span.trace_id(), spans[0].trace_id());
  EXPECT_THAT(spans[0].name(), HasSubstr("claude-sonnet-4-20250514"));
  EXPECT_THAT(spans[1].name(), HasSubstr("analyst"));
}

#ifdef TRACEBUS_WITH_OTLP_GRPC
// As of expect_pipeline, of a receiver over gRPC.
void expect_pipeline(const Peer& peer, const std::string& service) {
  const std::vector<std::string> spans = peer.wait_for("span", 3);
  ASSERT_THAT(spans, SizeIs(3));
  EXPECT_THAT(spans[0], HasSubstr("claude-sonnet-4-20250514"));
  EXPECT_THAT(spans[1], HasSubstr("analyst"));
  EXPECT_THAT(peer.told("fault"), SizeIs(0));
  EXPECT_THAT(spans[2], HasSubstr("[\"service.name\",\"" + service + "\"]"));
}
#endif

// --- Document 000 ---

TEST_F(BackendExample, Row15_Row22_PyagentJaegerGetsTheSpansOverOtlp) {
  const TraceReceiver jaeger;
  const std::string printed = run({"pyagent_backends", "jaeger", jaeger.url(), file()});
  EXPECT_THAT(jaeger.heads(), Each(StartsWith("POST /v1/traces ")));
  expect_pipeline(jaeger);
  EXPECT_THAT(read_trace({file()}), SizeIs(::testing::Ge(3u))) << "beside it, as JSONL";
  EXPECT_THAT(printed, HasSubstr("agent=analyst")) << "and on the console";
}

TEST_F(BackendExample, Row15_Row22_PyagentLangfuseGetsAgentsAndGenerations) {
  const TraceReceiver langfuse;
  run({"pyagent_backends", "langfuse", langfuse.url()},
      {{"LANGFUSE_PUBLIC_KEY", "pk-lf-test"}, {"LANGFUSE_SECRET_KEY", "sk-lf-test"}});
  EXPECT_THAT(langfuse.heads(),
              Each(AllOf(StartsWith("POST /api/public/otel/v1/traces "),
                         HasSubstr("Authorization: Basic cGstbGYtdGVzdDpzay1sZi10ZXN0"))));
  expect_pipeline(langfuse);
  const SpanTexts call = texts_of(langfuse.spans()[0].attributes());
  EXPECT_THAT(call, Contains(Pair("langfuse.observation.type", "generation")));
  EXPECT_THAT(call,
              Contains(Pair("langfuse.observation.usage_details",
                            AllOf(HasSubstr("\"input\":1200"), HasSubstr("\"output\":480")))));
  EXPECT_THAT(texts_of(langfuse.spans()[1].attributes()),
              Contains(Pair("langfuse.observation.type", "agent")));
}

TEST_F(BackendExample, Row15_PyagentWithoutKeysOrABackendSendsNothing) {
  const TraceReceiver langfuse;
  run({"pyagent_backends", "langfuse", langfuse.url()}, {{"LANGFUSE_PUBLIC_KEY", "pk-lf-test"}}, 2);
  run({"pyagent_backends", "zipkin", langfuse.url()}, {}, 2);
  EXPECT_THAT(langfuse.heads(), SizeIs(0));
}

TEST_F(BackendExample, Row22_PyagentSaysWhatAReceiverRefuses) {
  const TraceReceiver jaeger("403 Forbidden");
  run({"pyagent_backends", "jaeger", jaeger.url()}, {}, 1);
  EXPECT_THAT(jaeger.heads(), SizeIs(::testing::Ge(1u)));
}

#ifdef TRACEBUS_WITH_DATADOG
TEST_F(BackendExample, Row22_PyagentDatadogsAgentGetsTheTrace) {
  std::mutex mutex;
  std::vector<std::string> requests;
  ScriptedServer agent([&](Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    {
      const std::lock_guard lock(mutex);
      requests.push_back(head.text + body);
    }
    connection.answer("200 OK", "Content-Type: application/json\r\n", "{\"rate_by_service\":{}}");
  });
  run({"pyagent_backends", "datadog", agent.url()}, {{"DD_SERVICE", "investment-analysis"}});
  const std::lock_guard lock(mutex);
  std::string all;
  for (const std::string& request : requests) {
    EXPECT_THAT(request,
                AllOf(HasSubstr(" /v0.4/traces "), HasSubstr("X-Datadog-Trace-Count: 1\r\n"),
                      HasSubstr("application/msgpack"), HasSubstr("investment-analysis")));
    all += request;
  }
  EXPECT_THAT(all, AllOf(HasSubstr("analyst"), HasSubstr("claude-sonnet-4-20250514")));
}
#endif

#ifdef TRACEBUS_WITH_OTLP_GRPC
TEST_F(BackendExample, Row22_PyagentTempoGetsTheSpansOverGrpc) {
  const Peer tempo("grpc_receiver.js");
  run({"pyagent_backends", "tempo", "http://127.0.0.1:" + std::to_string(tempo.port())});
  expect_pipeline(tempo, "investment-analysis");
}
#endif

// --- Document 001 ---

TEST_F(BackendExample, Row47_StudioBlueprintRecordsCalls) {
  run({"agents_by_config", config("blueprint")}, {{"RECORD_TO", file()}});
  const std::vector<std::string> lines = lines_of(read_file(file()));
  EXPECT_THAT(lines, Contains(HasSubstr("\"event_type\": \"llm_call_start\"")));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("\"event_type\": \"llm_call_end\""),
                                    HasSubstr("\"provider\": \"anthropic\""),
                                    HasSubstr("\"input_tokens\": 1200"),
                                    HasSubstr("\"pattern\": \"pipeline\""))));
}

// --- Document 002 ---

TEST_F(BackendExample, Row34_PlyraInitPrintsWithoutACollector) {
  EXPECT_THAT(run({"plyra_backends", "console"}),
              AllOf(HasSubstr("researcher"), HasSubstr("web-search")));
}

TEST_F(BackendExample, Row22_Row34_PlyraInitSendsToAnEndpoint) {
  const TraceReceiver receiver;
  run({"plyra_backends", "otlp", receiver.url()});
  EXPECT_THAT(receiver.heads(), Each(StartsWith("POST /v1/traces ")));
  ASSERT_THAT(receiver.spans(), SizeIs(2));
  EXPECT_EQ(receiver.spans()[0].parent_span_id(), receiver.spans()[1].span_id());
  EXPECT_EQ(receiver.resource()["service.name"], "my-agent");
  EXPECT_EQ(texts_of(receiver.spans()[1].attributes())["gen_ai.conversation.id"], "session-abc");
}

TEST_F(BackendExample, Row22_PlyraGrafanaCloudGetsItsHeader) {
  const TraceReceiver receiver;
  run({"plyra_backends", "grafana", receiver.url() + "/otlp"}, {{"GRAFANA_API_KEY", "a2V5"}});
  EXPECT_THAT(receiver.heads(), Each(AllOf(StartsWith("POST /otlp/v1/traces "),
                                           HasSubstr("Authorization: Basic a2V5\r\n"))));
  EXPECT_THAT(receiver.spans(), SizeIs(2));
}

#ifdef TRACEBUS_WITH_OTLP_GRPC
TEST_F(BackendExample, Row22_PlyraInitSpeaksGrpc) {
  const Peer peer("grpc_receiver.js");
  run({"plyra_backends", "grpc", "http://127.0.0.1:" + std::to_string(peer.port())});
  const std::vector<std::string> spans = peer.wait_for("span", 2);
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_THAT(spans[1], HasSubstr("researcher"));
}
#endif

TEST_F(BackendExample, Row22_EveryBackendOfPlyrasTableGetsItAtItsPathWithItsKey) {
  struct Case {
    std::string name;
    std::string path;  // of the address that the document has
    Variables keys;
    std::string head;
    std::string header;
  };
  const Case cases[] = {
      {"jaeger", "", {}, "POST /v1/traces ", "application/x-protobuf"},
      {"tempo", "", {}, "POST /v1/traces ", "application/x-protobuf"},
      {"phoenix", "/v1/traces", {{"PHOENIX_API_KEY", "px"}}, "POST /v1/traces ", "Bearer px"},
      {"langfuse",
       "/api/public",
       {{"LANGFUSE_PUBLIC_KEY", "p"}, {"LANGFUSE_SECRET_KEY", "s"}},
       "POST /api/public/otel/v1/traces ",
       "Basic cDpz"},
      {"datadog-otlp", "", {{"DD_API_KEY", "dd"}}, "POST /v1/traces ", "dd"},
      {"signoz", "", {{"SIGNOZ_INGESTION_KEY", "sz"}}, "POST /v1/traces ", "sz"},
      {"grafana-cloud",
       "/otlp",
       {{"GRAFANA_CLOUD_INSTANCE_ID", "7"}, {"GRAFANA_CLOUD_API_KEY", "k"}},
       "POST /otlp/v1/traces ",
       "Basic Nzpr"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const TraceReceiver receiver;
    run({"plyra_backends", each.name, receiver.url() + each.path}, each.keys);
    EXPECT_THAT(receiver.heads(), Each(AllOf(StartsWith(each.head), HasSubstr(each.header))));
    expect_pipeline(receiver);
  }
}

// --- Document 004 ---

#ifdef TRACEBUS_WITH_OTLP_GRPC
TEST_F(BackendExample, Row63_ExoTraceConfigSendsToACollector) {
  const Peer collector("grpc_receiver.js");
  run({"agents_by_config", config("exo_otlp")},
      {{"EXO_ENDPOINT", "http://127.0.0.1:" + std::to_string(collector.port())}});
  expect_pipeline(collector, "my-agent-app");
}
#endif

TEST_F(BackendExample, Row63_ExoTraceConfigKeepsInMemoryOrPrints) {
  EXPECT_THAT(run({"agents_by_config", config("exo_memory")}), HasSubstr("in memory: "));
  EXPECT_THAT(run({"agents_by_config", config("exo_console")}), HasSubstr("analyst"));
}

}  // namespace
}  // namespace tracebus::testing
