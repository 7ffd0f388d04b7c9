// SPDX-License-Identifier: Apache-2.0
//
// What spans emit, judged by what a subscriber received.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using ::testing::IsEmpty;
using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

TEST(Row41TypedScopes, EachKindHasItsEvents) {
  SpanRig rig;
  const auto expect = [&](SpanKind kind, const std::string& start, const std::string& end) {
    rig.tracer.span({kind, "it"}).end();
    const std::vector<Seen> seen = rig.take();
    ASSERT_THAT(seen, SizeIs(2)) << start;
    EXPECT_EQ(seen[0].type, start);
    EXPECT_EQ(seen[1].type, end);
    for (const Seen& event : seen) {
      EXPECT_EQ(event["span.name"], "\"it\"");
      EXPECT_EQ(event["span.kind"], "\"" + std::string(to_string(kind)) + "\"");
      EXPECT_TRUE(event.well_formed) << start;
    }
    EXPECT_EQ(seen[0].ids, seen[1].ids);
  };
  expect(SpanKind::kPattern, "pattern_start", "pattern_end");
  expect(SpanKind::kAgent, "agent_start", "agent_end");
  expect(SpanKind::kLlm, "llm_call_start", "llm_call_end");
  expect(SpanKind::kTool, "tool_start", "tool_end");
  expect(SpanKind::kGuard, "guard_start", "guard_end");
  expect(SpanKind::kChain, "chain_start", "chain_end");
  expect(SpanKind::kRetriever, "retriever_start", "retriever_end");
  expect(SpanKind::kRouter, "router_start", "router_end");
  expect(SpanKind::kEmbedding, "embedding_start", "embedding_end");
  expect(SpanKind::kMemory, "memory_start", "memory_end");
  expect(SpanKind::kDecision, "decision_start", "decision_end");
}

TEST(Row41TypedScopes, TracerNamesThemAll) {
  SpanRig rig;
  const Tracer& tracer = rig.tracer;
  { auto span = tracer.pattern("p"); }
  { auto span = tracer.agent("a"); }
  { auto span = tracer.llm_call({.model = "m"}); }
  { auto span = tracer.tool("t"); }
  { auto span = tracer.guard("g"); }
  { auto span = tracer.chain("c"); }
  { auto span = tracer.retriever("r"); }
  { auto span = tracer.router("o"); }
  { auto span = tracer.embedding("e"); }
  { auto span = tracer.memory("y"); }
  { auto span = tracer.decision("d"); }
  std::string kinds;
  for (const Seen& seen : rig.take()) {
    if (!seen.is_start()) kinds += seen["span.kind"] + seen["span.name"];
  }
  EXPECT_EQ(kinds,
            "\"PATTERN\"\"p\"\"AGENT\"\"a\"\"LLM\"\"m\"\"TOOL\"\"t\"\"GUARD\"\"g\"\"CHAIN\"\"c\""
            "\"RETRIEVER\"\"r\"\"ROUTER\"\"o\"\"EMBEDDING\"\"e\"\"MEMORY\"\"y\"\"DECISION\"\"d\"");
}

TEST(Row25AgentScope, ExampleOfTheDocumentIsOneTree) {
  SpanRig rig(Filter(), {.service_name = "investment-analysis"});
  {
    auto run = rig.tracer.pattern("debate", {attr<"rounds">(2)});
    {
      auto bull = rig.tracer.agent("bull");
      auto call = rig.tracer.llm_call({.model = "gemini-2.5-flash", .provider = "gcp.gemini"});
      call.usage({.input_tokens = 450, .output_tokens = 380, .cache_read_tokens = 200});
    }
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(6));
  const Seen& call = seen[3];
  const Seen& bull = seen[4];
  const Seen& run = seen[5];
  EXPECT_EQ(call.type, "llm_call_end");
  EXPECT_EQ(call["model"], "\"gemini-2.5-flash\"");
  EXPECT_EQ(call["provider"], "\"gcp.gemini\"");
  EXPECT_EQ(call["input_tokens"], "450");
  EXPECT_EQ(call["output_tokens"], "380");
  EXPECT_EQ(call["cache_read_input_tokens"], "200");
  EXPECT_EQ(call.agent, "bull");
  EXPECT_EQ(call.pattern, "debate");
  EXPECT_EQ(run["rounds"], "2");
  EXPECT_EQ(seen[0]["rounds"], "2") << "who watches sees it while it is open";
  EXPECT_EQ(run["service.name"], "\"investment-analysis\"");
  EXPECT_EQ(call["service.name"], "") << "only what has no parent here says it";
  EXPECT_EQ(run.ids.parent_span_id, SpanId());
  EXPECT_EQ(bull.ids.parent_span_id, run.ids.span_id);
  EXPECT_EQ(call.ids.parent_span_id, bull.ids.span_id);
  EXPECT_EQ(call.ids.trace_id, run.ids.trace_id);
  EXPECT_EQ(call.ids.run_id, run.ids.run_id);
  EXPECT_EQ(run.ids.run_id.hex(), run.ids.trace_id.hex());
}

TEST(SpanTest, EndSaysWhenItBegan) {
  SpanRig rig;
  auto span = rig.tracer.chain("step");
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  span.end();
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_GE(seen[1].duration_ms(), 3.0);
  const auto start = seen[1].timestamp_ns - std::llround(seen[1].duration_ms() * 1e6);
  // Both were stamped by one read of the clock each; what is left is the difference of two rates.
  EXPECT_NEAR(static_cast<double>(start), static_cast<double>(seen[0].timestamp_ns), 1e6);
}

TEST(SpanTest, OpenSpanIsSeenBeforeItEnds) {
  SpanRig rig;
  auto span = rig.tracer.agent("long", {{"task", "think"}});
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].type, "agent_start");
  EXPECT_EQ(seen[0]["task"], "\"think\"");
  EXPECT_EQ(seen[0].ids, span.ids());
}

TEST(SpanTest, EndsOnce) {
  SpanRig rig;
  auto span = rig.tracer.tool("t");
  span.set(attr<"before">(1));
  span.end();
  EXPECT_FALSE(span.is_recording());
  EXPECT_FALSE(Context::current().has_span());
  span.set(attr<"after">(1)).add_event("after").set_status(SpanStatus::kFailed, "late");
  span.end();
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "tool_end");
  EXPECT_EQ(end["before"], "1");
  EXPECT_EQ(end["after"], "");
  EXPECT_EQ(end["span.events"], "");
  EXPECT_EQ(end["span.status"], "\"unset\"");
}

TEST(SpanTest, LastValueOfAKeyCounts) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c", {attr<"round">(1), {"note", "first, and rather long"}});
    span.set("note", "second").set(attr<"round">("two")).set("unregistered key", 1);
    span.set("unregistered key", 2.5).set("note", nullptr).set("note", "third");
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["round"], "\"two\"");
  EXPECT_EQ(end["note"], "\"third\"");
  EXPECT_EQ(end["unregistered key"], "2.5");
  EXPECT_TRUE(end.well_formed);
}

TEST(SpanTest, KeyThatIsRegisteredMeanwhileIsStillTheSame) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c", {{"a key that nobody registered yet", 1}, {"other", 1}});
    span.set(attr<"a key that nobody registered yet">("two")).set(attr<"other">(2));
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["a key that nobody registered yet"], "\"two\"");
  EXPECT_EQ(end["other"], "2");
  EXPECT_TRUE(end.well_formed);
}

TEST(SpanTest, KeyThatAnotherSpanRegisteredIsStillTheSame) {
  SpanRig rig;
  auto span = rig.tracer.chain("c", {{"a key that another span registers", 1}});
  rig.tracer.chain("d", {attr<"a key that another span registers">(0)}).end();
  span.set(attr<"a key that another span registers">(2));
  span.set("a key that another span registers", 3);
  span.end();
  EXPECT_EQ(rig.take().back()["a key that another span registers"], "3");
}

TEST(SpanTest, ValuesOfAllTypesAreKeptWhole) {
  SpanRig rig;
  {
    std::string text = "borrowed";
    std::vector<Value> array = {1, "two", Value::array({3.5, nullptr})};
    auto span = rig.tracer.chain("c");
    span.set("text", text).set("array", Value::array(array)).set("null", nullptr);
    span.set("yes", true).set("big", ~std::uint64_t{0});
    span.set("object", Value::object({{"inner", text}}));
    span.set("bytes", std::as_bytes(std::span(text)));
    text.assign(text.size(), '?');
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["text"], "\"borrowed\"");
  EXPECT_EQ(end["array"], "[1,\"two\",[3.5,null]]");
  EXPECT_EQ(end["object"], "{\"inner\":\"borrowed\"}");
  EXPECT_EQ(end["null"], "null");
  EXPECT_EQ(end["yes"], "true");
  EXPECT_EQ(end["big"], "9223372036854775807");
  EXPECT_TRUE(end.well_formed);
}

TEST(SpanTest, FieldsOfSpansCannotBeSet) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c");
    span.set("span.name", "other").set(attr<"duration_ms">(-1)).set("tracebus.span_id", "x");
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.name"], "\"c\"");
  EXPECT_NE(end["duration_ms"], "twice");
  EXPECT_EQ(end["span.dropped_attributes"], "3");
}

TEST(Row40Status, OkIsFinal) {
  SpanRig rig;
  auto span = rig.tracer.chain("c");
  span.set_status(SpanStatus::kOk, "no message with ok").set_status(SpanStatus::kFailed, "late");
  span.set_status(SpanStatus::kUnset);
  span.end();
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.status"], "\"ok\"");
  EXPECT_EQ(end["span.status_message"], "");
}

TEST(Row40Status, ErrorOverridesUnsetAndOkOverridesError) {
  SpanRig rig;
  {
    auto span = rig.tracer.chain("c");
    span.set_status(SpanStatus::kFailed, "first").set_status(SpanStatus::kUnset);
    span.set_status(SpanStatus::kFailed, "second");
  }
  Seen end = rig.take_end();
  EXPECT_EQ(end["span.status"], "\"error\"");
  EXPECT_EQ(end["span.status_message"], "\"second\"");
  {
    auto span = rig.tracer.chain("c");
    span.set_status(SpanStatus::kFailed, "it stays").set_status(SpanStatus::kUnset);
  }
  end = rig.take_end();
  EXPECT_EQ(end["span.status"], "\"error\"");
  EXPECT_EQ(end["span.status_message"], "\"it stays\"");
  {
    auto span = rig.tracer.chain("c");
    span.set_status(SpanStatus::kFailed, "first").set_status(SpanStatus::kOk);
  }
  end = rig.take_end();
  EXPECT_EQ(end["span.status"], "\"ok\"");
  EXPECT_EQ(end["span.status_message"], "");
}

TEST(Row25AgentScope, UnwindingFailsItWithOneExceptionAndOneErrorEvent) {
  SpanRig rig;
  try {
    auto agent = rig.tracer.agent("bull");
    throw std::runtime_error("no money");
  } catch (const std::exception&) {
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[1].type, "error");
  EXPECT_EQ(seen[1].agent, "bull");
  EXPECT_EQ(seen[1].ids, seen[2].ids);
  EXPECT_EQ(seen[2].type, "agent_end");
  EXPECT_EQ(seen[2]["span.status"], "\"error\"");
  EXPECT_THAT(seen[2]["span.events"], ::testing::HasSubstr("exception.escaped"));
}

// A span within a destructor that runs while an exception unwinds something else did not fail.
TEST(Row25AgentScope, ScopeWithinUnwindingIsNotFailedByIt) {
  SpanRig rig;
  struct Cleanup {
    const Tracer& tracer;
    ~Cleanup() { auto span = tracer.tool("cleanup"); }
  };
  try {
    const Cleanup cleanup{rig.tracer};
    throw std::runtime_error("elsewhere");
  } catch (const std::exception&) {
  }
  EXPECT_EQ(rig.take_end()["span.status"], "\"unset\"");
}

TEST(Row27TracedProvider, FailedCallEndsAsItsError) {
  SpanRig rig;
  { rig.tracer.llm_call({.model = "m"}).set_status(SpanStatus::kFailed, "quota"); }
  { rig.tracer.tool("t").set_status(SpanStatus::kFailed, "gone"); }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_EQ(seen[1].type, "llm_call_error");
  EXPECT_EQ(seen[1]["span.status_message"], "\"quota\"");
  EXPECT_EQ(seen[3].type, "tool_error");
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Row28OneExceptionEvent, WhatIsRecordedAndThrownOnIsNotedOnce) {
  SpanRig rig;
  try {
    auto span = rig.tracer.tool("t");
    try {
      throw std::invalid_argument("bad url");
    } catch (const std::exception& exception) {
      span.record_exception(exception).set_error(exception);
      throw;
    }
  } catch (const std::exception&) {
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "tool_error");
  EXPECT_EQ(occurrences(end["span.events"], "\"exception\""), 1u) << end["span.events"];
  EXPECT_THAT(end["span.events"], ::testing::HasSubstr("std::invalid_argument"));
  EXPECT_THAT(end["span.events"], ::testing::HasSubstr("bad url"));
  EXPECT_EQ(end["span.status_message"], "\"bad url\"");
}

TEST(Row28OneExceptionEvent, TwoExceptionsAreTwo) {
  SpanRig rig;
  auto span = rig.tracer.tool("t");
  for (const char* const what : {"first", "second"}) {
    try {
      throw std::runtime_error(what);
    } catch (...) {
      span.record_current_exception();
    }
  }
  try {
    throw 42;
  } catch (...) {
    span.set_current_error();
  }
  span.end();
  const Seen end = rig.take_end();
  EXPECT_EQ(occurrences(end["span.events"], "\"exception\""), 3u) << end["span.events"];
  EXPECT_THAT(end["span.events"], ::testing::HasSubstr("\"int\""));
  EXPECT_EQ(end["span.status"], "\"error\"");
}

TEST(Row28OneExceptionEvent, ErrorIsOfTheTypeThatWasFirst) {
  SpanRig rig(Filter::types({"error"}));
  auto span = rig.tracer.chain("c");
  span.record_exception(std::invalid_argument("first"));
  span.set_error(std::out_of_range("second"));
  span.end();
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0]["error_type"], "\"std::invalid_argument\"");
  EXPECT_EQ(seen[0]["message"], "\"second\"");
}

TEST(SpanTest, EventsAndLinksComeWithTheEnd) {
  SpanRig rig;
  SpanContext other{.trace_id = TraceId::from_foreign("t"), .span_id = SpanId::from_foreign("s")};
  {
    auto span = rig.tracer.chain("c");
    span.add_event("vote", {{"for", 2}, attr<"against">(1)});
    span.add_link(other, {{"why", "retry"}});
  }
  const Seen end = rig.take_end();
  EXPECT_THAT(end["span.events"],
              ::testing::MatchesRegex(R"(\[\{"name":"vote","offset_ns":[0-9]+,)"
                                      R"("attributes":\{"for":2,"against":1\}\}\])"));
  EXPECT_EQ(end["span.links"], "[{\"trace_id\":\"" + other.trace_id.hex() + "\",\"span_id\":\"" +
                                   other.span_id.hex() + "\",\"attributes\":{\"why\":\"retry\"}}]");
}

TEST(SpanTest, WhatNobodyWantsIsSilentAndStillHasIds) {
  SpanRig rig(Filter::types({"cost_record"}));
  {
    auto run = rig.tracer.pattern("debate", {attr<"rounds">(2)});
    EXPECT_FALSE(run.is_recording());
    EXPECT_TRUE(Context::current().has_span());
    auto bull = rig.tracer.agent("bull");
    EXPECT_EQ(bull.ids().parent_span_id, run.ids().span_id);
    EXPECT_EQ(bull.ids().trace_id, run.ids().trace_id);
    EXPECT_EQ(Context::current().agent(), "bull");
    bull.set(attr<"x">(1)).add_event("e").set_status(SpanStatus::kFailed, "m");
  }
  EXPECT_THAT(rig.take(), IsEmpty());
  EXPECT_EQ(rig.bus.stats().emitted, 0u);
}

TEST(SpanTest, WhoWantsOnlyErrorsGetsThoseOfSpansThatFail) {
  SpanRig rig(Filter::types({"tool_error", "error"}));
  rig.tracer.tool("t").end();
  rig.tracer.tool("t").set_status(SpanStatus::kFailed, "why").end();
  rig.tracer.chain("c").set_status(SpanStatus::kFailed, "why not").end();
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].type, "tool_error");
  EXPECT_EQ(seen[0]["span.status_message"], "\"why\"");
  EXPECT_EQ(seen[1].type, "error");
  EXPECT_EQ(seen[1]["message"], "\"why not\"");
}

TEST(SpanTest, WhoWantsOnlyEndsGetsWholeEnds) {
  SpanRig rig(Filter::types({"llm_call"}));
  { rig.tracer.llm_call({.model = "m"}).usage({.input_tokens = 1}); }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(1)) << "a filter on llm_call matches the end";
  EXPECT_EQ(seen[0].type, "llm_call_end");
  EXPECT_EQ(seen[0]["model"], "\"m\"");
}

TEST(Row39ActiveSpan, ParentIsGivenOrCurrent) {
  SpanRig rig;
  auto outer = rig.tracer.chain("outer");
  auto aside = rig.tracer.span({.name = "aside", .current = false});
  EXPECT_EQ(Context::current().span_id(), outer.ids().span_id);
  auto inner = rig.tracer.span({.name = "inner", .parent = &aside.context()});
  EXPECT_EQ(inner.ids().parent_span_id, aside.ids().span_id);
  EXPECT_EQ(Context::current().span_id(), inner.ids().span_id);
  const Context root;
  auto other = rig.tracer.span({.name = "other", .parent = &root});
  EXPECT_NE(other.ids().trace_id, outer.ids().trace_id);
}

TEST(Row39ActiveSpan, RemoteParentIsAParentWhoseServiceIsAnother) {
  SpanRig rig(Filter(), {.service_name = "ours"});
  const SpanContext remote{.trace_id = TraceId::from_foreign("t"),
                           .span_id = SpanId::from_foreign("s"),
                           .sampled = true,
                           .remote = true};
  const ContextScope scope = Context().with_span(remote).attach();
  auto span = rig.tracer.agent("a");
  EXPECT_EQ(span.ids().trace_id, remote.trace_id);
  EXPECT_EQ(span.ids().parent_span_id, remote.span_id);
  EXPECT_EQ(span.ids().run_id.hex(), remote.trace_id.hex());
  EXPECT_FALSE(span.context().is_remote());
  EXPECT_TRUE(span.context().is_sampled());
  span.end();
  EXPECT_EQ(rig.take_end()["service.name"], "\"ours\"");
}

TEST(Row39ActiveSpan, ParentThatEndedIsStillAParent) {
  SpanRig rig;
  std::optional<Context> kept;
  EventIds ids;
  {
    auto run = rig.tracer.pattern("debate");
    kept = Context::current();
    ids = run.ids();
  }
  std::thread([&] {
    const ContextScope scope(*kept);
    auto late = rig.tracer.tool("late");
    EXPECT_EQ(late.ids().parent_span_id, ids.span_id);
    EXPECT_EQ(late.ids().trace_id, ids.trace_id);
  }).join();
  EXPECT_EQ(rig.take().back().pattern, "debate");
}

TEST(Row38SessionUserMetadataTags, AreOnAllSpansBelow) {
  SpanRig rig;
  {
    const ContextScope session = Context::current()
                                     .with({.session_id = "s-17",
                                            .user_id = "ann",
                                            .metadata = {{"tier", 2}, {"plan", "free"}},
                                            .tags = {"beta"}})
                                     .attach();
    const ContextScope inner =
        Context::current().with({.metadata = {{"plan", "paid"}}, .tags = {"eu"}}).attach();
    auto run = rig.tracer.agent("a");
    { auto tool = rig.tracer.tool("t"); }
    const Seen end = rig.take_end();
    EXPECT_EQ(end["session.id"], "\"s-17\"");
    EXPECT_EQ(end["user.id"], "\"ann\"");
    EXPECT_EQ(end["metadata"], R"("{\"tier\":2,\"plan\":\"paid\"}")");
    EXPECT_EQ(end["tag.tags"], "[\"beta\",\"eu\"]");
  }
  (void)rig.take();
  { auto tool = rig.tracer.tool("t"); }
  EXPECT_EQ(rig.take_end()["session.id"], "");
}

}  // namespace
}  // namespace tracebus
