// SPDX-License-Identifier: Apache-2.0
//
// Callables, tasks and generators within spans.
#include "tracebus/trace/traced.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/tests/trace/task.h"

namespace tracebus {

struct Page {
  std::string url;
};
void append_trace_json(std::string& out, const Page& page) {
  out += "{\"url\":";
  append_captured_json(out, page.url);
  out += '}';
}

namespace {

using testing::Detached;
using testing::Executor;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;
using testing::Task;

TEST(Row31Traced, ValueComesBackAndTheSpanIsCurrentWithin) {
  SpanRig rig;
  SpanId within;
  const int answer = traced(rig.tracer, "fetch", [&] {
    within = Context::current().span_id();
    return 42;
  });
  EXPECT_EQ(answer, 42);
  EXPECT_FALSE(Context::current().has_span());
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "chain_end");
  EXPECT_EQ(end["span.name"], "\"fetch\"");
  EXPECT_EQ(end.ids.span_id, within);
}

TEST(Row31Traced, ReferencesMoveOnlyValuesAndNothing) {
  SpanRig rig;
  int kept = 1;
  static_assert(
      std::is_same_v<decltype(traced(rig.tracer, "r", [&]() -> int& { return kept; })), int&>);
  traced(rig.tracer, "r", [&]() -> int& { return kept; }) = 2;
  EXPECT_EQ(kept, 2);
  const auto moved = traced(
      rig.tracer, "u", [only = std::make_unique<int>(3)]() mutable { return std::move(only); });
  EXPECT_EQ(*moved, 3);
  traced(rig.tracer, "v", [&] { kept = 4; });
  EXPECT_EQ(kept, 4);
  EXPECT_THAT(rig.take(), SizeIs(6));
}

TEST(Row31Traced, ExceptionIsNotedOnceAndThrownOn) {
  SpanRig rig;
  const auto fail = [&] {
    return traced(rig.tracer, "fetch", []() -> int { throw std::out_of_range("no page"); });
  };
  EXPECT_THROW(traced(rig.tracer, "outer", fail), std::out_of_range);
  int ends = 0;
  for (const Seen& seen : rig.take()) {
    if (seen.type != "chain_end") continue;
    ++ends;
    EXPECT_EQ(seen["span.status"], "\"error\"");
    EXPECT_EQ(seen["span.status_message"], "\"no page\"");
    const std::string events = seen["span.events"];
    EXPECT_THAT(events, HasSubstr("std::out_of_range"));
    EXPECT_EQ(events.find("\"exception\""), events.rfind("\"exception\"")) << events;
  }
  EXPECT_EQ(ends, 2);
}

TEST(Row31Traced, WithoutATracerTheDefaultOnesOrNobodys) {
  EXPECT_EQ(traced("nobody", [] { return 1; }), 1);
  SpanRig rig;
  set_default_tracer(&rig.tracer);
  EXPECT_EQ(traced("mine", [] { return 2; }), 2);
  set_default_tracer(nullptr);
  EXPECT_EQ(rig.take_end()["span.name"], "\"mine\"");
}

// --- Coroutines ---

Task<std::string> fetch_task(Executor& executor, SpanId& seen, bool fail) {
  co_await executor.hop();
  seen = Context::current().span_id();
  if (fail) throw std::runtime_error("gone");
  co_return "page";
}

struct TaskRun {
  std::string result;
  SpanId within;
  bool failed = false;
};

Detached drive(SpanRig& rig, Executor& executor, TaskRun& run, bool fail) {
  try {
    run.result = co_await traced(rig.tracer, "fetch", [&executor, &run, fail] {
      return fetch_task(executor, run.within, fail);
    });
  } catch (const std::runtime_error&) {
    run.failed = true;
  }
  executor.remove_pending();
}

TEST(Row31Traced, SpanOfATaskLastsUntilItIsDone) {
  for (const bool fail : {false, true}) {
    SpanRig rig;
    TaskRun run;
    {
      Executor executor(2);
      executor.add_pending();
      drive(rig, executor, run, fail);
      EXPECT_FALSE(Context::current().has_span());
      executor.join();
      EXPECT_EQ(executor.leaks_.load(), 0);
    }
    EXPECT_EQ(run.failed, fail);
    EXPECT_EQ(run.result, fail ? "" : "page");
    const Seen end = rig.take_end();
    EXPECT_EQ(end.ids.span_id, run.within) << "what the task does is below its span";
    EXPECT_EQ(end["span.status"], fail ? "\"error\"" : "\"unset\"");
  }
}

// Values one by one, as they are asked for.
class Numbers {
 public:
  struct promise_type : ContextPromise {
    Numbers get_return_object() {
      return Numbers(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    auto initial_suspend() noexcept { return carry(std::suspend_always{}); }
    auto final_suspend() noexcept { return carry_end(std::suspend_always{}); }
    auto yield_value(int value) noexcept {
      number = value;
      return carry(std::suspend_always{});
    }
    void return_void() {}
    void unhandled_exception() { exception = std::current_exception(); }
    int number = 0;
    std::exception_ptr exception;
  };
  struct End {};
  struct Iterator {
    std::coroutine_handle<promise_type> handle;
    int operator*() const { return handle.promise().number; }
    Iterator& operator++() {
      resume(handle);
      return *this;
    }
    bool operator==(End) const { return handle.done(); }
  };

  explicit Numbers(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Numbers(Numbers&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ~Numbers() {
    if (handle_) handle_.destroy();
  }
  Iterator begin() {
    resume(handle_);
    return {handle_};
  }
  End end() const { return {}; }

 private:
  static void resume(std::coroutine_handle<promise_type> handle) {
    handle.resume();
    if (handle.promise().exception) std::rethrow_exception(handle.promise().exception);
  }
  std::coroutine_handle<promise_type> handle_;
};

Numbers count_to(int end, bool fail) {
  for (int i = 0; i < end; ++i) co_yield i;
  if (fail) throw std::runtime_error("ran out");
}

TEST(Row31Traced, SpanOfAGeneratorLastsUntilItIsDone) {
  SpanRig rig;
  int sum = 0;
  for (const int number : traced(rig.tracer, "count", [] { return count_to(4, false); })) {
    EXPECT_FALSE(Context::current().has_span()) << "between values who asks runs";
    sum += number;
  }
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(rig.take_end()["span.status"], "\"unset\"");
}

TEST(Row31Traced, GeneratorThatIsClosedEarlyDidNotFail) {
  SpanRig rig;
  for (const int number : traced(rig.tracer, "count", [] { return count_to(4, true); })) {
    if (number == 1) break;
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.status"], "\"unset\"");
  EXPECT_EQ(end["span.events"], "");
}

TEST(Row31Traced, GeneratorThatThrowsFails) {
  SpanRig rig;
  const auto use_up = [&] {
    for ([[maybe_unused]] const int number :
         traced(rig.tracer, "count", [] { return count_to(2, true); })) {
    }
  };
  EXPECT_THROW(use_up(), std::runtime_error);
  EXPECT_EQ(rig.take_end()["span.status_message"], "\"ran out\"");
}

// --- Capture ---

std::vector<Page> find_pages(const std::string& query, int count) {
  std::vector<Page> pages;
  for (int i = 0; i < count; ++i) pages.push_back({query + "/" + std::to_string(i)});
  return pages;
}

TEST(Row34Capture, ArgumentsAndResultBecomeJson) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  auto search = traced_function(
      rig.tracer, {.name = "search", .kind = SpanKind::kTool, .capture = true}, find_pages);
  EXPECT_THAT(search("cats \"and\" dogs", 2), SizeIs(2));
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "tool_end");
  EXPECT_EQ(end["input.value"], R"("[\"cats \\\"and\\\" dogs\",2]")");
  EXPECT_EQ(end["output.value"],
            R"("[{\"url\":\"cats \\\"and\\\" dogs/0\"},{\"url\":\"cats \\\"and\\\" dogs/1\"}]")");
  EXPECT_EQ(end["input.mime_type"], "\"application/json\"");
}

TEST(Row31Traced, AttributesNamesOfArgumentsAndWhereItStands) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  auto search = traced_function(rig.tracer,
                                {.name = "search",
                                 .capture = true,
                                 .attributes = {{"source", "api"}, attr<"attempt">(1)},
                                 .argument_names = {"query", "count"},
                                 .where = CodeLocation::current()},
                                find_pages);
  search("cats", 1);
  search("dogs", 2);
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(4));
  for (const Seen& event : seen) {
    EXPECT_EQ(event["source"], "\"api\"");
    EXPECT_EQ(event["attempt"], "1");
    EXPECT_THAT(event["code.function"], HasSubstr("TestBody"));
    EXPECT_THAT(event["code.filepath"], HasSubstr("traced_test.cc"));
    EXPECT_GT(std::stoi(event["code.lineno"]), 200);
  }
  EXPECT_EQ(seen[0]["input.value"], "");
  for (const Seen& end : {seen[1], seen[3]}) {
    EXPECT_THAT(end["input.value"], ::testing::AnyOf(R"("{\"query\":\"cats\",\"count\":1}")",
                                                     R"("{\"query\":\"dogs\",\"count\":2}")"));
  }
}

TEST(Row31Traced, ArgumentsBecomeAttributesByTheirNames) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  auto search = traced_function(rig.tracer,
                                {.name = "search",
                                 .argument_names = {"query", "count"},
                                 .extract_args = true,
                                 .where = CodeLocation::current()},
                                find_pages);
  search("cats", 1);
  Seen end = rig.take_end();
  EXPECT_EQ(end["arg.query"], "\"cats\"");
  EXPECT_EQ(end["arg.count"], "\"1\"") << "a text, as the seed has it";
  EXPECT_EQ(end["code.parameters"], R"(["query","count"])");
  EXPECT_EQ(end["input.value"], "");
  auto fewer = traced_function(
      rig.tracer, {.name = "search", .argument_names = {"query"}, .extract_args = true},
      find_pages);
  fewer("dogs", 1);
  end = rig.take_end();
  EXPECT_EQ(end["arg.query"], "\"dogs\"");
  EXPECT_EQ(end["arg."], "");
}

// Arguments are content, whatever they are called.
TEST(Row31Traced, NamedArgumentsAreContent) {
  SpanRig rig;
  auto search = traced_function(
      rig.tracer, {.capture = true, .argument_names = {"query"}, .extract_args = true}, find_pages);
  search("a secret", 1);
  for (const Seen& end : rig.take()) {
    for (const auto& [key, json] : end.payload) EXPECT_THAT(json, Not(HasSubstr("secret"))) << key;
  }
}

TEST(Row34Capture, IsOffUnlessAskedFor) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  auto search = traced_function(rig.tracer, {.name = "search"}, find_pages);
  search("cats", 1);
  const Seen end = rig.take_end();
  EXPECT_EQ(end["input.value"], "");
  EXPECT_EQ(end["output.value"], "");
}

// Counts how often it became JSON.
struct Counted {
  int* times;
};
void append_trace_json(std::string& out, const Counted& counted) {
  ++*counted.times;
  out += "0";
}

TEST(Row34Capture, WhatNobodyMaySeeIsNotMade) {
  const auto times_made = [](bool content) {
    SpanRig rig(Filter(), {}, content);
    int times = 0;
    auto call = traced_function(rig.tracer, {.name = "call", .capture = true},
                                [](const Counted& counted) { return counted; });
    call(Counted{&times});
    EXPECT_EQ(rig.take_end()["input.value"], content ? "\"0\"" : "");
    return times;
  };
  EXPECT_EQ(times_made(false), 0);
  EXPECT_EQ(times_made(true), 2) << "argument and result";
}

struct Unwilling {};
void append_trace_json(std::string&, const Unwilling&) { throw std::runtime_error("no"); }

TEST(Row34Capture, WhatACustomisationPointThrowsIsNoErrorOfTheCall) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  auto call = traced_function(rig.tracer, {.name = "call", .capture = true},
                              [](const Unwilling&) { return 7; });
  EXPECT_EQ(call(Unwilling{}), 7);
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.status"], "\"unset\"");
  EXPECT_EQ(end["input.value"], "");
  EXPECT_EQ(end["output.value"], "\"7\"");
  EXPECT_EQ(end["output.mime_type"], "\"application/json\"");
}

TEST(Row34Capture, CallWithoutArgumentsHasNoInput) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  traced_function(rig.tracer, {.name = "call", .capture = true}, [] {})();
  const Seen end = rig.take_end();
  EXPECT_EQ(end["input.value"] + end["input.mime_type"], "");
}

Detached drive_captured(SpanRig& rig, Executor& executor, SpanId& within) {
  auto fetch =
      traced_function(rig.tracer, {.name = "fetch", .kind = SpanKind::kTool, .capture = true},
                      [&](int) { return fetch_task(executor, within, false); });
  (void)co_await fetch(17);
  executor.remove_pending();
}

TEST(Row34Capture, ArgumentAndResultOfATask) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  SpanId within;
  {
    Executor executor(1);
    executor.add_pending();
    drive_captured(rig, executor, within);
    executor.join();
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "tool_end");
  EXPECT_EQ(end["input.value"], "\"17\"");
  EXPECT_EQ(end["output.value"], "\"\\\"page\\\"\"");
}

TEST(Row34Capture, ArgumentOfAGenerator) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  auto count =
      traced_function(rig.tracer, {.name = "count", .kind = SpanKind::kTool, .capture = true},
                      [](int end) { return count_to(end, false); });
  for ([[maybe_unused]] const int number : count(2)) {
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "tool_end");
  EXPECT_EQ(end["input.value"], "\"2\"");
}

Numbers number_of_span(SpanId& within) {
  within = Context::current().span_id();
  co_yield 1;
}

TEST(Row31Traced, SpanOfAGeneratorIsCurrentWithinIt) {
  SpanRig rig;
  SpanId within;
  for ([[maybe_unused]] const int number :
       traced(rig.tracer, "count", [&] { return number_of_span(within); })) {
  }
  EXPECT_EQ(rig.take_end().ids.span_id, within);
}

template <class T>
std::string json_of(const T& value) {
  std::string json;
  append_captured_json(json, value);
  return json;
}

TEST(Row34Capture, JsonOfWhatProgramsPass) {
  EXPECT_EQ(json_of(true), "true");
  EXPECT_EQ(json_of(-3), "-3");
  EXPECT_EQ(json_of(0.5), "0.5");
  EXPECT_EQ(json_of("text"), "\"text\"");
  EXPECT_EQ(json_of(std::optional<int>()), "null");
  EXPECT_EQ(json_of(std::optional<int>(1)), "1");
  EXPECT_EQ(json_of(std::vector<int>{}), "[]");
  EXPECT_EQ(json_of(std::map<std::string, int>{{"a", 1}, {"b", 2}}), R"({"a":1,"b":2})");
  EXPECT_EQ(json_of(std::tuple(1, "x", std::vector{2, 3})), R"([1,"x",[2,3]])");
  EXPECT_EQ(json_of(std::make_unique<Page>(Page{"u"})), R"({"url":"u"})");
  struct Unknown {};
  EXPECT_EQ(json_of(Unknown{}), "null");
}

TEST(Row34Capture, LongJsonIsCutToValidJson) {
  const std::string json = bounded_json(json_of(std::vector<int>(kSpanTextBytesMax, 1)));
  EXPECT_LE(json.size(), kSpanTextBytesMax);
  EXPECT_EQ(json.substr(0, 5), "\"[1,1");
  EXPECT_EQ(json.back(), '"');
}

}  // namespace
}  // namespace tracebus
