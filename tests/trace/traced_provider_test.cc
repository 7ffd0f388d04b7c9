// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/traced_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

struct Usage {
  int input_tokens = 0;
  int output_tokens = 0;
};
struct Reply {
  std::string text;
  Usage usage;
};
struct Openai {
  bool fails = false;
  Reply complete(const std::vector<std::string>& messages, std::string_view model) {
    if (fails) throw std::runtime_error("429 too many requests");
    return {std::string(model) + " read " + std::to_string(messages.size()), {450, 380}};
  }
};
struct Bare {
  std::string complete(const std::vector<std::string>&, std::string_view) { return "yes"; }
};
struct Unsure {
  struct Answer {
    std::optional<Usage> usage;
  };
  Answer complete(const std::vector<std::string>& messages, std::string_view) {
    return messages.empty() ? Answer{} : Answer{Usage{1, 2}};
  }
};

TEST(TracedProviderTest, Row27StartAndEndAreOfTheProvider) {
  SpanRig rig;
  Openai openai;
  TracedProvider traced(openai, "openai", rig.bus);
  std::vector<Seen> seen;
  EventIds of_agent;
  {
    auto agent = rig.tracer.agent("bull");
    of_agent = agent.ids();
    const Reply reply = traced.complete(std::vector<std::string>{"a", "b"}, "gpt-4o");
    EXPECT_EQ(reply.text, "gpt-4o read 2");
    seen = rig.take();
  }
  ASSERT_THAT(seen, SizeIs(3));
  const Seen& start = seen[1];
  EXPECT_EQ(start.type, "provider_call_start");
  EXPECT_EQ(start.agent, "openai");
  EXPECT_EQ(start["provider"], "\"openai\"");
  EXPECT_EQ(start["model"], "\"gpt-4o\"");
  EXPECT_EQ(start["input_messages"], "2");
  EXPECT_EQ(start.ids.parent_span_id, of_agent.span_id);
  EXPECT_EQ(start.ids.trace_id, of_agent.trace_id);
  const Seen& end = seen[2];
  EXPECT_EQ(end.type, "provider_call_end");
  EXPECT_EQ(end.ids.span_id, start.ids.span_id);
  EXPECT_EQ(end["input_tokens"], "450");
  EXPECT_EQ(end["output_tokens"], "380");
  EXPECT_GE(std::stod(end["duration_seconds"]), 0);
  EXPECT_GE(end.duration_ms(), std::stod(end["duration_seconds"]) * 1000);
}

TEST(TracedProviderTest, Row27AFailureIsSaidAndThrownOn) {
  SpanRig rig;
  Openai openai{.fails = true};
  TracedProvider traced(openai, "openai", rig.bus);
  EXPECT_THROW(traced.complete(std::vector<std::string>{}), std::runtime_error);
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0]["model"], "\"default\"");
  EXPECT_EQ(seen[1].type, "provider_call_error");
  EXPECT_EQ(seen[1]["error"], "\"429 too many requests\"");
  EXPECT_GE(std::stod(seen[1]["duration_seconds"]), 0);
}

TEST(TracedProviderTest, TokensThatAreNotKnownAreNotSaid) {
  SpanRig rig;
  Bare bare;
  TracedProvider(bare, "bare", rig.bus).complete(std::vector<std::string>{});
  EXPECT_EQ(rig.take().at(1)["input_tokens"], "");
  Unsure unsure;
  TracedProvider traced(unsure, "unsure", rig.bus);
  traced.complete(std::vector<std::string>{});
  EXPECT_EQ(rig.take().at(1)["output_tokens"], "");
  traced.complete(std::vector<std::string>{"x"});
  EXPECT_EQ(rig.take().at(1)["output_tokens"], "2");
}

}  // namespace
}  // namespace tracebus
