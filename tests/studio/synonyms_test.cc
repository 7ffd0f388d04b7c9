// SPDX-License-Identifier: Apache-2.0
//
// Whatever word a recording has for a thing, and wherever it stands: what a reader of the store is
// told. The words are those of the formats that are read, one row each; the forms are those in
// which an event or a span may be written.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/readers/json_document.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

// What is told: of the event, and as a line of ours.
struct ToldOf {
  StoredSpan span;
  std::string line;
  std::string time;
};
using Check = std::function<void(const ToldOf&)>;

void expect_says(const ToldOf& told, std::string_view part) {
  EXPECT_NE(told.line.find(part), std::string::npos) << part;
}

// Where members may stand.
enum Places : unsigned {
  kFlat = 1,        // beside the event's type
  kInBody = 2,      // in payload, data, attributes or metadata
  kInContext = 4,   // in context
  kOfSpan = 8,      // in a span
  kInSpanBody = 16  // in the attributes of a span
};

constexpr unsigned kEvents = kFlat | kInBody;
constexpr unsigned kAll = kEvents | kOfSpan | kInSpanBody;

struct Synonym {
  std::string members;
  unsigned places;
  Check check;
};

class SynonymList {
 public:
  SynonymList() {
    add_names();
    add_ids_and_durations();
    add_figures();
    add_failures();
  }
  const std::vector<Synonym>& all() const { return all_; }

 private:
  void add(unsigned places, std::string_view value, const Check& check,
           std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
      all_.push_back({'"' + std::string(word) + "\":" + std::string(value), places, check});
    }
  }

  void add_names() {
    const Check agent = [](const ToldOf& told) { EXPECT_EQ(told.span.agent_name, "writer"); };
    add(kFlat | kInBody | kOfSpan, R"("writer")", agent, {"agent_name", "agent"});
    add(kAll, R"("writer")", agent,
        {"agent.name", "gen_ai.agent.name", "exo.agent.name", "pyagent.agent.name"});
    const Check pattern = [](const ToldOf& told) { EXPECT_EQ(told.span.pattern, "debate"); };
    add(kFlat | kInBody | kOfSpan, R"("debate")", pattern, {"pattern_type", "pattern"});
    add(kAll, R"("debate")", pattern, {"pyagent.pattern.type"});
    add(kAll, R"("main")", [](const ToldOf& told) { EXPECT_EQ(told.span.workflow, "main"); },
        {"workflow"});
  }

  void add_ids_and_durations() {
    constexpr unsigned kIds = kEvents | kInContext | kOfSpan;
    add(kIds, R"("r-1")", [](const ToldOf& told) { EXPECT_EQ(told.span.run_id, "r-1"); },
        {"run_id", "runId"});
    add(kIds, R"("t-1")", [](const ToldOf& told) { EXPECT_EQ(told.span.trace_id, "t-1"); },
        {"trace_id", "traceId", "traceID"});
    add(kIds, R"("s-1")", [](const ToldOf& told) { EXPECT_EQ(told.span.foreign_span_id, "s-1"); },
        {"span_id", "spanId", "step_id", "stepId"});
    add(kIds, R"("p-1")",
        [](const ToldOf& told) { EXPECT_EQ(told.span.foreign_parent_span_id, "p-1"); },
        {"parent_id", "parentId", "parent_span_id", "parentSpanId"});
    add(kAll, R"("c-1")", [](const ToldOf& told) { EXPECT_EQ(told.span.session, "c-1"); },
        {"session.id"});

    const Check quarter = [](const ToldOf& told) { EXPECT_EQ(told.span.duration_ms, 250); };
    add(kEvents | kOfSpan, "250", quarter, {"duration_ms", "durationMs", "latency_ms"});
    add(kEvents | kOfSpan, "0.25", quarter,
        {"duration_seconds", "duration_s", "latency", "duration"});
    add(kEvents | kOfSpan, "250000000", quarter, {"duration"});  // Datadog's nanoseconds
  }

  void add_figures() {
    const auto tokens = [](std::int64_t input, std::int64_t output, std::int64_t sum) {
      return [=](const ToldOf& told) {
        EXPECT_EQ(told.span.input_tokens, input);
        EXPECT_EQ(told.span.output_tokens, output);
        EXPECT_EQ(told.span.tokens, sum);
      };
    };
    for (const std::string_view word :
         {"input_tokens", "prompt_tokens", "gen_ai.usage.input_tokens", "llm.token_count.prompt",
          "pyagent.cost.input_tokens", "exo.cost.input_tokens"}) {
      add(kAll, "7", tokens(7, 0, 7), {word});
    }
    for (const std::string_view word :
         {"output_tokens", "completion_tokens", "gen_ai.usage.output_tokens",
          "llm.token_count.completion", "pyagent.cost.output_tokens", "exo.cost.output_tokens"}) {
      add(kAll, "5", tokens(0, 5, 5), {word});
    }
    add(kAll, "12", tokens(0, 0, 12),
        {"tokens", "token_count", "total_tokens", "token_estimate", "llm.token_count.total"});
    for (const std::string_view pair :
         {R"({"input":7,"output":5,"total":12})", R"({"input_tokens":7,"output_tokens":5})",
          R"({"prompt_tokens":7,"completion_tokens":5,"total_tokens":12})",
          R"({"promptTokens":7,"completionTokens":5})", R"({"inputTokens":7,"outputTokens":5})",
          R"({"prompt":7,"completion":5})"}) {
      add(kAll, pair, tokens(7, 5, 12), {"tokens", "tokenUsage", "token_usage", "usage"});
    }
    add(kAll, R"({"input":7,"output":5,"cached":3})",
        [](const ToldOf& told) { EXPECT_EQ(told.span.cache_read_tokens, 3); }, {"tokens"});

    const Check cost = [](const ToldOf& told) { EXPECT_EQ(told.span.cost_estimate, 0.25); };
    add(kAll, "0.25", cost,
        {"cost_usd", "cost_estimate", "cost", "total_cost", "pyagent.cost.total_usd",
         "exo.cost.total_usd", "llm.cost.total"});
    const Check model = [](const ToldOf& told) { EXPECT_EQ(told.span.model, "gpt-4o"); };
    add(kAll, R"("gpt-4o")", model, {"model", "gen_ai.request.model", "llm.model_name"});
  }

  void add_failures() {
    const Check failed = [](const ToldOf& told) {
      EXPECT_EQ(told.span.status, SpanStatus::kFailed);
    };
    for (const std::string_view word : {"failed", "error", "ERROR", "STATUS_CODE_ERROR"}) {
      add(kEvents | kOfSpan, '"' + std::string(word) + '"', failed, {"status"});
    }
    add(kEvents | kOfSpan, R"({"code":2,"message":"no"})", failed, {"status"});
    add(kEvents | kOfSpan, R"({"status_code":"ERROR"})", failed, {"status"});
    add(kAll, "2", failed, {"status.code"});
    const auto failed_for = [](std::string_view part) {
      return [part](const ToldOf& told) {
        EXPECT_EQ(told.span.status, SpanStatus::kFailed);
        expect_says(told, part);
      };
    };
    add(kEvents | kOfSpan, R"("too slow")", failed_for(R"(:"too slow")"), {"error"});
    add(kEvents | kOfSpan, R"({"message":"too slow","type":"Timeout"})",
        failed_for(R"("span.status_message":"too slow")"), {"error"});
    add(kEvents | kOfSpan, R"({"message":"too slow","type":"Timeout"})",
        failed_for(R"("error_type":"Timeout")"), {"error"});
    add(kAll, R"("Timeout")", failed_for(R"("error_type":"Timeout")"),
        {"error_type", "errorType", "exception.type"});
    add(kAll, R"("too slow")", failed_for(R"("span.status_message":"too slow")"),
        {"exception.message"});
  }

  std::vector<Synonym> all_;
};

std::vector<Synonym> synonyms() { return SynonymList().all(); }

constexpr std::string_view kTime = "2026-06-16T09:00:00.000000000Z";

// The one event that a text makes, in whichever form; both ways to read it.
void check(const std::string& text, const Check& check) {
  SCOPED_TRACE(text);
  for (const bool is_document : {false, true}) {
    const auto reader = is_document ? read_document(memory_source(text)) : read_jsonl(text);
    TraceStore store;
    const auto report = store.add(*reader);
    ASSERT_TRUE(report.ok());
    const SpanPage page = store.query();
    ASSERT_EQ(page.size(), 1u) << (report->account.problems.empty()
                                       ? ""
                                       : report->account.problems.front().message);
    EXPECT_EQ(report->account.bad_lines, 0u);
    ToldOf told{page[0], store.event_json(page[0].number).value_or(""), ""};
    if (told.span.timestamp) told.time = moment_text(*told.span.timestamp, 9);
    check(told);
    if (::testing::Test::HasFailure()) FAIL() << told.line;
  }
}

TEST(Synonyms, EachInEachFormOfAnEvent) {
  for (const Synonym& synonym : synonyms()) {
    const std::string& members = synonym.members;
    const std::string begin = R"({"event_type":"llm_call","timestamp":1781600400,)";
    if ((synonym.places & kFlat) != 0) check(begin + members + "}", synonym.check);
    if ((synonym.places & kInContext) != 0) {
      check(begin + R"("context":{)" + members + "}}", synonym.check);
    }
    if ((synonym.places & kInBody) == 0) continue;
    for (const std::string_view body : {"payload", "data", "attributes", "metadata"}) {
      check(begin + '"' + std::string(body) + R"(":{"x":1,)" + members + "}}", synonym.check);
    }
    for (const std::string_view type : {"type", "event"}) {
      check("{\"" + std::string(type) + R"(":"llm_call","ts":1781600400,"data":{)" + members + "}}",
            synonym.check);
    }
    if (HasFailure()) return;
  }
}

TEST(Synonyms, EachInEachFormOfASpan) {
  for (const Synonym& synonym : synonyms()) {
    const std::string& members = synonym.members;
    const bool says_duration =
        members.find("duration") != members.npos || members.find("latency") != members.npos;
    const std::string end = says_duration ? "" : R"("end_time":"2026-06-16T09:00:01Z",)";
    const std::string span =
        R"({"name":"n","kind":"llm","start_time":"2026-06-16T09:00:00Z",)" + end;
    if ((synonym.places & kOfSpan) != 0) {
      check(span + members + "}", synonym.check);
      check(R"({"spans":[)" + span + members + "}]}", synonym.check);
      check(R"({"event":"end","span":)" + span + members + "}}", synonym.check);
    }
    if ((synonym.places & kInContext) != 0) {
      check(span + R"("context":{)" + members + "}}", synonym.check);
    }
    if ((synonym.places & kInSpanBody) == 0) continue;
    for (const std::string_view body : {"attributes", "metadata", "data"}) {
      check(span + '"' + std::string(body) + R"(":{"x":1,)" + members + "}}", synonym.check);
    }
    if (HasFailure()) return;
  }
}

TEST(Synonyms, TimesOfEvents) {
  const Check is_time = [](const ToldOf& told) { EXPECT_EQ(told.time, kTime); };
  for (const std::string_view value :
       {"1781600400", "1781600400.0", "1781600400000", "1781600400000000", "1781600400000000000",
        R"("1781600400")", R"("2026-06-16T09:00:00Z")", R"("2026-06-16 09:00:00")",
        R"("2026-06-16T11:00:00.000+02:00")"}) {
    for (const std::string_view word :
         {"timestamp", "ts", "time", "startTime", "start_time", "startedAt", "start_ns",
          "startTimeUnixNano", "end_time", "endTime", "endedAt", "endTimeUnixNano"}) {
      const std::string member = '"' + std::string(word) + "\":" + std::string(value);
      check(R"({"event_type":"llm_call",)" + member + "}", is_time);
      if (word == "ts" || word == "time") continue;  // in a body it may be anything
      check(R"({"event_type":"llm_call","data":{)" + member + "}}", is_time);
    }
  }
}

TEST(Synonyms, StartAndEndOfAnEventAreItsDurationAndItsTimeIsTheEnd) {
  const Check whole = [](const ToldOf& told) {
    EXPECT_EQ(told.time, "2026-06-16T09:00:00.250000000Z");
    EXPECT_EQ(told.span.duration_ms, 250);
  };
  check(R"({"event_type":"llm_call","startTime":1781600400,"endTime":1781600400.25})", whole);
  check(R"({"event_type":"llm_call","start_time":1781600400,"duration_ms":250})", whole);
  check(R"({"event_type":"llm_call","data":{"end_ns":1781600400250000000,"latency":0.25}})", whole);
  check(R"({"event_type":"llm_call_start","startTime":1781600400,"endTime":1781600400.25})",
        [](const ToldOf& told) { EXPECT_EQ(told.time, kTime); });
  // What stands beside a time stays as it is.
  check(R"({"event_type":"llm_call","timestamp":1781600400,"startTime":5,"endTime":6.5})",
        [](const ToldOf& told) {
          EXPECT_EQ(told.time, kTime);
          EXPECT_EQ(told.span.duration_ms, 1500);
          expect_says(told, R"("startTime":5,"endTime":6.5)");
        });
}

TEST(Synonyms, SpanWhoseOnlyTimeIsWhenItWasWritten) {
  for (const std::string_view word : {"timestamp", "ts", "time"}) {
    const std::string time = '"' + std::string(word) + R"(":1781600400)";
    for (const std::string& span :
         {R"({"name":"n","kind":"llm",)" + time + R"(,"duration_ms":250})",
          R"({"span_id":"s","name":"n",)" + time + R"(,"duration_ms":250})",
          R"({"name":"n","type":"llm",)" + time + R"(,"durationMs":250})"}) {
      check(span, [](const ToldOf& told) {
        EXPECT_EQ(told.time, "2026-06-16T09:00:00.250000000Z");
        EXPECT_EQ(told.span.duration_ms, 250);
        EXPECT_EQ(told.span.name, "n");
      });
    }
  }
}

TEST(Synonyms, EventsKeepTheirTypesBesideSpans) {
  const auto is_type = [](std::string_view type) {
    return [type](const ToldOf& told) { EXPECT_EQ(told.span.event_type, type); };
  };
  check(R"({"type":"tool_end","name":"n","ts":1781600400,"duration_ms":5})", is_type("tool_end"));
  check(R"({"type":"mine","name":"n","ts":1781600400,"duration_ms":5})", is_type("mine"));
  check(R"({"event":"mine","name":"n","ts":1781600400,"duration_ms":5})", is_type("mine"));
}

TEST(Synonyms, OfTwoThatMeanTheSameOursCountsAndNothingIsLost) {
  check(R"({"event_type":"llm_call","prompt_tokens":3,"data":{"input_tokens":7,"cost":1}})",
        [](const ToldOf& told) {
          EXPECT_EQ(told.span.input_tokens, 7);
          expect_says(told, R"("prompt_tokens":3)");
          expect_says(told, R"("cost_usd":1)");
        });
  check(R"({"event_type":"llm_call","agent_name":"a","data":{"agent":"b"},"context":)"
        R"({"run_id":"r","zone":"z"},"run_id":"q"})",
        [](const ToldOf& told) {
          EXPECT_EQ(told.span.agent_name, "a");
          EXPECT_EQ(told.span.run_id, "q");
          expect_says(told, R"("agent":"b","context":{"run_id":"r","zone":"z"})");
        });
  check(R"({"event_type":"llm_call","usage":{"input":7,"unit":"x"},"error":{"message":"m",)"
        R"("code":429},"status":{"code":1,"trace":"t"}})",
        [](const ToldOf& told) {
          expect_says(told, R"("usage":{"unit":"x"})");
          expect_says(told, R"("span.status_message":"m","error":{"code":429})");
          expect_says(told, R"("status":{"trace":"t"})");
          EXPECT_EQ(told.span.status, SpanStatus::kOk) << "it says so";
        });
}

TEST(Synonyms, AttributesAsOtlpsPairs) {
  check(R"({"event_type":"llm_call","attributes":[{"key":"agent","value":{"stringValue":"a"}},)"
        R"({"key":"gen_ai.usage.input_tokens","value":{"intValue":"7"}}]})",
        [](const ToldOf& told) {
          EXPECT_EQ(told.span.agent_name, "a");
          expect_says(told, R"("input_tokens":7)");
        });
}

TEST(Synonyms, PyagentsOwnLinesAreLeftAsTheyAre) {
  constexpr std::string_view kPayloads[] = {
      R"({"duration_seconds":1.5,"token_estimate":12,"output_length":3})",
      R"({"provider":"p","error":"429","duration_seconds":0.5})", R"({"source":"s","tokens":9})",
      R"({"result_output":"x","duration_seconds":0.5})"};
  constexpr std::string_view kTypes[] = {"pattern_end", "provider_call_error", "context_update",
                                         "pattern_end"};
  for (std::size_t i = 0; i < std::size(kPayloads); ++i) {
    check(R"({"timestamp":1781600400.5,"event_type":")" + std::string(kTypes[i]) +
              R"(","agent_name":"a","pattern_type":"","payload":)" + std::string(kPayloads[i]) +
              "}",
          [&](const ToldOf& told) {
            expect_says(told, R"("payload":)" + std::string(kPayloads[i]));
          });
  }
}

TEST(Synonyms, OurOwnLinesSayWhatTheySay) {
  check(R"({"timestamp":1781600400.0,"event_type":"llm_call","agent_name":"","pattern_type":"",)"
        R"("payload":{"latency":0.25,"agent":"b","prompt_tokens":1,"error":"x"},)"
        R"("origin":["fedcba9876543210",3,7]})",
        [](const ToldOf& told) {
          EXPECT_EQ(told.span.agent_name, "");
          expect_says(told,
                      R"("payload":{"latency":0.25,"agent":"b","prompt_tokens":1,"error":"x"})");
        });
}

}  // namespace
}  // namespace tracebus::testing
