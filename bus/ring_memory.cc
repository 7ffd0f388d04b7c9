// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/ring_memory.h"

#include <sys/mman.h>

namespace tracebus {
inline namespace v1 {

RingMemory::RingMemory(std::size_t bytes) noexcept {
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return;
  words_ = static_cast<RingWord*>(pages);
  bytes_ = bytes;
}

RingMemory::~RingMemory() {
  if (words_ != nullptr) munmap(words_, bytes_);
}

}  // namespace v1
}  // namespace tracebus
