// SPDX-License-Identifier: Apache-2.0
//
// A coroutine that carries its context, and an executor of several threads to resume it on.
#ifndef TRACEBUS_TESTS_TRACE_TASK_H_
#define TRACEBUS_TESTS_TRACE_TASK_H_

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/trace/context_promise.h"

namespace tracebus::testing {

// Resumes coroutines in turn, each on whichever thread is free.
class Executor {
 public:
  explicit Executor(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Executor() { join(); }

  // Once all that was posted is done.
  void join() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  void post(std::coroutine_handle<> handle) {
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(handle);
    }
    changed_.notify_one();
  }

  // co_await executor.hop(): goes on on any of the threads.
  auto hop() {
    struct Hop {
      Executor& executor;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> handle) { executor.post(handle); }
      void await_resume() const noexcept {}
    };
    return Hop{*this};
  }

  // Coroutines that are not yet done, which keep the threads.
  void add_pending() {
    const std::lock_guard lock(mutex_);
    ++pending_;
  }
  void remove_pending() {
    {
      const std::lock_guard lock(mutex_);
      --pending_;
    }
    changed_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !ready_.empty() || (closed_ && pending_ == 0); });
      if (ready_.empty()) return;
      const std::coroutine_handle<> next = ready_.front();
      ready_.pop_front();
      lock.unlock();
      next.resume();
      if (Context::current().has_span() || !Context::current().session_id().empty()) ++leaks_;
      lock.lock();
    }
  }

 public:
  std::atomic<int> leaks_{0};  // contexts that a coroutine left behind on a thread

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::coroutine_handle<>> ready_;
  std::vector<std::thread> threads_;
  int pending_ = 0;
  bool closed_ = false;
};

// A lazy coroutine with a result: starts when awaited, and resumes who awaits it by symmetric
// transfer.
template <class Result>
class Task {
 public:
  struct promise_type : ContextPromise {
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    auto initial_suspend() noexcept { return carry(std::suspend_always{}); }
    auto final_suspend() noexcept { return carry_end(Continue{*this}); }
    void return_value(Result value) { result = std::move(value); }
    void unhandled_exception() { exception = std::current_exception(); }

    Result result{};
    std::exception_ptr exception;
    std::coroutine_handle<> continuation = std::noop_coroutine();
  };

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  std::coroutine_handle<> handle() const { return handle_; }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  Result await_resume() {
    if (handle_.promise().exception) std::rethrow_exception(handle_.promise().exception);
    return std::move(handle_.promise().result);
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

  std::coroutine_handle<promise_type> handle_;
};

// Starts at once, and frees itself.
struct Detached {
  struct promise_type : ContextPromise {
    Detached get_return_object() { return {}; }
    auto initial_suspend() noexcept { return carry(std::suspend_never{}); }
    auto final_suspend() noexcept { return carry_end(std::suspend_never{}); }
    void return_void() {}
    [[noreturn]] void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_TASK_H_
