// SPDX-License-Identifier: Apache-2.0
//
// ContextPromise: what a coroutine's promise derives from to carry its own context, whatever
// threads it is resumed on.
//
//   struct promise_type : tracebus::ContextPromise {
//     auto initial_suspend() noexcept { return carry(std::suspend_always{}); }
//     auto final_suspend() noexcept { return carry_end(std::suspend_always{}); }
//     ...
//   };
//
// The coroutine starts with the context of whoever called it. While it runs, its context is the
// current one of the thread; while it is suspended, the thread has what it had before. A
// ContextScope within it lasts across co_await, and ends rightly on another thread.
#ifndef TRACEBUS_TRACE_CONTEXT_PROMISE_H_
#define TRACEBUS_TRACE_CONTEXT_PROMISE_H_

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

#include "tracebus/trace/context.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: as the coroutine, which runs on one thread at a time.
class ContextPromise {
 public:
  ContextPromise() : ContextPromise(Context::current()) {}
  explicit ContextPromise(Context context);
  ContextPromise(const ContextPromise&) = delete;
  ContextPromise& operator=(const ContextPromise&) = delete;
  ~ContextPromise();

  // Every co_await of the coroutine. A promise with an await_transform of its own passes what that
  // makes on to this one, as an lvalue or an rvalue that lives until the co_await ends.
  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable);

  // For initial_suspend and yield_value: the awaiter is kept by value.
  template <class Awaiter>
  auto carry(Awaiter awaiter) noexcept;

  // For final_suspend: the coroutine is left for good.
  template <class Awaiter>
  auto carry_end(Awaiter awaiter) noexcept;

  // For a promise whose unhandled_exception() throws: call it first there, as final_suspend is not
  // reached then. Nothing the second time.
  void end_context() noexcept {
    if (running_) leave();
  }

 private:
  class Departure;
  template <class Awaiter>
  class CarriedAwaiter;
  template <class Awaiter>
  class EndAwaiter;

  void enter() noexcept {
    running_ = true;
    thread_node_ = std::exchange(t_context_node, first_);
  }
  void leave() noexcept {
    running_ = false;
    first_ = std::exchange(t_context_node, thread_node_);
  }

  ContextNode base_;                    // what it started with; never ends
  ContextNode* first_ = &base_;         // while suspended
  ContextNode* thread_node_ = nullptr;  // while running: what the thread had
  bool running_ = false;
};

// Away from the coroutine's context, and back again unless the coroutine may run elsewhere by now.
class ContextPromise::Departure {
 public:
  explicit Departure(ContextPromise& promise) noexcept
      : promise_(promise.running_ ? &promise : nullptr) {
    if (promise_ != nullptr) promise_->leave();
  }
  Departure(const Departure&) = delete;
  Departure& operator=(const Departure&) = delete;
  ~Departure() {
    if (promise_ != nullptr) promise_->enter();
  }
  void stay_away() noexcept { promise_ = nullptr; }

 private:
  ContextPromise* promise_;
};

// Awaiter: a reference, or a value.
template <class Awaiter>
class ContextPromise::CarriedAwaiter {
 public:
  CarriedAwaiter(ContextPromise& promise, Awaiter&& awaiter) noexcept
      : promise_(promise), awaiter_(std::forward<Awaiter>(awaiter)) {}

  bool await_ready() noexcept(noexcept(std::declval<Awaiter&>().await_ready())) {
    return static_cast<bool>(awaiter_.await_ready());
  }

  // Leaves first: once the awaiter was called, another thread may be resuming the coroutine, and
  // this object may be gone.
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) {
    Departure departure(promise_);
    if constexpr (std::is_void_v<decltype(awaiter_.await_suspend(handle))>) {
      awaiter_.await_suspend(handle);
      departure.stay_away();
    } else {
      auto next = awaiter_.await_suspend(handle);
      departure.stay_away();
      return next;
    }
  }

  decltype(auto) await_resume() noexcept(noexcept(std::declval<Awaiter&>().await_resume())) {
    if (!promise_.running_) promise_.enter();
    return awaiter_.await_resume();
  }

 private:
  ContextPromise& promise_;
  Awaiter awaiter_;
};

template <class Awaiter>
class ContextPromise::EndAwaiter {
 public:
  EndAwaiter(ContextPromise& promise, Awaiter awaiter) noexcept
      : promise_(promise), awaiter_(std::move(awaiter)) {}

  bool await_ready() noexcept {
    promise_.end_context();
    return static_cast<bool>(awaiter_.await_ready());
  }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return awaiter_.await_suspend(handle);
  }
  void await_resume() noexcept { awaiter_.await_resume(); }

 private:
  ContextPromise& promise_;
  Awaiter awaiter_;
};

namespace internal {

// What `co_await awaitable` asks ([expr.await]).
template <class Awaitable>
decltype(auto) awaiter_of(Awaitable&& awaitable) {
  if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
    return std::forward<Awaitable>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaitable)); }) {
    return operator co_await(std::forward<Awaitable>(awaitable));
  } else {
    return static_cast<Awaitable&&>(awaitable);
  }
}

}  // namespace internal

template <class Awaitable>
auto ContextPromise::await_transform(Awaitable&& awaitable) {
  using Awaiter = decltype(internal::awaiter_of(std::forward<Awaitable>(awaitable)));
  return CarriedAwaiter<Awaiter>(*this, internal::awaiter_of(std::forward<Awaitable>(awaitable)));
}

template <class Awaiter>
auto ContextPromise::carry(Awaiter awaiter) noexcept {
  return CarriedAwaiter<Awaiter>(*this, std::move(awaiter));
}

template <class Awaiter>
auto ContextPromise::carry_end(Awaiter awaiter) noexcept {
  return EndAwaiter<Awaiter>(*this, std::move(awaiter));
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CONTEXT_PROMISE_H_
