// SPDX-License-Identifier: Apache-2.0
//
// Block: a stretch of records on their way to subscriptions. BlockPool: where blocks rest.
//
// Thread safety. The dispatcher alone takes, fills and returns blocks; workers read the records
// below what their queue published. The pool's memory lives until the last of its owners is gone,
// so a worker that hangs in an exporter may outlive the bus.
#ifndef TRACEBUS_BUS_BLOCK_H_
#define TRACEBUS_BUS_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tracebus/bus/arena.h"
#include "tracebus/core/counter.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

struct Block {
  Block(Arena& arena, std::size_t bytes) noexcept;
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  std::size_t room() const noexcept { return capacity - used; }

  Arena& arena;
  char* const data;  // null if the arena refused the memory
  const std::uint32_t capacity;
  std::uint32_t used = 0;
  std::uint32_t references = 0;  // slots of queues, and the lane that fills it
  bool alone = false;            // made for one large record, and freed after it
};

class BlockPool {
 public:
  explicit BlockPool(Arena& arena) noexcept : arena_(arena) {}
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // An empty block of at least `bytes`, with one reference; the one returned last first, since its
  // lines are still in the cache. Null if the arena refuses memory.
  Block* take(std::size_t bytes) noexcept;
  // A block for one record larger than blocks are. It does not rest: sizes like it may never recur.
  // REQUIRES: bytes is block_bytes_of some size.
  Block* take_alone(std::size_t bytes) noexcept;
  // What a block for so many bytes takes.
  static constexpr std::size_t block_bytes_of(std::size_t bytes) noexcept {
    return (bytes + kCacheLineBytes - 1) & ~(kCacheLineBytes - 1);
  }
  // All queues together may have so many bytes. Blocks beyond that do not rest, and those that rest
  // make room for large ones.
  void set_bytes_max(std::uint64_t bytes) noexcept {
    bytes_max_ = bytes;
    free_resting(0);
  }
  void add_reference(Block* block) noexcept { ++block->references; }
  void drop_reference(Block* block) noexcept;

  std::uint64_t allocated_bytes() const noexcept { return allocated_bytes_.get(); }
  std::uint64_t resting_bytes() const noexcept { return resting_bytes_.get(); }

 private:
  Block* make(std::size_t bytes) noexcept;
  void free_resting(std::size_t wanted) noexcept;
  void free_block(Block* block) noexcept;

  Arena& arena_;
  std::uint64_t bytes_max_ = ~std::uint64_t{0};
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Block*> resting_;  // used as a stack
  Counter allocated_bytes_;
  Counter resting_bytes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_BLOCK_H_
