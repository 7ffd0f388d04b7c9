// SPDX-License-Identifier: Apache-2.0
//
// What agents do that hand work on: one sends its context along with a request, the other goes on
// with it, in a coroutine. Ends with 0 if the other's events belong to the one's span.
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/context_promise.h"
#include "tracebus/trace/propagation.h"

namespace {

using Headers = std::map<std::string, std::string>;

struct Coroutine {
  struct promise_type : tracebus::ContextPromise {
    Coroutine get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept { return carry(std::suspend_never{}); }
    auto final_suspend() noexcept { return carry_end(std::suspend_always{}); }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Coroutine answer(tracebus::TraceEventBus& bus, const Headers& request) {
  const tracebus::ContinuedTrace trace = tracebus::continue_trace(tracebus::extract(request));
  co_await std::suspend_always{};
  bus.emit({.event_type = "agent_start",
            .agent_name = "researcher",
            .payload = {{"handed_off_by", trace.hand_off().agent_name}},
            .ids = tracebus::Context::current().ids()});
}

tracebus::SpanContext new_span() {
  tracebus::SpanContext span{.sampled = true};
  tracebus::fill_random(span.trace_id.bytes.data(), span.trace_id.bytes.size());
  tracebus::fill_random(span.span_id.bytes.data(), span.span_id.bytes.size());
  return span;
}

}  // namespace

int main() {
  const tracebus::Context context = tracebus::Context().with_span(new_span());
  Headers request;
  tracebus::inject(context, request, {.agent_name = "planner"});
  int seen = 0;
  tracebus::TraceEventBus bus;
  bus.subscribe([&](const tracebus::EventView& event) {
    if (event.ids().trace_id == context.trace_id() && event.ids().span_id == context.span_id()) {
      ++seen;
    }
  });
  const Coroutine coroutine = answer(bus, request);
  const bool left = !tracebus::Context::current().has_span();
  coroutine.handle.resume();
  coroutine.handle.destroy();
  const bool done = bus.shutdown(std::chrono::seconds(10)).ok();
  std::printf("%s, %d events of the span\n", left && done ? "ok" : "failed", seen);
  return left && done && seen == 1 ? 0 : 1;
}
