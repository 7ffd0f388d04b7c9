// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/core/allocation_count.h"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t g_allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* const made = std::malloc(size)) return made;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size);
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }
void operator delete(void* made, const std::nothrow_t&) noexcept { std::free(made); }

namespace tracebus::testing {

std::size_t allocation_count() noexcept { return g_allocations; }

}  // namespace tracebus::testing
