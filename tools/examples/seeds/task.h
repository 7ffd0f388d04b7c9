// SPDX-License-Identifier: Apache-2.0
//
// Task and Stream: the least that `async def` needs: coroutines with a result, and with many. As
// their promises derive from ContextPromise, a span is current within them, whoever resumes them.
#ifndef TRACEBUS_TOOLS_EXAMPLES_SEEDS_TASK_H_
#define TRACEBUS_TOOLS_EXAMPLES_SEEDS_TASK_H_

#include <coroutine>
#include <exception>
#include <utility>

#include "tracebus/trace/context_promise.h"

namespace tracebus::examples {

// Starts when it is awaited, and resumes who awaits it.
template <class Result>
class Task {
 public:
  struct promise_type : ContextPromise {
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    auto initial_suspend() noexcept { return carry(std::suspend_always{}); }
    auto final_suspend() noexcept { return carry_end(Continue{*this}); }
    void return_value(Result value) { result = std::move(value); }
    void unhandled_exception() { exception = std::current_exception(); }

    Result result{};
    std::exception_ptr exception;
    std::coroutine_handle<> continuation = std::noop_coroutine();
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  Result await_resume() {
    if (handle_.promise().exception) std::rethrow_exception(handle_.promise().exception);
    return std::move(handle_.promise().result);
  }

  // As asyncio.run, where all that it waits for is at hand.
  Result run() && {
    handle_.resume();
    return await_resume();
  }

 private:
  struct Continue {
    promise_type& promise;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return promise.continuation;
    }
    void await_resume() const noexcept {}
  };

  explicit Task(Handle handle) : handle_(handle) {}

  Handle handle_;
};

// Values one by one, as a loop asks for them.
template <class Value>
class Stream {
 public:
  struct promise_type : ContextPromise {
    Stream get_return_object() { return Stream(Handle::from_promise(*this)); }
    auto initial_suspend() noexcept { return carry(std::suspend_always{}); }
    auto final_suspend() noexcept { return carry_end(std::suspend_always{}); }
    auto yield_value(Value value) {
      current = std::move(value);
      return carry(std::suspend_always{});
    }
    void return_void() {}
    void unhandled_exception() { exception = std::current_exception(); }

    Value current{};
    std::exception_ptr exception;
  };
  using Handle = std::coroutine_handle<promise_type>;

  struct End {};
  struct Iterator {
    Handle handle;
    const Value& operator*() const { return handle.promise().current; }
    Iterator& operator++() {
      handle.resume();
      if (handle.promise().exception) std::rethrow_exception(handle.promise().exception);
      return *this;
    }
    bool operator==(End) const { return handle.done(); }
  };

  Stream(Stream&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Stream& operator=(Stream&&) = delete;
  ~Stream() {
    if (handle_) handle_.destroy();
  }
  Iterator begin() { return ++Iterator{handle_}; }
  End end() const { return {}; }

 private:
  explicit Stream(Handle handle) : handle_(handle) {}

  Handle handle_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_SEEDS_TASK_H_
