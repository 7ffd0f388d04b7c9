// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/arena.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>

namespace tracebus {
inline namespace v1 {
namespace {

void* map_anonymous(std::size_t bytes) noexcept {
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

// Maps more, and gives back what lies before the first huge page and behind the last byte.
void* map_aligned(std::size_t bytes) noexcept {
  char* const begin = static_cast<char*>(map_anonymous(bytes + kHugePageBytes));
  if (begin == nullptr) return nullptr;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) & (kHugePageBytes - 1);
  if (before != 0) munmap(begin, before);
  munmap(begin + before + bytes, kHugePageBytes - before);
  return begin + before;
}

class AnonymousArena final : public Arena {
 public:
  constexpr explicit AnonymousArena(bool huge) noexcept : huge_(huge) {}

  void* map(std::size_t bytes) noexcept override {
    const int saved_errno = errno;
    void* const pages =
        huge_ && bytes >= kHugePageBytes ? map_aligned(bytes) : map_anonymous(bytes);
    // Without the advice the first byte of a quiet ring could cost two megabytes, where the system
    // uses huge pages for everything.
    if (pages != nullptr) madvise(pages, bytes, huge_ ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
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

 private:
  const bool huge_;
};

// Never destroyed: threads give their rings back after static destructors have run. Initialised
// without a guard, which a child forked meanwhile would wait for.
union Undestroyed {
  constexpr explicit Undestroyed(bool huge) noexcept : arena(huge) {}
  ~Undestroyed() {}
  AnonymousArena arena;
};
constinit Undestroyed g_anonymous{false};
constinit Undestroyed g_huge{true};

}  // namespace

Arena& anonymous_arena() noexcept { return g_anonymous.arena; }
Arena& huge_page_arena() noexcept { return g_huge.arena; }

}  // namespace v1
}  // namespace tracebus
