// SPDX-License-Identifier: Apache-2.0
//
// `tracebus example` as a user runs it: over HTTP, with what it prints, exports and exits with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <stdlib.h>

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/tools/examples/loopback_server.h"
#include "tracebus/tests/tools/program.h"
#include "tracebus/tools/examples/agents/examples.h"
#include "tracebus/tools/examples/agents/http_chat_client.h"
#include "tracebus/trace/model_call.h"
#include "tracebus/trace/replay_recording.h"
#include "tracebus/trace/trace_collector.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::http_answer;
using testing::LoopbackServer;
using ::testing::Not;
using testing::ProgramResult;
using testing::run_program;
using ::testing::SizeIs;
using testing::TemporaryFolder;

// What a run exported.
class Exported {
 public:
  explicit Exported(const std::string& path) {
    auto reader = open_jsonl(path);
    EXPECT_TRUE(reader.ok()) << reader.status();
    while (const TraceEvent* event = (*reader)->next()) {
      auto entry = entry_of(*event);
      EXPECT_TRUE(entry.ok());
      entries.push_back(*std::move(entry));
    }
    auto again = open_jsonl(path);
    const std::vector<Trace> traces = collect_traces(**again);
    EXPECT_THAT(traces, SizeIs(1)) << "one run is one trace";
    if (!traces.empty()) trace = traces[0];
  }

  // "name(child child(grandchild))" of the agents, and what lies between them.
  std::string shape() const {
    const TraceTree tree = trace.get_span_tree();
    std::string out;
    std::uint32_t depth = 0;
    for (const TraceNode& node : tree.nodes()) {
      for (; depth > node.depth; --depth) out += ')';
      if (!out.empty()) out += node.depth > depth ? "(" : " ";
      depth = node.depth;
      out += tree.span_of(node).name();
    }
    return out + std::string(depth, ')');
  }
  std::vector<const RecordedEntry*> of_type(std::string_view type) const {
    std::vector<const RecordedEntry*> found;
    for (const RecordedEntry& entry : entries) {
      if (entry.event_type == type) found.push_back(&entry);
    }
    return found;
  }

  std::vector<RecordedEntry> entries;
  Trace trace;
};

std::string text_of(const RecordedEntry& entry, std::string_view key) {
  const auto value = entry.metadata.find(key);
  return value && value->type() == ValueType::kString ? std::string(value->as_string()) : "";
}

// What the calls of a recording cost, call by call, by the examples' prices.
NanoDollars price_of_recording(std::string_view example) {
  const auto prices = *examples::example_prices();
  auto recording = load_recording(*read_jsonl(examples::recording_of(example)), "test");
  std::int64_t sum = 0;
  for (const RecordedEntry& entry : recording->entries) {
    if (entry.event_type != "llm_call") continue;
    const ModelPrice* const price = prices->find(entry.model());
    EXPECT_NE(price, nullptr) << entry.model();
    if (price != nullptr) sum += cost_of(entry.usage(), *price).total.value();
  }
  return NanoDollars(sum);
}

struct Ran {
  ProgramResult result;
  std::optional<Exported> exported;
};

Ran run_example(const std::string& name, std::vector<std::string> more = {}) {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.jsonl");
  std::vector<std::string> arguments = {"example", name, "--export", "jsonl:" + path};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Ran ran = {run_program(arguments), {}};
  ran.exported.emplace(path);
  return ran;
}

// The run went well, and each figure of it is that of the recording.
void expect_good_run(const std::string& name, const Ran& ran) {
  EXPECT_EQ(ran.result.status, 0) << ran.result.err;
  EXPECT_EQ(ran.result.err, "");
  const NanoDollars expected = price_of_recording(name);
  EXPECT_GT(expected, NanoDollars());
  std::int64_t recorded = 0;
  for (const RecordedEntry* record : ran.exported->of_type("cost_record")) {
    recorded += record->cost().value_or(NanoDollars()).value();
  }
  EXPECT_EQ(NanoDollars(recorded), expected);
  const SpanFigures total = ran.exported->trace.get_span_tree().total();
  EXPECT_EQ(total.cost, expected);
  EXPECT_EQ(total.unpriced, 0);
  EXPECT_THAT(ran.result.out, HasSubstr("\nTotal: $" + expected.to_text()));
  for (const auto& span : ran.exported->trace.spans()) {
    EXPECT_FALSE(span->is_open()) << span->name();
    EXPECT_NE(span->status(), SpanStatus::kFailed) << span->name();
  }
}

TEST(ExampleCommand, DebatePrintsTheTreeOfTheDocument) {
  const Ran ran = run_example("debate");
  expect_good_run("debate", ran);
  EXPECT_EQ(ran.exported->shape(),
            "debate(bull(gemini-2.5-flash) bear(gemini-2.5-flash) bull(gemini-2.5-flash) "
            "bear(gemini-2.5-flash) judge(claude-sonnet-4-20250514))");
  EXPECT_THAT(ran.result.out,
              AllOf(HasSubstr("Verdict: "), HasSubstr("\nTrace: investment-analysis / debate ("),
                    HasSubstr("├── pyagent.agent.bull "), HasSubstr("└── pyagent.agent.judge "),
                    HasSubstr("62→58 tok"), EndsWith(", early_stop: false\n")));
}

void expect_failed_run(const Ran& ran, const std::string& why);

// Line by line as document 000 has it, but for the sums, which add up here.
TEST(ExampleCommand, DebatesTreeIsLaidOutAsTheDocuments) {
  const ProgramResult ran = run_program({"example", "debate"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  std::string tree = ran.out.substr(ran.out.find("\nTrace: ") + 1);
  // What took how long is not known.
  tree = std::regex_replace(tree, std::regex("[0-9]+\\.[0-9](us|ms|s)"), "T");
  tree = std::regex_replace(tree, std::regex(" +"), " ");
  EXPECT_EQ(tree,
            "Trace: investment-analysis / debate (T total, $0.0028269)\n"
            "├── pyagent.agent.bull T gemini-2.5-flash 62→58 tok $0.0001636\n"
            "├── pyagent.agent.bear T gemini-2.5-flash 127→63 tok $0.0001956\n"
            "├── pyagent.agent.bull T (round 2) 190→60 tok $0.00018\n"
            "├── pyagent.agent.bear T (round 2) 257→62 tok $0.0001907\n"
            "└── pyagent.agent.judge T claude-sonnet-4 334→73 tok $0.002097\n"
            "─────────────────────────────────────────\n"
            "Total: $0.0028269, early_stop: false\n");
  for (const std::string& line : testing::lines_of(ran.out.substr(ran.out.find("\nTrace: ") + 1))) {
    EXPECT_LE(character_count(line), 80) << "it fits a terminal";
  }
}

// --- In pieces ---

TEST(ExampleCommand, StreamedRunsPrintTheirTextWhileItComesAndCostTheSame) {
  const Ran ran = run_example("debate", {"--stream"});
  expect_good_run("debate", ran);
  const auto recording = load_recording(*read_jsonl(examples::recording_of("debate")), "test");
  std::string said;
  for (const RecordedEntry& entry : recording->entries) {
    if (entry.event_type == "llm_call") said += entry.agent_name + ": " + entry.response + "\n";
  }
  EXPECT_EQ(ran.result.out.substr(0, said.size()), said);
  EXPECT_GT(ran.exported->of_type("llm_token").size(), 100u);
  for (const RecordedEntry* token : ran.exported->of_type("llm_token")) {
    EXPECT_FALSE(token->metadata.find("content")) << "content is not exported";
  }
  for (const RecordedEntry* call : ran.exported->of_type("llm_call_end")) {
    EXPECT_TRUE(call->metadata.find("time_to_first_chunk_seconds"));
    EXPECT_TRUE(call->metadata.find("stream"));
  }
}

TEST(ExampleCommand, EveryExampleStreams) {
  for (const examples::Example& example : examples::all_examples()) {
    const std::string name(example.name);
    const Ran ran = run_example(name, {"--stream"});
    expect_good_run(name, ran);
    EXPECT_EQ(ran.exported->shape(), run_example(name).exported->shape());
  }
}

TEST(ExampleCommand, WhatWasRecordedOfAStreamAnswersAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.file("recorded.jsonl");
  ASSERT_EQ(run_program({"example", "supervisor", "--stream", "--record", path}).status, 0);
  const Ran again = run_example("supervisor", {"--recording", path, "--stream"});
  expect_good_run("supervisor", again);
}

TEST(ExampleCommand, StreamThatBreaksOffIsAnErrorThroughout) {
  LoopbackServer server(
      testing::http_stream(R"(data: {"choices": [{"delta": {"content": "so far\u001b[2J"}}]})"
                           "\n\ndata: {\"error\": {\"message\": \"out of memory\"}}\n\n"));
  const Ran ran = run_example("pipeline", {"--url", server.url(), "--stream"});
  expect_failed_run(ran, "broke off: out of memory");
  EXPECT_THAT(ran.result.out, HasSubstr("extractor: so far"));
}

// --- Prices ---

TEST(ExampleCommand, Row45PricesOfAFileReplaceTheExamplesOwn) {
  const TemporaryFolder folder;
  const std::string path = folder.file("prices.json");
  testing::write_file(path, R"({"unit": "usd_per_1m_tokens",
    "models": {"claude-haiku-3-5": {"input": 1, "output": 2}}})");
  const ProgramResult ran = run_program({"example", "pipeline", "--prices", path});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("unpriced\n")) << "the writer's model is not in the file";
  EXPECT_THAT(ran.out, HasSubstr(", 1 call unpriced"));
}

TEST(ExampleCommand, Row45AnErrorInAFileOfPricesNamesFileLineAndModel) {
  const TemporaryFolder folder;
  const std::string path = folder.file("prices.json");
  testing::write_file(path,
                      "{\"unit\": \"usd_per_1m_tokens\",\n\"models\": {\n"
                      "\"gpt-4o\": {\"input\": 1}}}");
  const ProgramResult ran = run_program({"example", "debate", "--prices", path});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr(path + ":3: \"gpt-4o\": has no output"));
}

TEST(ExampleCommand, PipelineHandsOnFromStageToStage) {
  const Ran ran = run_example("pipeline");
  expect_good_run("pipeline", ran);
  EXPECT_EQ(ran.exported->shape(),
            "pipeline(extractor(claude-haiku-3-5-20241022) writer(gpt-4o-mini))");
}

TEST(ExampleCommand, Row61SupervisorHandsOffAndItsTeamUsesTools) {
  const Ran ran = run_example("supervisor");
  expect_good_run("supervisor", ran);
  EXPECT_EQ(ran.exported->shape(),
            "supervisor(lead(gpt-4o hand_off(researcher(gpt-4o-mini search gpt-4o-mini)) gpt-4o "
            "hand_off(analyst(gpt-4o-mini calculator calculator calculator gpt-4o-mini)) gpt-4o))");
  std::vector<std::string> edges;
  for (const RecordedEntry* handoff : ran.exported->of_type("handoff")) {
    edges.push_back(text_of(*handoff, "agent.handoff.from") + " -> " +
                    text_of(*handoff, "agent.handoff.to") + ": " +
                    text_of(*handoff, "agent.handoff.reason"));
  }
  EXPECT_THAT(edges, ElementsAre("lead -> researcher: the notes have the figures",
                                 "lead -> analyst: figures are to be worked out, not guessed"));
}

TEST(ExampleCommand, Row41ExecutorHasTheTutorialsSpans) {
  const Ran ran = run_example("executor");
  expect_good_run("executor", ran);
  EXPECT_EQ(ran.exported->shape(),
            "executor(iteration_1(gpt-4o action_selection search) "
            "iteration_2(gpt-4o action_selection search) "
            "iteration_3(gpt-4o action_selection analyze) iteration_4(gpt-4o action_selection))");
  EXPECT_THAT(ran.result.out, AllOf(HasSubstr("├── iteration_1 "), HasSubstr("│   ├── llm_call "),
                                    HasSubstr("│   ├── decision:action_selection "),
                                    HasSubstr("│   └── tool:search ")));
}

TEST(ExampleCommand, ContentIsNotExported) {
  const Ran ran = run_example("pipeline");
  EXPECT_GT(ran.exported->entries.size(), 5u);
  for (const RecordedEntry& entry : ran.exported->entries) {
    EXPECT_TRUE(entry.messages.empty()) << entry.event_type;
    EXPECT_EQ(entry.response, "") << entry.event_type;
    EXPECT_FALSE(entry.metadata.find("input")) << entry.event_type;
  }
}

TEST(ExampleCommand, WhatWasRecordedAnswersAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.file("recorded.jsonl");
  const Ran first = run_example("supervisor", {"--record", path});
  ASSERT_EQ(first.result.status, 0) << first.result.err;
  const Ran again = run_example("supervisor", {"--recording", path});
  expect_good_run("supervisor", again);
  EXPECT_EQ(again.exported->shape(), first.exported->shape());
}

TEST(ExampleCommand, ARequestThatWasNotRecordedFailsTheRun) {
  const TemporaryFolder folder;
  const std::string path = folder.file("other.jsonl");
  testing::write_file(path, examples::recording_of("debate"));
  const Ran ran = run_example("pipeline", {"--recording", path});
  EXPECT_EQ(ran.result.status, 1);
  EXPECT_THAT(ran.result.err, AllOf(HasSubstr("the run failed: "), HasSubstr("answered 404"),
                                    HasSubstr("extractor")));
}

// The run failed; all that began ended, and the tree says what failed.
void expect_failed_run(const Ran& ran, const std::string& why) {
  EXPECT_EQ(ran.result.status, 1);
  EXPECT_THAT(ran.result.err,
              AllOf(HasSubstr("tracebus example: the run failed: "), HasSubstr(why)));
  EXPECT_THAT(ran.result.out,
              AllOf(HasSubstr("Trace: newsroom / pipeline"), HasSubstr("[error: ")));
  EXPECT_THAT(ran.result.out + ran.result.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ran.exported->of_type("llm_call_error"), SizeIs(1));
  EXPECT_THAT(ran.exported->of_type("error"), SizeIs(2)) << "of the agent, and of the pattern";
  EXPECT_THAT(ran.exported->of_type("cost_record"), SizeIs(0));
  EXPECT_EQ(ran.exported->shape(), "pipeline(extractor(claude-haiku-3-5-20241022))");
  for (const auto& span : ran.exported->trace.spans()) {
    EXPECT_EQ(span->status(), SpanStatus::kFailed) << span->name();
    EXPECT_FALSE(span->is_open()) << span->name();
    EXPECT_THAT(std::string(span->status_message()), HasSubstr(why));
  }
}

Ran run_against(const std::string& answer, const std::string& timeout = "20") {
  LoopbackServer server(answer);
  return run_example("pipeline", {"--url", server.url(), "--timeout", timeout});
}

TEST(ExampleCommand, EndpointThatFailsIsAnErrorThroughout) {
  expect_failed_run(run_against(http_answer(500, R"({"error": {"message": "out of memory"}})")),
                    "answered 500: out of memory");
}
TEST(ExampleCommand, EndpointThatTalksGarbageIsAnErrorThroughout) {
  expect_failed_run(run_against(http_answer(200, "<html>\x1b[2J")), "the answer is not JSON");
}
TEST(ExampleCommand, EndpointThatSaysNothingIsAnErrorThroughout) {
  expect_failed_run(run_against("", "0.3"), "did not answer");
}
TEST(ExampleCommand, EndpointThatIsNotThereIsAnErrorThroughout) {
  // Nobody listens there: the port is the system's.
  expect_failed_run(run_example("pipeline", {"--url", "http://127.0.0.1:1"}), "did not answer");
}

TEST(ExampleCommand, HostileAnswersArePrintedHarmlessly) {
  LoopbackServer server(http_answer(200, R"({"choices": [{"message": {"role": "assistant",
      "content": "bye\u001b]0;owned\u0007\r\nnext"}}], "usage": {"prompt_tokens": 1,
      "completion_tokens": 9223372036854775807}, "model": "\u001b[2J"})"));
  const Ran ran = run_example("pipeline", {"--url", server.url()});
  EXPECT_EQ(ran.result.status, 0) << ran.result.err;
  EXPECT_THAT(ran.result.out, HasSubstr(R"(bye\x1b]0;owned\x07\r)"));
  EXPECT_THAT(ran.result.out + ran.result.err,
              AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\r"))));
}

TEST(ExampleCommand, TheKeyGoesToTheGivenEndpointAndNowhereElse) {
  setenv("OPENAI_API_KEY", "sk-very-secret", 1);
  LoopbackServer server(http_answer(500, R"({"error": {"message": "no"}})"));
  const TemporaryFolder folder;
  const std::string exported = folder.file("events.jsonl");
  const ProgramResult ran = run_program({"example", "debate", "--url", server.url(), "--export",
                                         "jsonl:" + exported, "--model", "local-model"});
  const ProgramResult in_the_open = run_program({"example", "debate", "--url", "http://192.0.2.1"});
  unsetenv("OPENAI_API_KEY");
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_THAT(server.requests()[0], AllOf(HasSubstr("Authorization: Bearer sk-very-secret"),
                                          HasSubstr(R"("model": "local-model")")));
  const std::string said = ran.out + ran.err + in_the_open.out + in_the_open.err;
  EXPECT_THAT(said + testing::read_file(exported), Not(HasSubstr("very-secret")));
  EXPECT_EQ(in_the_open.status, 2);
  EXPECT_THAT(in_the_open.err, HasSubstr("in the open"));
}

// --- Our endpoint for others ---

TEST(ExampleCommand, ServesItsRecordingUntilItIsInterrupted) {
  testing::RunningProgram program({"example", "debate", "--serve", "0"});
  const std::string path = "/v1/chat/completions\n";
  ASSERT_TRUE(testing::eventually([&] { return program.out_so_far().ends_with(path); }));
  std::string url = program.out_so_far();
  url.resize(url.size() - path.size());
  auto client = examples::HttpChatClient::create({.url = url, .direct = true});
  ASSERT_TRUE(client.ok()) << client.status();
  const examples::ChatReply reply = (*client)->complete(
      {.agent = "",
       .model = "m",
       .messages = {{"system", "Argue the bull case, in three sentences."},
                    {"user", "Question: Should we buy Nvidia at $3.2T market cap?"}}});
  EXPECT_THAT(reply.text, HasSubstr("Demand for accelerators"));
  program.send_signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
}

TEST(ExampleCommand, APortThatIsInUseIsNamed) {
  LoopbackServer server("");
  const std::string port = server.url().substr(server.url().rfind(':') + 1);
  const ProgramResult ran = run_program({"example", "debate", "--serve", port});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("port " + port + " is in use"));
}

TEST(ExampleCommand, ARecordingWithoutCallsIsRefusedAtOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.file("empty.jsonl");
  testing::write_file(path, "");
  const ProgramResult ran = run_program({"example", "debate", "--recording", path});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("has no llm calls"));
}

TEST(ExampleCommand, WhoGaveNoKeyIsToldSoWhereItMayBeWhy) {
  unsetenv("OPENAI_API_KEY");
  const ProgramResult ran = run_program({"example", "pipeline", "--url", "https://127.0.0.1:1"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("No key was sent, as OPENAI_API_KEY is not set."));
}

TEST(ExampleCommand, WhatCannotBeBegunIsExitStatus2) {
  const std::vector<std::vector<std::string>> kCases = {
      {"example"},
      {"example", "nonsense"},
      {"example", "debate", "--url", "ftp://x"},
      {"example", "debate", "--url", ""},
      {"example", "debate", "--serve", "65536"},
      {"example", "debate", "--prices", ""},
      {"example", "debate", "--url", "http://127.0.0.1:1", "--pace", "1"},
      {"example", "debate", "--timeout", "0"},
      {"example", "debate", "--export", "nonsense"},
      {"example", "debate", "--recording", "does/not/exist.jsonl"},
      {"example", "debate", "--prices", "does/not/exist.json"},
  };
  for (const auto& arguments : kCases) {
    const ProgramResult ran = run_program(arguments);
    EXPECT_EQ(ran.status, 2) << arguments.back();
    EXPECT_NE(ran.err, "") << arguments.back();
  }
}

TEST(ExampleCommand, HelpSaysAllThereIs) {
  const ProgramResult ran = run_program({"example", "--help"});
  EXPECT_EQ(ran.status, 0);
  for (const char* const word :
       {"--url", "--model", "--stream", "--prices", "--serve", "--timeout", "--recording", "--pace",
        "--unchecked", "--record", "--export", "OPENAI_API_KEY", "exit status", "jsonl:PATH"}) {
    EXPECT_THAT(ran.out, HasSubstr(word));
  }
  for (const examples::Example& example : examples::all_examples()) {
    EXPECT_THAT(ran.out, HasSubstr(std::string(example.summary)));
  }
}

}  // namespace
}  // namespace tracebus
