// SPDX-License-Identifier: Apache-2.0
//
// Coroutines carry their contexts across threads. Each knows its own number; whatever it finds
// current after a suspension must say the same.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "tracebus/tests/trace/task.h"

namespace tracebus::testing {
namespace {

Context session(const std::string& id) { return Context().with({.session_id = id}); }
std::string current() { return std::string(Context::current().session_id()); }

// A child task starts with its parent's context, and changes its own alone.
Task<int> child(Executor& executor, std::string parent, std::atomic<int>& crossed) {
  if (current() != parent) ++crossed;
  const ContextScope scope = session(parent + ".child").attach();
  for (int i = 0; i < 5; ++i) {
    co_await executor.hop();
    if (current() != parent + ".child") ++crossed;
  }
  co_return 1;
}

Detached agent(Executor& executor, int number, std::atomic<int>& done, std::atomic<int>& crossed) {
  const std::string id = std::to_string(number);
  const ContextScope scope = session(id).attach();
  for (int step = 0; step < 20; ++step) {
    co_await executor.hop();
    if (current() != id) ++crossed;
    if (step % 5 == 0) done += co_await child(executor, id, crossed);
    const ContextScope inner = session(id + "." + std::to_string(step)).attach();
    co_await executor.hop();
    if (current() != id + "." + std::to_string(step)) ++crossed;
  }
  executor.remove_pending();
}

TEST(UsersAsk17_CoroutineTest, AThousandOnFourThreadsCrossNoContext) {
  constexpr int kAgents = 1000;
  std::atomic<int> done{0};
  std::atomic<int> crossed{0};
  Executor executor(4);
  for (int i = 0; i < kAgents; ++i) {
    executor.add_pending();
    agent(executor, i, done, crossed);
    EXPECT_EQ(current(), "") << "the caller has its own context back";
  }
  executor.join();
  EXPECT_EQ(done.load(), 4 * kAgents);
  EXPECT_EQ(crossed.load(), 0);
  EXPECT_EQ(executor.leaks_.load(), 0);
}

// Driven by hand from here on: each await is a suspension that the test resumes.
struct Suspended {
  std::coroutine_handle<>& handle;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> suspended) noexcept { handle = suspended; }
  void await_resume() const noexcept {}
};

Task<int> steps(std::coroutine_handle<>& handle, std::string& seen) {
  seen = current();
  const ContextScope scope = session("in the task").attach();
  co_await Suspended{handle};
  seen = current();
  co_return 1;
}

TEST(CoroutineTest, StartsWithTheContextItWasMadeInNotResumedIn) {
  std::coroutine_handle<> handle;
  std::string seen;
  std::optional<ContextScope> maker(std::in_place, session("maker"));
  const Task<int> task = steps(handle, seen);
  maker.reset();
  const ContextScope resumer = session("resumer").attach();
  task.handle().resume();
  EXPECT_EQ(seen, "maker");
  EXPECT_EQ(current(), "resumer");
  std::thread([&] {
    handle.resume();
    EXPECT_EQ(current(), "");
  }).join();
  EXPECT_EQ(seen, "in the task");
  EXPECT_EQ(current(), "resumer");
}

TEST(CoroutineTest, DestroyedWhereItIsSuspendedLeavesTheThreadAlone) {
  std::coroutine_handle<> handle;
  std::string seen;
  const ContextScope mine = session("mine").attach();
  {
    const Task<int> task = steps(handle, seen);
    task.handle().resume();
    EXPECT_EQ(current(), "mine");
  }
  EXPECT_EQ(current(), "mine");
  { const Task<int> never_started = steps(handle, seen); }
  EXPECT_EQ(current(), "mine");
}

struct NotSuspended {
  bool ready;
  bool await_ready() const noexcept { return ready; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  int await_resume() const noexcept { return 7; }
};

struct Throwing {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const { throw std::runtime_error("no executor"); }
  void await_resume() const noexcept {}
};

Task<int> goes_on_at_once(std::string& seen) {
  const ContextScope scope = session("inner").attach();
  int sum = co_await NotSuspended{true};
  seen += current() + " ";
  sum += co_await NotSuspended{false};
  seen += current() + " ";
  try {
    co_await Throwing{};
  } catch (const std::runtime_error&) {
    seen += current();
  }
  co_return sum;
}

TEST(CoroutineTest, AwaitersThatDoNotSuspendOrThrowKeepTheContext) {
  std::string seen;
  const ContextScope mine = session("mine").attach();
  Task<int> task = goes_on_at_once(seen);
  task.handle().resume();
  EXPECT_EQ(seen, "inner inner inner");
  EXPECT_EQ(task.await_resume(), 14);
  EXPECT_EQ(current(), "mine");
}

Task<int> failing() {
  const ContextScope scope = session("failing").attach();
  throw std::runtime_error("failed");
  co_return 1;
}

Task<int> catching(std::string& seen) {
  const ContextScope scope = session("catching").attach();
  try {
    co_return co_await failing();
  } catch (const std::runtime_error&) {
    seen = current();
  }
  co_return 2;
}

TEST(CoroutineTest, ExceptionBringsTheAwaitingContextBack) {
  std::string seen;
  Task<int> task = catching(seen);
  task.handle().resume();
  EXPECT_EQ(seen, "catching");
  EXPECT_EQ(task.await_resume(), 2);
  EXPECT_EQ(current(), "");
}

// Objects with operator co_await, as a member and beside the class.
struct MemberAwaitable {
  NotSuspended operator co_await() const noexcept { return {false}; }
};
struct FreeAwaitable {};
NotSuspended operator co_await(FreeAwaitable) noexcept { return {false}; }

Task<int> awaits_both(std::string& seen) {
  const ContextScope scope = session("inner").attach();
  MemberAwaitable member;
  const int sum = co_await member + co_await MemberAwaitable{} + co_await FreeAwaitable{};
  seen = current();
  co_return sum;
}

TEST(CoroutineTest, OperatorCoAwaitIsHonoured) {
  std::string seen;
  Task<int> task = awaits_both(seen);
  task.handle().resume();
  EXPECT_EQ(task.await_resume(), 21);
  EXPECT_EQ(seen, "inner");
}

// A coroutine whose unhandled_exception throws through resume().
struct Rethrowing {
  struct promise_type : ContextPromise {
    Rethrowing get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept { return carry(std::suspend_always{}); }
    auto final_suspend() noexcept { return carry_end(std::suspend_always{}); }
    void return_void() {}
    void unhandled_exception() {
      end_context();
      throw;
    }
  };
  std::coroutine_handle<promise_type> handle;
};

Rethrowing rethrows() {
  const ContextScope scope = session("rethrows").attach();
  throw std::runtime_error("thrown");
  co_return;
}

TEST(CoroutineTest, ExceptionThroughResumeLeavesNoContext) {
  const Rethrowing coroutine = rethrows();
  EXPECT_THROW(coroutine.handle.resume(), std::runtime_error);
  EXPECT_EQ(current(), "");
  coroutine.handle.destroy();
  EXPECT_EQ(current(), "");
}

// A scope that began in a coroutine ends outside of it while it is suspended.
Task<int> gives_its_scope_away(std::coroutine_handle<>& handle, std::optional<ContextScope>& given,
                               std::string& seen) {
  const ContextScope scope = session("outer").attach();
  given.emplace(session("given"));
  co_await Suspended{handle};
  seen = current();
  co_return 1;
}

TEST(CoroutineTest, ScopeThatEndsOutsideIsGoneInside) {
  std::coroutine_handle<> handle;
  std::optional<ContextScope> given;
  std::string seen;
  const Task<int> task = gives_its_scope_away(handle, given, seen);
  task.handle().resume();
  std::thread([&] { given.reset(); }).join();
  handle.resume();
  EXPECT_EQ(seen, "outer");
}

TEST(CoroutineTest, ScopeMayOutliveItsCoroutine) {
  std::coroutine_handle<> handle;
  std::optional<ContextScope> given;
  std::string seen;
  {
    const Task<int> task = gives_its_scope_away(handle, given, seen);
    task.handle().resume();
  }
  given.reset();
  EXPECT_EQ(current(), "");
}

}  // namespace
}  // namespace tracebus::testing
