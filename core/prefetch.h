// SPDX-License-Identifier: Apache-2.0
//
// prefetch_to_write: asks for a cache line that is to be written soon.
#ifndef TRACEBUS_CORE_PREFETCH_H_
#define TRACEBUS_CORE_PREFETCH_H_

namespace tracebus {
inline namespace v1 {

// Any address will do, also one that is not mapped.
inline void prefetch_to_write(const void* address) noexcept {
#if defined(__x86_64__)
  // The builtin asks for a line to be read, unless the compiler may assume a newer processor; that
  // line would have to be asked for once more. Processors without the instruction ignore it.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address, 1);
#endif
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PREFETCH_H_
