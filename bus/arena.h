// SPDX-License-Identifier: Apache-2.0
//
// Arena: where the bytes of events come from: rings, blocks, and what lies beside the rings. One
// parameter, so that they may as well lie in a file that outlives the process, or be counted, or
// refused, as tests do.
//
// Thread safety: every method may be called from any thread, and map and unmap from a signal
// handler, since a thread's first emit may happen there: no malloc, no locks.
#ifndef TRACEBUS_BUS_ARENA_H_
#define TRACEBUS_BUS_ARENA_H_

#include <cstddef>

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

constexpr std::size_t round_up_to_pages(std::size_t bytes) noexcept {
  return (bytes + kPageBytes - 1) & ~(kPageBytes - 1);
}

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  constexpr virtual ~Arena() = default;

  // Zeroed pages that cost no memory before they are written; null if there are none to be had. All
  // sizes are multiples of kPageBytes.
  virtual void* map(std::size_t bytes) noexcept = 0;
  virtual void unmap(void* pages, std::size_t bytes) noexcept = 0;
  // Makes the first write to each page cheap. Best effort; safe beside threads that use the pages.
  virtual void prefault(void* pages, std::size_t bytes) noexcept = 0;
  // Gives the memory back, not the addresses: the pages are zero again.
  virtual void discard(void* pages, std::size_t bytes) noexcept = 0;
};

// Private memory of the process. There until its end.
Arena& anonymous_arena() noexcept;
// The same in pages of 2 MiB, where the kernel grants them (Linux, transparent huge pages "always"
// or "madvise"): what is 2 MiB or more begins at such a page.
Arena& huge_page_arena() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_ARENA_H_
