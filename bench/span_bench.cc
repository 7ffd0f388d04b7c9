// SPDX-License-Identifier: Apache-2.0
//
// What spans cost the thread that makes them, with a dispatcher that keeps up on another core, as
// ratios to one read of the clock of the same run.
//
//   ClockRead        the floor: what opentelemetry-cpp's 1,190 ns a span are compared by, too
//   Span             start and end of a tool's span with 4 attributes set while it is open
//   SpanGiven        likewise, with the attributes at the start, so that both events carry them
//   SpanScope        as Span, and made current
//   SpanUnwanted     as SpanScope, but nobody wants it: at most one emit
//   ContextCapture   copy the current context; ContextAttach: make a context current, and end that
//   BusEmit          one typed emit, for comparison: a context costs at most half of it
#include <benchmark/benchmark.h>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/bench/counting_bus.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::bench {
namespace {

BusOptions large_rings() {
  BusOptions options;
  options.ring_bytes = std::size_t{4} << 20;
  return options;
}

// With a tracer.
class CountedSpans {
 public:
  explicit CountedSpans(const Filter& filter)
      : counting_(filter, large_rings()), tracer_(counting_.bus()) {}
  TraceEventBus& bus() { return counting_.bus(); }
  const Tracer& tracer() const { return tracer_; }
  void report(benchmark::State& state) { counting_.report(state); }

 private:
  CountingBus counting_;
  Tracer tracer_;
};

Filter tool_events() { return Filter::types({"tool_start", "tool_end", "tool_error"}); }

void ClockRead(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Clock::ticks());
}

void set_all(::tracebus::Span& span, std::int64_t tokens) {
  const ComparisonEvent& event = comparison_event();
  span.set(attr<"model">(event.model))
      .set(attr<"input_tokens">(tokens))
      .set(attr<"output_tokens">(event.output_tokens))
      .set(attr<"cost_usd">(event.cost_usd));
}

void run_spans(benchmark::State& state, const SpanStart& start, bool set_while_open) {
  CountedSpans counted(tool_events());
  const auto agent = counted.tracer().agent("research-analyst-007");
  std::int64_t tokens = 0;
  for (auto _ : state) {
    auto span = counted.tracer().span(start);
    if (set_while_open) set_all(span, ++tokens);
  }
  counted.report(state);
}

void Span(benchmark::State& state) {
  run_spans(state, {.kind = SpanKind::kTool, .name = "fetch", .current = false}, true);
}

void SpanGiven(benchmark::State& state) {
  const ComparisonEvent& event = comparison_event();
  const SpanAttributeList attributes = {
      attr<"model">(event.model), attr<"input_tokens">(event.output_tokens),
      attr<"output_tokens">(event.output_tokens), attr<"cost_usd">(event.cost_usd)};
  run_spans(state,
            {.kind = SpanKind::kTool, .name = "fetch", .attributes = attributes, .current = false},
            false);
}

void SpanScope(benchmark::State& state) {
  run_spans(state, {.kind = SpanKind::kTool, .name = "fetch"}, true);
}

void SpanUnwanted(benchmark::State& state) {
  run_spans(state, {.kind = SpanKind::kChain, .name = "step"}, true);
}

void ContextCapture(benchmark::State& state) {
  const ContextScope scope = Context().with({.session_id = "s-17"}).attach();
  for (auto _ : state) {
    Context captured = Context::current();
    benchmark::DoNotOptimize(captured);
  }
}

void ContextAttach(benchmark::State& state) {
  const Context context = Context().with({.session_id = "s-17"});
  for (auto _ : state) {
    const ContextScope scope = context.attach();
    benchmark::ClobberMemory();
  }
}

void BusEmit(benchmark::State& state) {
  CountedSpans counted(Filter::types({"llm_call"}));
  const ComparisonEvent& event = comparison_event();
  std::int64_t tokens = 0;
  for (auto _ : state) {
    ++tokens;
    until_accepted([&] {
      return with_attributes(event, tokens, [&](const auto&... arguments) {
        return counted.bus().emit(kLlmCall, arguments...);
      });
    });
  }
  counted.report(state);
}

BENCHMARK(ClockRead);
BENCHMARK(Span)->UseRealTime();
BENCHMARK(SpanGiven)->UseRealTime();
BENCHMARK(SpanScope)->UseRealTime();
BENCHMARK(SpanUnwanted)->UseRealTime();
BENCHMARK(ContextCapture);
BENCHMARK(ContextAttach);
BENCHMARK(BusEmit)->UseRealTime();

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "ClockRead");
}
