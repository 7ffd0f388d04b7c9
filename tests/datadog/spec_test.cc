// SPDX-License-Identifier: Apache-2.0
//
// datadog:URL as programs are given it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracebus/config/exporter_factory.h"
#include "tracebus/tests/datadog/node_agent.h"
#include "tracebus/tests/datadog/span_maker.h"
#include "tracebus/tests/exporters/event_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

TEST(DatadogSpecTest, Row19_ASpecSendsToTheAgentThatItNamesBehindItsProcessors) {
  NodeAgent agent;
  const auto made = exporter_factory().make("redact|datadog:" + agent.socket_url());
  ASSERT_TRUE(made.ok()) << made.status();
  EventMaker maker;
  TraceEvent span = numbered_span(5);
  span.payload.add("password", "very secret");
  maker.add(span);
  EXPECT_EQ((*made)->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  const AgentRequest request = agent.next();
  ASSERT_EQ(request.traces.size(), 1u);
  ASSERT_EQ(request.traces[0].size(), 1u);
  EXPECT_EQ(request.traces[0][0].metrics.at("n"), 5);
  EXPECT_EQ(request.traces[0][0].meta.at("password").find("secret"), std::string::npos);
}

TEST(DatadogSpecTest, ASpecWithABadAddressSaysWhatToGive) {
  const auto made = exporter_factory().make("datadog:secret");
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("give http://host:8126"));
  EXPECT_THAT(exporter_factory().help(), HasSubstr("datadog[:URL]"));
}

}  // namespace
}  // namespace tracebus::testing
