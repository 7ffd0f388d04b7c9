// SPDX-License-Identifier: Apache-2.0
//
// Captures and attaches a context with values for callgrind to count: context_loop <way> <times>.
//   capture  copy the current context, and drop the copy
//   attach   make a context current that the caller keeps, and end the scope
//   child    derive the context of another span, make it current, and end the scope
#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tracebus/trace/context.h"

namespace tracebus::testing {
namespace {

using Way = void (*)(const Context& context, const SpanContext& span);

// So that no copy is left out.
void use(const Context& context) { asm volatile("" : : "r"(&context) : "memory"); }

void capture(const Context&, const SpanContext&) {
  const Context captured = Context::current();
  use(captured);
}

void attach(const Context& context, const SpanContext&) {
  const ContextScope scope = context.attach();
  use(Context::current());
}

void child(const Context& context, const SpanContext& span) {
  const ContextScope scope = context.with_span(span).attach();
  use(Context::current());
}

Way way_called(std::string_view name) {
  if (name == "capture") return capture;
  if (name == "attach") return attach;
  return name == "child" ? child : nullptr;
}

void run(Way way, int times) {
  const Context context = Context().with({.session_id = "s-17", .user_id = "ann"});
  const SpanContext span{.sampled = true};
  const ContextScope outer = context.attach();
  way(context, span);  // the first one makes the thread's first spare node
  CALLGRIND_TOGGLE_COLLECT;
  for (int i = 0; i < times; ++i) way(context, span);
  CALLGRIND_TOGGLE_COLLECT;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  const auto way = tracebus::testing::way_called(argc == 3 ? argv[1] : "");
  if (way == nullptr) {
    std::fprintf(stderr, "usage: context_loop capture|attach|child <times>\n");
    return 2;
  }
  tracebus::testing::run(way, std::atoi(argv[2]));
  return 0;
}
