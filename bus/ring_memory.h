// SPDX-License-Identifier: Apache-2.0
//
// RingMemory: the storage of one ring, as pages of its own.
#ifndef TRACEBUS_BUS_RING_MEMORY_H_
#define TRACEBUS_BUS_RING_MEMORY_H_

#include <cstddef>
#include <utility>

#include "tracebus/core/ring.h"

namespace tracebus {
inline namespace v1 {

// Untouched pages cost no memory, so a quiet producer pays for what it wrote, not for its capacity.
class RingMemory {
 public:
  RingMemory() noexcept = default;  // holds nothing
  // Holds nothing if the system refuses. REQUIRES: bytes is a multiple of the page size.
  explicit RingMemory(std::size_t bytes) noexcept;
  RingMemory(RingMemory&& other) noexcept
      : words_(std::exchange(other.words_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  RingMemory& operator=(RingMemory&&) = delete;
  ~RingMemory();

  RingWord* words() const noexcept { return words_; }
  std::size_t bytes() const noexcept { return bytes_; }
  explicit operator bool() const noexcept { return words_ != nullptr; }

 private:
  RingWord* words_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_RING_MEMORY_H_
