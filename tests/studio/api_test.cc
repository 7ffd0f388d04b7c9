// SPDX-License-Identifier: Apache-2.0
//
// Row 71: the numbers of the fixture, by every route that says them; what is refused, and how.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/studio/event_record.h"
#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/studio/api_client.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using simdjson::dom::element;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string text(element json) { return std::string(std::string_view(json)); }
double number(element json) { return double(json); }

std::vector<std::string> names(element list, const char* key) {
  std::vector<std::string> result;
  for (element each : simdjson::dom::array(list)) result.push_back(text(each[key]));
  return result;
}

TEST(Row71_Api, TheDashboardHasTheFixturesNumbers) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  const element board = client.json("/api/dashboard");
  EXPECT_EQ(number(board["runs"]["value"]), 2);
  EXPECT_EQ(number(board["success_rate"]["value"]), 0.5);
  EXPECT_DOUBLE_EQ(number(board["cost_usd"]["value"]), 0.0248);
  EXPECT_EQ(number(board["tokens"]["value"]), 1840);
  EXPECT_EQ(number(board["tokens"]["first_half"]), 1300);
  EXPECT_EQ(number(board["tokens"]["second_half"]), 540);
  EXPECT_EQ(text(board["from"]), "2026-06-16T09:00:00.000000000Z");
  EXPECT_EQ(text(board["until"]), "2026-06-16T09:01:04.000000000Z");
  EXPECT_THAT(names(board["recent_runs"], "run_id"), ElementsAre("run_fixture_2", "run_fixture_1"));
  EXPECT_THAT(names(board["cost_by_provider"], "name"),
              ElementsAre("Anthropic", "Google", "OpenAI"));
  EXPECT_THAT(names(board["top_agents"], "name"),
              ElementsAre("Billing Agent", "Policy Checker", "Classifier"));
  const simdjson::dom::array points(board["cost_over_time"]);
  ASSERT_EQ(points.size(), 12u);
  EXPECT_DOUBLE_EQ(number(points.at(0)["cost_usd"]), 0.0206);
  EXPECT_DOUBLE_EQ(number(points.at(11)["cost_usd"]), 0.0248);
}

// The middle belongs to the second half; what has no time, to neither, but to the whole.
TEST(Row71_Api, HalvesMeetInTheMiddleAndWhatHasNoTimeCounts) {
  const auto call = [](const char* time, const char* cost) {
    return std::string(R"({"event_type":"llm_call","agent_name":"a","model":"m")") + time +
           R"(,"cost_usd":)" + cost + "}\n";
  };
  const auto store =
      store_of(call(R"(,"timestamp":1000)", "1") + call(R"(,"timestamp":1050)", "2") +
               call(R"(,"timestamp":1100)", "4") + call("", "8"));
  ApiClient client(*store);
  const element cost = client.json("/api/dashboard")["cost_usd"];
  EXPECT_EQ(number(cost["value"]), 15);
  EXPECT_EQ(number(cost["first_half"]), 1);
  EXPECT_EQ(number(cost["second_half"]), 6);
}

TEST(Row76_Api, AWorkflowAndAPatternThatStandsForOneAreTwoGroups) {
  const auto store =
      store_of(R"({"event_type":"llm_call","run_id":"1","workflow":"w","cost_usd":2})"
               "\n"
               R"({"event_type":"llm_call","run_id":"2","pattern":"p","cost_usd":1})"
               "\n");
  ApiClient client(*store);
  EXPECT_THAT(names(client.json("/api/costs?by=workflow")["groups"], "name"),
              ElementsAre("w", "p"));
}

TEST(Row72_Api, AnEmptyStoreHasNoNumbers) {
  const auto store = empty_store();
  ApiClient client(*store);
  const element board = client.json("/api/dashboard");
  for (const char* const kpi : {"runs", "success_rate", "cost_usd", "tokens", "latency_s"}) {
    EXPECT_TRUE(board[kpi]["value"].is_null()) << kpi;
    EXPECT_TRUE(board[kpi]["change"].is_null()) << kpi;
  }
  EXPECT_TRUE(board["from"].is_null());
  for (const char* const list :
       {"recent_runs", "cost_over_time", "cost_by_provider", "top_agents", "providers"}) {
    EXPECT_EQ(simdjson::dom::array(board[list]).size(), 0u) << list;
  }
}

TEST(Row71_Api, RunsAreListedAndFiltered) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  const auto runs = [&client](const std::string& query) {
    return names(client.json("/api/runs" + query)["runs"], "run_id");
  };
  EXPECT_THAT(runs(""), ElementsAre("run_fixture_2", "run_fixture_1"));
  EXPECT_THAT(runs("?status=failed"), ElementsAre("run_fixture_2"));
  EXPECT_THAT(runs("?status=success"), ElementsAre("run_fixture_1"));
  EXPECT_THAT(runs("?workflow=refund-processor"), ElementsAre("run_fixture_2"));
  EXPECT_THAT(runs("?since=2026-06-16T09:00:30Z"), ElementsAre("run_fixture_2"));
  EXPECT_THAT(runs("?until=2026-06-16T09:00:30Z"), ElementsAre("run_fixture_1"));
  EXPECT_THAT(runs("?limit=1"), ElementsAre("run_fixture_2"));
  EXPECT_THAT(runs("?limit=1&offset=1"), ElementsAre("run_fixture_1"));
  EXPECT_EQ(number(client.json("/api/runs?limit=1")["matched"]), 2);
  const element run = client.json("/api/runs/run_fixture_1");
  EXPECT_EQ(text(run["status"]), "success");
  EXPECT_EQ(number(run["tokens"]), 1300);
  EXPECT_EQ(number(run["duration_ms"]), 6000);
}

TEST(Row68_Api, EventsAreFilteredSortedAndPaged) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  const auto agents = [&client](const std::string& query) {
    return names(client.json("/api/events?" + query)["events"], "agent_name");
  };
  EXPECT_THAT(agents("type=llm_call&sort=duration"),
              ElementsAre("Policy Checker", "Billing Agent", "Classifier"));
  EXPECT_THAT(agents("type=llm_call&sort=duration&reverse=1"),
              ElementsAre("Classifier", "Billing Agent", "Policy Checker"));
  EXPECT_THAT(agents("type=llm_call&sort=time&reverse=1&limit=1"), ElementsAre("Policy Checker"));
  EXPECT_THAT(agents("type=cost_record&min_cost=0.003&sort=cost&offset=1"),
              ElementsAre("Policy Checker"));
  EXPECT_THAT(agents("text=VIOLATION"), ElementsAre("Policy Checker"));
  EXPECT_THAT(agents("type=agent_start&agent=Billing+Agent"), ElementsAre("Billing Agent"));
  const element page = client.json("/api/events?run=run_fixture_1&limit=2&offset=1&whole=1");
  EXPECT_EQ(number(page["matched"]), 10);
  EXPECT_EQ(number(page["left_out"]), 0);
  const element first = simdjson::dom::array(page["events"]).at(0);
  EXPECT_EQ(number(first["number"]), 1);
  EXPECT_EQ(text(first["event"]["event_type"]), "agent_start");
  EXPECT_EQ(text(client.json("/api/events/14")["event"]["payload"]["message"]),
            "policy violation detected");
  EXPECT_NE(client.json("/api/events/14")["event"]["origin"].error(), simdjson::SUCCESS);
  EXPECT_TRUE(
      simdjson::dom::array(client.json("/api/events?limit=1")["events"]).at(0)["event"].is_null());
}

TEST(Row76_Api, CostsLatenciesAndProvidersHaveTheFixturesNumbers) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store, {.budget_usd = 0.02});
  const element costs = client.json("/api/costs?by=agent");
  EXPECT_DOUBLE_EQ(number(costs["cost_usd"]), 0.0248);
  EXPECT_EQ(number(costs["tokens"]), 1840);
  EXPECT_EQ(number(costs["calls"]), 3);
  EXPECT_EQ(names(costs["groups"], "name").front(), "Billing Agent");
  const element day = client.json("/api/costs?by=day&agent=Classifier");
  EXPECT_EQ(names(day["groups"], "name").front(), "2026-06-16");
  EXPECT_DOUBLE_EQ(number(day["cost_usd"]), 0.0021);
  const element few = client.json("/api/costs?by=model&limit=1");
  EXPECT_THAT(names(few["groups"], "name"), ElementsAre("claude-3-5-sonnet"));
  EXPECT_EQ(number(few["matched"]), 3);
  const element latencies = client.json("/api/latencies?by=agent&limit=2");
  EXPECT_EQ(number(latencies["matched"]), 3);
  EXPECT_THAT(names(latencies["groups"], "name"), ElementsAre("Billing Agent", "Classifier"));
  const element providers = client.json("/api/providers");
  EXPECT_THAT(names(providers["providers"], "name"), ElementsAre("Anthropic", "Google", "OpenAI"));
  EXPECT_EQ(number(providers["budget_usd"]), 0.02);
  EXPECT_DOUBLE_EQ(number(providers["spent_usd"]), 0.0248);
}

// The hour is that of the data, so that a file shows how it was; but clocks of others do not lead.
TEST(Row76_Api, ErrorsOfTheLastHourAreThoseBeforeTheLatestEvent) {
  const auto line = [](const char* time) {
    return std::string(R"({"event_type":"error","model":"gpt-4o","timestamp":")") + time + "\"}\n";
  };
  const std::string lines = line("2026-06-16T09:00:00Z") + line("2026-06-16T10:30:00Z") +
                            line("2026-06-16T11:00:00Z") + line("2026-06-16T12:00:00Z");
  const auto errors = [&lines](std::int64_t now_ns, std::string* until) {
    const auto store = store_of(lines, now_ns);
    ApiClient client(*store);
    const element answer = client.json("/api/providers");
    *until = text(answer["hour_until"]);
    return number(simdjson::dom::array(answer["providers"]).at(0)["errors_last_hour"]);
  };
  constexpr std::int64_t kNextYear = 1'813'000'000'000'000'000;
  std::string until;
  EXPECT_EQ(errors(kNextYear, &until), 1);
  EXPECT_EQ(until, "2026-06-16T12:00:00.000000000Z");
  const std::int64_t eleven = parse_iso8601("2026-06-16T11:00:00Z")->to_unix_ns();
  EXPECT_EQ(errors(eleven, &until), 2);
  EXPECT_EQ(until, "2026-06-16T11:00:00.000000000Z");
}

TEST(Row68_Api, AnySpanIsFoundByItsIdAsItsSourceWroteIt) {
  const auto store = store_of(
      R"({"event_type":"llm_call","agent_name":"ours","run_id":"r","span_id":"0123456789abcdef"})"
      "\n"
      R"({"event_type":"llm_call","agent_name":"foreign","run_id":"r","span_id":"span-7",)"
      R"("parent_span_id":"up"})"
      "\n");
  ApiClient client(*store);
  const auto found = [&client](const std::string& id) {
    return names(client.json("/api/events?span=" + id)["events"], "agent_name");
  };
  EXPECT_THAT(found("0123456789ABCDEF"), ElementsAre("ours"));
  EXPECT_THAT(found("span-7"), ElementsAre("foreign"));
  EXPECT_THAT(found("span-8"), ElementsAre());
  EXPECT_EQ(text(client.json("/api/events/0")["span_id"]), "0123456789abcdef");
  EXPECT_EQ(text(client.json("/api/events/1")["span_id"]), "span-7");
  EXPECT_EQ(text(client.json("/api/events/1")["parent_span_id"]), "up");
}

TEST(Api, WhatIsWrongIsRefusedWithTheParametersName) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  EXPECT_THAT(client.error("/api/dashboard?run=1", 400), StartsWith("no parameter 'run' here"));
  EXPECT_THAT(client.error("/api/runs?status=best", 400), StartsWith("status: 'best' is none of"));
  EXPECT_THAT(client.error("/api/runs?model=x", 400), StartsWith("no parameter 'model' here"));
  EXPECT_THAT(client.error("/api/runs?limit=10001", 400), StartsWith("limit: '10001' is not"));
  EXPECT_THAT(client.error("/api/events?sort=size", 400), StartsWith("sort: 'size' is none of"));
  EXPECT_THAT(client.error("/api/events?offset=-1", 400), StartsWith("offset: '-1' is not"));
  EXPECT_THAT(client.error("/api/events?reverse=y", 400), StartsWith("reverse: 'y' is neither"));
  EXPECT_THAT(client.error("/api/costs?by=colour", 400), StartsWith("by: 'colour' is none of"));
  EXPECT_THAT(client.error("/api/latencies?limit=x", 400), StartsWith("limit: 'x' is not"));
  EXPECT_THAT(client.error("/api/providers?since=x", 400), StartsWith("since: 'x' is neither"));
  EXPECT_THAT(client.error("/api/graph?by=size", 400), StartsWith("by: 'size' is none of"));
  EXPECT_THAT(client.error("/api/graph?limit=2001", 400), StartsWith("limit: '2001' is not"));
  EXPECT_THAT(client.error("/api/schema?x", 400), HasSubstr("there is none"));
  EXPECT_THAT(client.error("/api/runs/run_fixture_1?x=1", 400), StartsWith("no parameter 'x'"));
  EXPECT_THAT(client.error("/api/runs/run_fixture_1/spans?x=1", 400), StartsWith("no parameter"));
  EXPECT_THAT(client.error("/api/runs/run_fixture_1/download?format=pdf", 400),
              StartsWith("format: 'pdf' is none of otlp, perfetto"));
  EXPECT_THAT(client.error("/api/events/1?x=1", 400), StartsWith("no parameter 'x' here"));
  EXPECT_THAT(client.error("/api/events/one", 400), StartsWith("'one' is no event"));
  EXPECT_THAT(client.error("/api/events/1x", 400), StartsWith("'1x' is no event"));
  EXPECT_THAT(client.error("/api/runs/%ff", 400), HasSubstr("UTF-8"));
}

TEST(Api, WhatIsNotThereIs404) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  EXPECT_THAT(client.error("/api/runs/nobody", 404), HasSubstr("no run \"nobody\""));
  EXPECT_THAT(client.error("/api/runs/nobody/spans", 404), HasSubstr("no run"));
  EXPECT_THAT(client.error("/api/runs/nobody/download", 404), HasSubstr("no run"));
  EXPECT_THAT(client.error("/api/runs/run_fixture_1/all", 404), HasSubstr("/spans and /download"));
  EXPECT_THAT(client.error("/api/runs/", 404), HasSubstr("no run"));
  EXPECT_THAT(client.error("/api/events/99", 404), HasSubstr("no event 99"));
  EXPECT_THAT(client.error("/api/graph?unfold=nobody", 404), HasSubstr("no group 'nobody'"));
  EXPECT_THAT(client.error("/api/", 404), HasSubstr("/api/schema"));
  EXPECT_THAT(client.error("/other", 404), HasSubstr("nothing at /other"));
}

TEST(Api, OnlyGetIsAnswered) {
  const auto store = empty_store();
  const ApiClient client(*store);
  for (const char* const method : {"POST", "PUT", "DELETE", "HEAD", ""}) {
    const HttpReply reply = client.get("/api/dashboard", method);
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.headers.front(), (std::pair<std::string, std::string>("Allow", "GET")));
  }
}

TEST(Api, AnAnswerThatWouldBeTooLargeIsCutAndSaysSo) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store, {.answer_bytes_max = 2000});
  const element page = client.json("/api/events");
  const auto shown = simdjson::dom::array(page["events"]).size();
  EXPECT_GT(shown, 2u);
  EXPECT_EQ(shown + std::uint64_t(page["left_out"]), 17u);
  EXPECT_EQ(number(page["matched"]), 17);
}

// Every text of a list of hostile ones in every field, through every route: it is valid JSON of
// printable characters, and reads back as the same text.
TEST(Api, HostileTextsComeBackAsTheyWere) {
  std::ifstream file(TRACEBUS_TEST_DATA "/hostile/xss.json");
  const std::string list((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  simdjson::dom::parser parser;
  const element hostile = parser.parse(simdjson::padded_string(list));
  std::vector<std::string> texts = {"\x1b[2J", "a\nb\r\t", "\u202e\u2028", "\"\\", "\x7f"};
  for (element each : simdjson::dom::array(hostile["payloads"])) texts.push_back(text(each));
  ASSERT_GT(texts.size(), 10u);
  for (const std::string& said : texts) {
    std::string quoted;
    append_json_string(quoted, said);
    const auto field = [&quoted](const char* key) {
      return std::string(",\"") + key + "\":" + quoted;
    };
    const auto store =
        store_of(R"({"event_type":"llm_call_end","duration_ms":5,"cost_usd":0.1)" +
                 field("agent_name") + field("model") + field("provider") + field("run_id") +
                 field("workflow") + field("pattern") + field("session_id") + field("user_id") +
                 field("span_id") + field("error") + field("prompt") + "}\n");
    ApiClient client(*store);
    const element event = client.json("/api/events/0");
    for (const char* const key : {"agent_name", "model", "run_id", "workflow", "span_id"}) {
      EXPECT_EQ(text(event[key]), said) << key;
    }
    EXPECT_EQ(text(event["event"]["payload"]["prompt"]), said);
    std::string encoded;
    for (const char c : said) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
      encoded += hex;
    }
    const element tree = client.json("/api/runs/" + encoded + "/spans");
    EXPECT_EQ(text(tree["run"]["run_id"]), said);
    EXPECT_EQ(text(client.json("/api/costs?by=agent")["groups"].at(0)["name"]), said);
    EXPECT_EQ(text(client.json("/api/latencies?by=model")["groups"].at(0)["name"]), said);
    EXPECT_EQ(number(client.json("/api/events?agent=" + encoded)["matched"]), 1);
    EXPECT_EQ(text(client.json("/api/graph")["nodes"].at(0)["label"]), said);
    for (const char* const route :
         {"/api/dashboard", "/api/runs", "/api/events?whole=1", "/api/providers", "/api/graph"}) {
      const std::string body = client.get(route).body;
      EXPECT_TRUE(std::ranges::none_of(body, [](char c) {
        return (c >= 0 && c < ' ') || c == 127;
      })) << route;
      EXPECT_EQ(body.find("\u202e"), std::string::npos) << route;
    }
  }
}

// Asked by several while events come in: every answer is whole.
TEST(Api, AnswersWhileEventsComeIn) {
  auto store = empty_store();
  const StudioApi api(*store);
  constexpr int kEvents = 20'000;
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    EventRecord record;
    for (int i = 0; i < kEvents; ++i) {
      const std::string run = "run-" + std::to_string(i / 100);
      TraceEvent event;
      event.event_type = i % 2 == 0 ? "llm_call" : "handoff";
      event.agent_name = i % 3 == 0 ? "a" : "b";
      event.foreign_ids.run_id = run;
      event.payload.add("model", "gpt-4o");
      event.payload.add("to", "c");
      if (record.write(event)) store->append(record.view());
    }
    is_done = true;
  });
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      simdjson::dom::parser parser;
      bool is_last = false;
      while (!is_last) {
        is_last = is_done;
        for (const char* const path : {"/api/dashboard", "/api/runs", "/api/events", "/api/graph",
                                       "/api/providers", "/api/runs/run-0/spans"}) {
          HttpCall call;
          call.method = "GET";
          call.path = path;
          const simdjson::padded_string body(api.answer(call).body);
          EXPECT_EQ(parser.parse(body).error(), simdjson::SUCCESS) << path;
        }
      }
    });
  }
  writer.join();
  for (std::thread& reader : readers) reader.join();
  ApiClient client(*store);
  EXPECT_EQ(number(client.json("/api/events")["matched"]), kEvents);
  EXPECT_EQ(number(client.json("/api/runs")["matched"]), kEvents / 100);
}

// A query string and the query that it stands for give the same events.
TEST(Api, AnyQueryStringIsTheQueryItStandsFor) {
  constexpr std::uint64_t kSeed = 20260616;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const auto one_of = [&random](auto... choices) {
    const std::common_type_t<decltype(choices)...> all[] = {choices...};
    return all[random() % sizeof...(choices)];
  };
  std::string lines;
  for (int i = 0; i < 400; ++i) {
    lines += std::string(R"({"event_type":")") + one_of("llm_call", "agent_end", "error") +
             R"(","agent_name":")" + one_of("a b", "c&d", "e=f", "%41") + R"(","run_id":")" +
             one_of("r1", "r2") + R"(","timestamp":)" + std::to_string(1'000 + random() % 100) +
             R"(,"model":")" + one_of("gpt-4o", "o1+") + R"(","duration_ms":)" +
             std::to_string(random() % 50) + R"(,"cost_usd":)" + one_of("0.1", "0.2") +
             R"(,"level":)" + one_of("1", "2") + "}\n";
  }
  const auto store = store_of(lines);
  ApiClient client(*store);
  for (int i = 0; i < 300; ++i) {
    std::string target = "/api/events?limit=10000";
    SpanQuery query;
    const auto maybe = [&random] { return random() % 3 == 0; };
    if (maybe()) target += "&type=" + (query.event_type = one_of("llm_call", "agent_end"));
    if (maybe()) {
      query.agent_name = one_of("a b", "c&d", "e=f", "%41");
      const std::pair<const char*, const char*> spelt[] = {
          {"a b", "a+b"}, {"c&d", "c%26d"}, {"e=f", "e=f"}, {"%41", "%2541"}};
      for (const auto& [plain, coded] : spelt) {
        if (query.agent_name == plain) target += std::string("&agent=") + coded;
      }
    }
    if (maybe()) target += "&run=" + (query.run_id = one_of("r1", "r2", "r3"));
    if (maybe()) {
      query.min_duration_ms = static_cast<double>(random() % 50);
      target += "&min_ms=" + std::to_string(static_cast<int>(*query.min_duration_ms));
    }
    if (maybe()) {
      query.max_cost_usd = 0.15;
      target += "&max_cost=0.15";
    }
    if (maybe()) {
      query.attributes.emplace_back("level", "2");
      target += "&attr=level:2";
    }
    if (maybe()) {
      query.from_ns = 1'050'000'000'000;
      target += "&since=1970-01-01T00:17:30Z";
    }
    std::vector<std::uint64_t> expected, got;
    for (const StoredSpan& span : store->query(query)) expected.push_back(span.number);
    for (element each : simdjson::dom::array(client.json(target)["events"])) {
      got.push_back(std::uint64_t(each["number"]));
    }
    ASSERT_EQ(got, expected) << target;
  }
}

}  // namespace
}  // namespace tracebus::testing
