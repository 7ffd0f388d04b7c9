// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/fiber.h"

#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace tracebus::inline v1::model {

namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;

Fiber* previous_fiber = nullptr;  // whom the last switch left; there is one real thread

}  // namespace

void Fiber::prepare(void (*entry)(void*), void* argument) {
  if (stack_ == nullptr) stack_ = std::make_unique<std::byte[]>(kStackBytes);
  entry_ = entry;
  argument_ = argument;
  stack_bottom_ = stack_.get();
  stack_bytes_ = kStackBytes;
  fake_stack_ = nullptr;
#if defined(__SANITIZE_ADDRESS__)
  // Frames that were left for good have their red zones here still.
  __asan_unpoison_memory_region(stack_.get(), kStackBytes);
#endif
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  // makecontext passes ints only, so the pointer travels in two halves.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
              static_cast<unsigned>(self & 0xFFFFFFFFu), static_cast<unsigned>(self >> 32));
}

void Fiber::enter(unsigned low, unsigned high) {
  auto* const self =
      reinterpret_cast<Fiber*>(std::uintptr_t{low} | (std::uintptr_t{high} << 32));
  self->arrived();
  self->entry_(self->argument_);
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  previous_fiber = &from;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake_stack_, to.stack_bottom_, to.stack_bytes_);
#endif
  swapcontext(&from.context_, &to.context_);
  from.arrived();
}

void Fiber::arrived() {
#if defined(__SANITIZE_ADDRESS__)
  // Only now does the run time say where the stack that was left lies: the real thread's, once.
  __sanitizer_finish_switch_fiber(fake_stack_, &previous_fiber->stack_bottom_,
                                  &previous_fiber->stack_bytes_);
#endif
}

}  // namespace tracebus::inline v1::model
