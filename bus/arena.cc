// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/arena.h"

#include <sys/mman.h>

#include <cerrno>

namespace tracebus {
inline namespace v1 {
namespace {

class AnonymousArena final : public Arena {
 public:
  void* map(std::size_t bytes) noexcept override {
    const int saved_errno = errno;
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
      pages = nullptr;
    } else {
      // Else the first byte of a quiet ring could cost two megabytes.
      madvise(pages, bytes, MADV_NOHUGEPAGE);
    }
    errno = saved_errno;
    return pages;
  }
  void unmap(void* pages, std::size_t bytes) noexcept override {
    const int saved_errno = errno;
    munmap(pages, bytes);
    errno = saved_errno;
  }
  void prefault(void* pages, std::size_t bytes) noexcept override {
    constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14; else faults come later
    madvise(pages, bytes, kPopulateWrite);
  }
  void discard(void* pages, std::size_t bytes) noexcept override {
    madvise(pages, bytes, MADV_DONTNEED);
  }
};

// Never destroyed: threads give their rings back after static destructors have run. Initialised
// without a guard, which a child forked meanwhile would wait for.
union Undestroyed {
  constexpr Undestroyed() noexcept : arena() {}
  ~Undestroyed() {}
  AnonymousArena arena;
};
constinit Undestroyed g_anonymous;

}  // namespace

Arena& anonymous_arena() noexcept { return g_anonymous.arena; }

}  // namespace v1
}  // namespace tracebus
