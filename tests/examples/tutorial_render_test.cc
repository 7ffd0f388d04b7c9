// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <simdjson.h>

#include <map>
#include <vector>

#include "tracebus/tests/examples/seed_example.h"

namespace tracebus {
namespace {

using testing::SeedExample;
using ::testing::SizeIs;

constexpr std::size_t kTimelineLines = 8;  // two for each of four spans

// Without what time says.
std::string without_times(std::string line) { return line.substr(0, line.find('[')); }

TEST_F(SeedExample, Row39_TutorialTimelineShowsTheTree) {
  const std::vector<std::string> lines = testing::lines_of(run("tutorial_render"));
  ASSERT_THAT(lines, SizeIs(kTimelineLines + 2));
  EXPECT_EQ(without_times(lines[0]), "? process_query ");
  EXPECT_EQ(lines[1], " |" + std::string(50, '=') + "|");
  EXPECT_EQ(without_times(lines[2]), " ? validate ");
  EXPECT_EQ(without_times(lines[4]), " ? llm_call ");
  EXPECT_EQ(without_times(lines[6]), "  + generate ");
}

TEST_F(SeedExample, Row39_TutorialJsonAndJaegerHaveTheSameSpans) {
  const std::vector<std::string> lines = testing::lines_of(run("tutorial_render"));
  ASSERT_THAT(lines, SizeIs(kTimelineLines + 2));
  simdjson::dom::parser parser;
  const simdjson::padded_string json(lines[kTimelineLines]);
  std::map<std::string, std::string> names;  // by span
  std::string parents;
  simdjson::dom::element trace = parser.parse(json).value();
  for (const simdjson::dom::element span : trace["spans"].get_array()) {
    const std::string id(span["span_id"].get_string().value());
    names[id] = std::string(span["name"].get_string().value());
    std::string_view parent;
    if (span["parent_span_id"].get(parent) == simdjson::SUCCESS) {
      parents += names[id] + "<" + names[std::string(parent)] + " ";
    }
  }
  EXPECT_EQ(parents, "validate<process_query llm_call<process_query generate<llm_call ");
  EXPECT_EQ(trace.at_pointer("/spans/1/events/0/name").get_string().value(), "validation_passed");
  EXPECT_EQ(trace.at_pointer("/spans/3/attributes/tokens").get_int64().value(), 500);

  simdjson::dom::parser jaeger_parser;
  const simdjson::padded_string jaeger_json(lines[kTimelineLines + 1]);
  simdjson::dom::element jaeger = jaeger_parser.parse(jaeger_json).value();
  std::map<std::string, std::string> jaeger_names;
  for (const simdjson::dom::element span : jaeger.at_pointer("/data/0/spans").get_array()) {
    jaeger_names[std::string(span["spanID"].get_string().value())] =
        std::string(span["operationName"].get_string().value());
  }
  EXPECT_EQ(jaeger_names, names);
  EXPECT_EQ(jaeger.at_pointer("/data/0/processes/p1/serviceName").get_string().value(),
            "agent_service");
}

}  // namespace
}  // namespace tracebus
