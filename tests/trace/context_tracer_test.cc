// SPDX-License-Identifier: Apache-2.0
//
// Whose spans traced() makes where it is given no tracer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/traced.h"
#include "tracebus/trace/tracer_numbers.h"

namespace tracebus {
namespace {

using testing::SpanRig;

using Headers = std::map<std::string, std::string>;

class DefaultTracer {
 public:
  explicit DefaultTracer(const Tracer& tracer) { set_default_tracer(&tracer); }
  ~DefaultTracer() { set_default_tracer(nullptr); }
};

std::string name_of_end(SpanRig& rig) { return rig.take_end()["span.name"]; }

TEST(ContextTracer, OfTheInnermostSpanThenTheDefaultOneThenNone) {
  EXPECT_EQ(current_tracer(), nullptr);
  SpanRig near;
  SpanRig far;
  const DefaultTracer far_one(far.tracer);
  EXPECT_EQ(current_tracer(), &far.tracer);
  {
    auto outer = far.tracer.agent("bull");
    auto inner = near.tracer.tool("fetch");
    EXPECT_EQ(current_tracer(), &near.tracer);
    inner.end();
    EXPECT_EQ(current_tracer(), &far.tracer);
    auto aside = near.tracer.span({.kind = SpanKind::kTool, .name = "x", .current = false});
    EXPECT_EQ(current_tracer(), &far.tracer);
    EXPECT_EQ(aside.context().tracer(), &near.tracer);
  }
  EXPECT_EQ(Context::current().tracer(), nullptr);
}

TEST(ContextTracer, TracedUsesIt) {
  SpanRig rig;
  SpanRig other;
  const DefaultTracer other_one(other.tracer);
  {
    auto run = rig.tracer.agent("bull");
    (void)rig.take();
    EXPECT_EQ(traced("mine", [] { return 1; }), 1);
    EXPECT_EQ(name_of_end(rig), "\"mine\"");
    traced(TracedOptions{.name = "tool", .kind = SpanKind::kTool}, [] {});
    EXPECT_EQ(rig.take_end().type, "tool_end");
  }
  EXPECT_TRUE(other.take().empty());
  traced("theirs", [] {});
  EXPECT_EQ(name_of_end(other), "\"theirs\"");
}

TEST(ContextTracer, GoesWithTheContextToOtherThreads) {
  SpanRig rig;
  auto run = rig.tracer.agent("bull");
  const auto work = Context::current().wrap([] { traced("there", [] {}); });
  (void)rig.take();
  std::thread(work).join();
  EXPECT_EQ(name_of_end(rig), "\"there\"");
  std::thread([] { EXPECT_EQ(current_tracer(), nullptr); }).join();
}

TEST(ContextTracer, ContinuedTraceHasTheOneOfItsReceiver) {
  SpanRig rig;
  SpanRig other;
  const Headers headers = {
      {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  {
    const ContextScope server = Context().with_tracer(rig.tracer).attach();
    const ContinuedTrace trace = continue_trace(extract(headers));
    EXPECT_EQ(current_tracer(), &rig.tracer);
    const ContinuedTrace mine = continue_trace(other.tracer, extract(headers));
    EXPECT_EQ(current_tracer(), &other.tracer);
    traced("handle", [] {});
  }
  EXPECT_EQ(other.take_end().ids.parent_span_id.hex(), "b7ad6b7169203331");
  const ContinuedTrace nobodys = continue_trace(extract(headers));
  EXPECT_EQ(current_tracer(), nullptr);
  const DefaultTracer rig_one(rig.tracer);
  EXPECT_EQ(current_tracer(), &rig.tracer);
}

TEST(ContextTracer, ContextThatOutlivesItsTracerHasNone) {
  Context kept;
  {
    SpanRig rig;
    auto run = rig.tracer.agent("bull");
    kept = run.context();
  }
  SpanRig next;  // may well lie where the other one lay
  EXPECT_EQ(kept.tracer(), nullptr);
  const ContextScope scope = kept.attach();
  EXPECT_EQ(traced("nobody", [] { return 1; }), 1);
  EXPECT_TRUE(next.take().empty());
}

TEST(ContextTracer, ContextStaysAsItIsOtherwise) {
  SpanRig rig;
  const Context context = Context().with({.session_id = "s", .agent = "bull"});
  const Context with = context.with_tracer(rig.tracer);
  EXPECT_EQ(with.tracer(), &rig.tracer);
  EXPECT_EQ(with.agent(), "bull");
  EXPECT_EQ(with.with_agent("bear").with_pattern("debate").tracer(), &rig.tracer);
  EXPECT_EQ(with.with_agent("bear").with_pattern("debate").agent(), "bear");
  EXPECT_EQ(with.child(*SpanId::from_hex("00000000000000aa")).tracer(), &rig.tracer);
  EXPECT_EQ(context.tracer(), nullptr);
}

TEST(ContextTracer, SpansOfAReceiverSayWhoseTheyAreIfTheSenderDid) {
  SpanRig rig;
  const Headers headers = {{"baggage", "session.id=s-17,user.id=ann"}};
  const ContinuedTrace trace = continue_trace(rig.tracer, extract(headers));
  traced("handle", [] {});
  const testing::Seen end = rig.take_end();
  EXPECT_EQ(end["session.id"], "\"s-17\"");
  EXPECT_EQ(end["user.id"], "\"ann\"");
}

// 0: as expected. In a process of its own, as it uses all numbers up.
int use_up_all_numbers() {
  SpanRig rig;
  std::uint16_t last = 0;
  for (std::size_t i = 0; i <= kTracersMax; ++i) {
    const std::uint16_t number = TracerNumbers::enter(rig.tracer);
    if (number == 0) break;
    if (number <= last) return 1;  // never again
    last = number;
    TracerNumbers::leave(number);
  }
  if (last != kTracersMax) return 2;
  SpanRig late;
  auto run = late.tracer.agent("bull");
  if (current_tracer() != nullptr) return 3;
  const DefaultTracer late_one(late.tracer);
  return current_tracer() == &late.tracer ? 0 : 4;
}

TEST(ContextTracerDeathTest, TracersBeyondAllNumbersAreFoundByTheDefaultOneOnly) {
  EXPECT_EXIT(std::exit(use_up_all_numbers()), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tracebus
