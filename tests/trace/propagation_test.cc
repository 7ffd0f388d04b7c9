// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/propagation.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tracebus {
namespace {

using Headers = std::map<std::string, std::string>;
using HeaderList = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Context calling_context() {
  const Headers headers = {{"traceparent", kParent},
                           {"tracestate", "rojo=1,congo=2"},
                           {"baggage", "tenant=acme;p=1,n=2"}};
  return extract(headers).context;
}

void expect_nothing(const Extracted& extracted) {
  EXPECT_FALSE(extracted.context.has_span());
  EXPECT_TRUE(extracted.context.ids().is_none());
  EXPECT_TRUE(extracted.context.trace_state().empty());
  EXPECT_TRUE(extracted.context.baggage().empty());
  EXPECT_EQ(extracted.context.session_id(), "");
  EXPECT_TRUE(extracted.context.tags().empty());
  EXPECT_TRUE(extracted.hand_off.empty());
}

TEST(Row60_PropagationTest, ContextTravelsWhole) {
  SpanContext span = calling_context().span();
  EXPECT_EQ(span.trace_id.hex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(span.span_id.hex(), "b7ad6b7169203331");
  EXPECT_TRUE(span.sampled && span.remote && !span.random);
  span.span_id.bytes[0] = 1;
  span.sampled = false;
  span.random = true;
  Headers headers;
  const Injected injected = inject(calling_context().with_span(span), headers);
  EXPECT_EQ(headers,
            (Headers{{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-01ad6b7169203331-02"},
                     {"tracestate", "rojo=1,congo=2"},
                     {"baggage", "tenant=acme;p=1,n=2"}}));
  EXPECT_EQ(injected.dropped_baggage_members + injected.dropped_trace_state_members, 0u);
}

TEST(Row60_PropagationTest, HandOffTravelsAsBaggageAndEndsWithItsReceiver) {
  Headers headers;
  inject(calling_context(), headers,
         {.agent_name = "orchestrator", .handoff_reason = "needs research, soon"});
  EXPECT_EQ(headers["baggage"],
            "agent.handoff.from=orchestrator,agent.handoff.reason=needs%20research%2C%20soon,"
            "tenant=acme;p=1,n=2");
  const ContinuedTrace trace = continue_trace(extract(headers));
  EXPECT_EQ(trace.hand_off().agent_name, "orchestrator");
  EXPECT_EQ(trace.hand_off().handoff_reason, "needs research, soon");
  EXPECT_EQ(trace.hand_off().to_agent, "");
  Headers further;
  inject(Context::current(), further);
  EXPECT_EQ(further["baggage"], "tenant=acme;p=1,n=2") << "the next one was handed nothing";
}

TEST(Row61_PropagationTest, HandOffHasAllItsFieldsAndTheContextsAgent) {
  HeaderList headers;
  inject(Context().with({.agent = "planner"}), headers,
         {.handoff_reason = "r", .to_agent = "researcher", .protocol = "mcp"});
  const ReceivedHandOff hand_off = extract(headers).hand_off;
  EXPECT_EQ(hand_off.agent_name, "planner");
  EXPECT_EQ(hand_off.to_agent, "researcher");
  EXPECT_EQ(hand_off.protocol, "mcp");
  EXPECT_EQ(hand_off.handoff_reason, "r");
  EXPECT_TRUE(extract(headers).context.baggage().empty());
}

TEST(Row61_PropagationTest, HandOffFitsBesideFullBaggageAndWhatDoesNotIsCounted) {
  Baggage full;
  for (int i = 0; i < 64; ++i) full = *full.with("k" + std::to_string(i), std::string(100, 'v'));
  const std::string reason = std::string(600, '\xFF');
  std::vector<std::pair<std::string, std::string>> headers;
  const Injected injected =
      inject(Context().with_baggage(full), headers,
             {.agent_name = "a", .handoff_reason = reason, .to_agent = reason, .protocol = reason});
  EXPECT_GT(injected.dropped_baggage_members, 0u);
  EXPECT_LE(headers[0].second.size(), kBaggageBytesMax);
  const Extracted extracted = extract(headers);
  EXPECT_EQ(extracted.hand_off.agent_name, "a");
  EXPECT_FALSE(extracted.hand_off.handoff_reason.empty());
  EXPECT_FALSE(extracted.hand_off.protocol.empty());
  EXPECT_EQ(extracted.context.baggage().members().size() + injected.dropped_baggage_members, 64u);
}

TEST(Row61_PropagationTest, HandOffWinsOverBaggageOfItsName) {
  Headers headers;
  const Baggage old = *Baggage().with("agent.handoff.from", "old")->with("k", "v");
  inject(Context().with_baggage(old), headers, {.agent_name = "new"});
  EXPECT_EQ(headers["baggage"], "agent.handoff.from=new,k=v");
}

TEST(Row60_PropagationTest, TwoParentsAreNone) {
  const HeaderList headers = {
      {"traceparent", kParent}, {"tracestate", "a=1"}, {"Traceparent", kParent}};
  EXPECT_FALSE(extract(headers).context.has_span());
  EXPECT_TRUE(extract(headers).context.trace_state().empty());
}

TEST(Row61_PropagationTest, LongHandOffIsCutBetweenCharacters) {
  std::string reason = "x";
  while (reason.size() < 2 * kHandOffTextBytesMax) reason += "\xE2\x82\xAC";
  Headers headers;
  inject(Context(), headers, {.handoff_reason = reason});
  const std::string received = extract(headers).hand_off.handoff_reason;
  EXPECT_EQ(received, reason.substr(0, 1 + 3 * ((kHandOffTextBytesMax - 1) / 3)));
}

TEST(Row58_PropagationTest, NothingOfTheCurrentContextIsExtracted) {
  const ContextScope outer =
      calling_context().with({.session_id = "mine", .tags = {"mine"}}).attach();
  expect_nothing(extract(Headers()));
  expect_nothing(extract(Headers{{"x-other", "1"}, {"traceparent", ""}, {"baggage", " , "}}));
  {
    const ContinuedTrace trace = continue_trace(extract(Headers{{"baggage", "tenant=other"}}));
    EXPECT_FALSE(Context::current().has_span());
    EXPECT_EQ(Context::current().session_id(), "");
    EXPECT_EQ(Context::current().baggage().text(), "tenant=other");
  }
  EXPECT_EQ(Context::current().session_id(), "mine");
  EXPECT_EQ(Context::current().baggage().get("tenant"), "acme");
}

TEST(Row60_PropagationTest, RemoteSpanIsTheParentWithinTheScope) {
  {
    ContinuedTrace trace = continue_trace(extract(Headers{{"traceparent", kParent}}));
    EXPECT_EQ(Context::current().span_id().hex(), "b7ad6b7169203331");
    EXPECT_TRUE(Context::current().is_remote());
    EXPECT_EQ(trace.context().span(), Context::current().span());
  }
  EXPECT_FALSE(Context::current().has_span());
}

TEST(Row60_PropagationTest, IdentityTravelsWhereTheSenderPutsItIntoTheBaggage) {
  const RunId run = *RunId::from_hex("000102030405060708090a0b0c0d0e0f");
  const Context sender =
      calling_context().with({.session_id = "s 17", .user_id = "ann", .run_id = run});
  Headers headers;
  inject(sender, headers);
  EXPECT_EQ(headers["baggage"], "tenant=acme;p=1,n=2") << "nothing by itself";
  EXPECT_EQ(extract(headers).context.session_id(), "");
  inject(with_identity_in_baggage(sender), headers);
  EXPECT_EQ(headers["baggage"],
            "tenant=acme;p=1,n=2,session.id=s%2017,user.id=ann,"
            "run.id=000102030405060708090a0b0c0d0e0f");
  const Context received = extract(headers).context;
  EXPECT_EQ(received.session_id(), "s 17");
  EXPECT_EQ(received.user_id(), "ann");
  EXPECT_EQ(received.run_id(), run);
  EXPECT_EQ(received.span_id(), sender.span_id());
  EXPECT_EQ(received.baggage().get("tenant"), "acme");
  EXPECT_EQ(received.baggage().get("user.id"), "ann") << "it travels on";
}

TEST(Row60_PropagationTest, StrangersIdentityHasLimits) {
  const std::string text(kHandOffTextBytesMax, 'x');
  const Context received =
      extract(Headers{{"baggage", "session.id=" + text + "y,user.id=%ff%0a,run.id=17"}}).context;
  EXPECT_EQ(received.session_id(), text);
  EXPECT_EQ(received.user_id(), "\xEF\xBF\xBD\n");
  EXPECT_TRUE(received.run_id().is_none()) << "no id of ours";
  for (const char* const run :
       {"0001020304050607-8090a0b0c0d0e0f", "00000000000000000000000000000000",
        "000102030405060708090a0b0c0d0e0f00"}) {
    const auto context = extract(Headers{{"baggage", std::string("run.id=") + run}}).context;
    EXPECT_TRUE(context.run_id().is_none()) << run;
  }
}

TEST(Row60_PropagationTest, IdentityThatFindsNoRoomInTheBaggageStays) {
  Baggage full;
  for (std::size_t i = 0; i < kBaggageMembersMax; ++i) {
    full = *full.with("m" + std::to_string(i), "v");
  }
  const Context sender = Context().with_baggage(full).with({.session_id = "s"});
  EXPECT_EQ(with_identity_in_baggage(sender).baggage(), full);
  const Context nobody = Context().with_baggage(*Baggage().with("a", "b"));
  EXPECT_EQ(with_identity_in_baggage(nobody).baggage().text(), "a=b");
}

TEST(Row60_PropagationTest, InvalidParentTakesItsTraceStateAlongButNotTheBaggage) {
  for (const char* parent :
       {"", "00-x", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    const Extracted extracted = extract(
        Headers{{"traceparent", parent}, {"tracestate", "rojo=1"}, {"baggage", "tenant=acme"}});
    EXPECT_FALSE(extracted.context.has_span()) << parent;
    EXPECT_TRUE(extracted.context.trace_state().empty()) << parent;
    EXPECT_EQ(extracted.context.baggage().get("tenant"), "acme") << parent;
  }
  EXPECT_TRUE(
      extract(Headers{{"traceparent", kParent}, {"tracestate", "=bad"}}).context.has_span());
}

TEST(Row60_PropagationTest, ReceivedHeadersThatAreSentOnSayNothingOfTheirSender) {
  HeaderList headers = {{"TraceParent", kParent},
                        {"TRACESTATE", "rojo=1"},
                        {"Baggage", "a=1"},
                        {"baggage", "b=2"},
                        {"Accept", "text/html"}};
  inject(Context(), headers);
  EXPECT_EQ(headers, (HeaderList{{"Accept", "text/html"}}));
  headers.insert(headers.begin(), {"TraceState", "stranger=1"});
  inject(calling_context().with_trace_state({}).with_baggage({}), headers);
  EXPECT_EQ(headers, (HeaderList{{"Accept", "text/html"}, {"traceparent", kParent}}));
}

TEST(Row60_PropagationTest, TraceStateThatIsSentHasABound) {
  std::string state;
  for (int i = 0; i < 30; ++i) state += "k" + std::to_string(i) + "=" + std::string(40, 'x') + ",";
  const Context context = extract(Headers{{"traceparent", kParent}, {"tracestate", state}}).context;
  EXPECT_EQ(context.trace_state().members().size(), 30u);
  Headers headers;
  const Injected injected = inject(context, headers);
  EXPECT_LE(headers["tracestate"].size(), kTraceStateBytesMax);
  EXPECT_EQ(TraceState::parse(headers["tracestate"])->members().size() +
                injected.dropped_trace_state_members,
            30u);
}

TEST(Row60_PropagationTest, NoTextReachesAHeaderUnencoded) {
  Headers headers;
  inject(Context().with_baggage(*Baggage().with("k", "a\r\nX-Injected: 1")), headers,
         {.agent_name = "a\r\nX-Injected: 1", .handoff_reason = std::string("\0\n;,", 4)});
  for (const char c : headers["baggage"]) EXPECT_TRUE(c > ' ' && c <= '~') << int{c};
  EXPECT_EQ(extract(headers).hand_off.agent_name, "a\r\nX-Injected: 1");
}

// Carriers.

TEST(Row59_CarrierTest, ContainersOfPairsAreCarriers) {
  const Context context = calling_context();
  const auto check = [&context](auto headers) {
    headers.emplace(typename decltype(headers)::value_type("TRACEPARENT", "stale"));
    inject(context, headers);
    EXPECT_EQ(headers.size(), 3u);
    EXPECT_EQ(extract(headers).context.span(), context.span());
    EXPECT_EQ(extract(headers).context.baggage(), context.baggage());
  };
  check(std::map<std::string, std::string>());
  check(std::multimap<std::string, std::string>());
  check(std::unordered_map<std::string, std::string>());
  check(std::unordered_multimap<std::string, std::string>());
  const std::map<std::string_view, const char*> views = {{"Traceparent", kParent}};
  EXPECT_TRUE(extract(views).context.has_span());
}

// A class that knows one value a name, and cannot erase: as exo's DictCarrier.
struct DictCarrier {
  std::optional<std::string> get(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::nullopt : std::optional(found->second);
  }
  void set(std::string_view name, std::string_view value) { headers[std::string(name)] = value; }
  Headers headers;
};

TEST(Row59_CarrierTest, ClassWithGetAndSetIsACarrier) {
  DictCarrier carrier;
  inject(calling_context(), carrier, {.agent_name = "a name that is allocated on the heap"});
  const Extracted extracted = extract(carrier);
  EXPECT_EQ(extracted.context.span(), calling_context().span());
  EXPECT_EQ(extracted.context.trace_state(), calling_context().trace_state());
  EXPECT_EQ(extracted.hand_off.agent_name, "a name that is allocated on the heap");
  expect_nothing(extract(DictCarrier()));
}

struct LinesCarrier {
  std::vector<std::string> get_all(std::string_view name) const {
    if (name == "traceparent") return {kParent};
    if (name == "baggage") return {"a=1,b=a value that is allocated", "b=2", "c=3"};
    return {};
  }
};

TEST(Row59_CarrierTest, ClassWithGetAllGivesEveryLine) {
  const Extracted extracted = extract(LinesCarrier());
  EXPECT_TRUE(extracted.context.has_span());
  EXPECT_EQ(extracted.context.baggage().text(), "a=1,b=2,c=3");
  EXPECT_EQ(extracted.dropped_baggage_members, 1u);
}

// The `_meta` object of an MCP request, as SEP-414 shows it.
TEST(Row59_CarrierTest, MetaOfAnMcpRequestIsACarrier) {
  std::map<std::string, std::string> meta = {{"progressToken", "7"}};
  inject(calling_context(), meta, {.agent_name = "planner", .protocol = "mcp"});
  EXPECT_EQ(meta["traceparent"], kParent);
  EXPECT_EQ(meta["progressToken"], "7");
  const ContinuedTrace trace = continue_trace(extract(meta));
  EXPECT_EQ(trace.hand_off().protocol, "mcp");
  EXPECT_EQ(Context::current().trace_state().get("rojo"), "1");
}

}  // namespace
}  // namespace tracebus
