// SPDX-License-Identifier: Apache-2.0
//
// Fiber: a stack and a place to go on from. Explored threads are fibers of one real thread, so that
// nothing but the explorer decides who runs.
//
// A fiber may be left for good in the middle of its entry function: its stack is reused without
// unwinding, because the shipped functions that it stands in are noexcept.
#ifndef TRACEBUS_TESTS_MODEL_FIBER_H_
#define TRACEBUS_TESTS_MODEL_FIBER_H_

#include <ucontext.h>

#include <cstddef>
#include <memory>

namespace tracebus::inline v1::model {

class Fiber {
 public:
  // The fiber of the code that calls switch_to first: it has the real thread's stack.
  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Makes the next switch to this fiber call entry(argument), which must not return.
  void prepare(void (*entry)(void*), void* argument);

  // Leaves the running fiber, which is from, and goes on with to.
  static void switch_to(Fiber& from, Fiber& to);

 private:
  static void enter(unsigned low, unsigned high);
  void arrived();

  ucontext_t context_{};
  std::unique_ptr<std::byte[]> stack_;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  // Kept for AddressSanitizer, which must be told of every change of stack.
  const void* stack_bottom_ = nullptr;
  std::size_t stack_bytes_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_FIBER_H_
