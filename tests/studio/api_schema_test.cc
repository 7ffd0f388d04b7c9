// SPDX-License-Identifier: Apache-2.0
//
// Every route's answers, of several stores, right and refused ones, against the OpenAPI document
// that /api/schema answers, by validators of others (ajv, openapi-schema-validator).
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tests/studio/api_client.h"
#include "tracebus/tests/studio/made_store.h"
#include "tracebus/tests/studio/schema_check.h"

namespace tracebus::testing {
namespace {

struct Asked {
  const char* path;  // as the document has it
  std::string target;
};

std::vector<Asked> questions(const std::string& run) {
  const std::string runs = "/api/runs/";
  return {
      {"/api/dashboard", "/api/dashboard"},
      {"/api/dashboard", "/api/dashboard?x=1"},
      {"/api/runs", "/api/runs"},
      {"/api/runs", "/api/runs?status=neither"},
      {"/api/runs/{run}", runs + run},
      {"/api/runs/{run}", runs + "nobody"},
      {"/api/runs/{run}/spans", runs + run + "/spans"},
      {"/api/runs/{run}/spans", runs + "nobody/spans"},
      {"/api/runs/{run}/spans", runs + run + "/spans?x=1"},
      {"/api/runs/{run}/download", runs + run + "/download?format=none"},
      {"/api/runs/{run}/download", runs + "nobody/download"},
      {"/api/events", "/api/events?limit=10000"},
      {"/api/events", "/api/events?whole=1&sort=cost&reverse=1"},
      {"/api/events", "/api/events?min_ms=soon"},
      {"/api/events/{number}", "/api/events/0"},
      {"/api/events/{number}", "/api/events/99999999"},
      {"/api/events/{number}", "/api/events/first"},
      {"/api/costs", "/api/costs"},
      {"/api/costs", "/api/costs?by=day"},
      {"/api/costs", "/api/costs?by=nothing"},
      {"/api/latencies", "/api/latencies?by=agent"},
      {"/api/latencies", "/api/latencies?kind=AGENT"},
      {"/api/latencies", "/api/latencies?kind=x"},
      {"/api/providers", "/api/providers"},
      {"/api/providers", "/api/providers?until=never"},
      {"/api/graph", "/api/graph"},
      {"/api/graph", "/api/graph?by=role&limit=1"},
      {"/api/graph", "/api/graph?by=pattern"},
      {"/api/graph", "/api/graph?limit=x"},
      {"/api/graph", "/api/graph?unfold=nobody"},
      {"/api/schema", "/api/schema"},
  };
}

TEST(ApiSchema, EveryAnswerIsAsTheDocumentSays) {
  const auto none = empty_store();
  const auto fixture = store_of_file(kFixture);
  const auto production = store_of_file(kProductionRuns);
  const auto odd = store_of(
      R"({"event_type":"handoff","agent_name":"a-1","run_id":"r/1","from":"a-1","to":"b-2"})"
      "\n"
      R"({"event_type":"tool_start","agent_name":"b-2","run_id":"r/1","tool":"search"})"
      "\n");
  struct Asking {
    const TraceStore& store;
    const char* run;
  };
  SchemaCheck check(ApiClient(*none).get("/api/schema").body);
  for (const Asking& asking : {Asking{*none, "none"}, Asking{*fixture, "run_fixture_2"},
                               Asking{*production, "run-174"}, Asking{*odd, "r%2F1"}}) {
    const ApiClient client(asking.store, {.budget_usd = 5});
    for (const Asked& asked : questions(asking.run)) {
      const HttpReply reply = client.get(asked.target);
      check.add("get", asked.path, reply.status, reply.body);
    }
  }
  EXPECT_EQ(check.complaints(), "");
}

TEST(ApiSchema, AnAnswerOfAnotherTypeIsTold) {
  const auto store = store_of_file(kFixture);
  const ApiClient client(*store);
  std::string body = client.get("/api/runs").body;
  const std::size_t at = body.find("\"events\":7");
  ASSERT_NE(at, std::string::npos);
  body.replace(at, 10, "\"events\":\"7\"");
  SchemaCheck check(client.get("/api/schema").body);
  check.add("get", "/api/runs", 200, body);
  const std::string said = check.complaints();
  EXPECT_NE(said.find("data/runs/0/events must be integer"), std::string::npos) << said;
}

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(", ", begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 2;
  }
  std::ranges::sort(parts);
  return parts;
}

// What a refusal lists is what the document lists.
TEST(ApiSchema, TheParametersOfTheDocumentAreThoseThatAreTaken) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store), other(*store);
  const simdjson::dom::element document = client.json("/api/schema");
  for (const char* const path :
       {"/api/dashboard", "/api/runs", "/api/runs/{run}", "/api/runs/{run}/spans",
        "/api/runs/{run}/download", "/api/events", "/api/events/{number}", "/api/costs",
        "/api/latencies", "/api/providers", "/api/graph", "/api/schema"}) {
    const simdjson::dom::element get = document["paths"].at_key(path)["get"];
    std::vector<std::string> listed;
    simdjson::dom::array references;
    if (get["parameters"].get(references) == simdjson::SUCCESS) {
      for (const simdjson::dom::element reference : references) {
        const auto place = std::string(std::string_view(reference["$ref"]));
        const auto parameter =
            document["components"]["parameters"].at_key(place.substr(place.rfind('/') + 1));
        if (std::string_view(parameter["in"]) != "query") continue;
        listed.emplace_back(std::string_view(parameter["name"]));
      }
    }
    std::ranges::sort(listed);
    std::string target = path;
    for (const auto& [name, value] : {std::pair<std::string, std::string>("{run}", "run_fixture_1"),
                                      std::pair<std::string, std::string>("{number}", "1")}) {
      if (const std::size_t at = target.find(name); at != target.npos) {
        target.replace(at, name.size(), value);
      }
    }
    const std::string refusal = other.error(target + "?nonsense=1", 400);
    const std::string taken = refusal.substr(refusal.find(": ") + 2);
    EXPECT_EQ(listed, taken == "there is none" ? std::vector<std::string>() : parts_of(taken))
        << path;
  }
}

}  // namespace
}  // namespace tracebus::testing
