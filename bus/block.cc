// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/block.h"

#include <algorithm>
#include <new>

namespace tracebus {
inline namespace v1 {

Block::Block(std::size_t bytes)
    : data(static_cast<char*>(std::aligned_alloc(kCacheLineBytes, bytes))),
      capacity(static_cast<std::uint32_t>(bytes)) {}

Block* BlockPool::take(std::size_t bytes) noexcept {
  bytes = std::max(block_bytes_of(bytes), kBlockBytesMin);
  for (std::size_t i = resting_.size(); i != 0; --i) {
    Block* const block = resting_[i - 1];
    if (block->capacity != bytes) continue;
    resting_.erase(resting_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    resting_bytes_.set(resting_bytes_.get() - bytes);
    block->used = 0;
    block->references = 1;
    return block;
  }
  return make(bytes);
}

Block* BlockPool::take_alone(std::size_t bytes) noexcept {
  Block* const block = make(bytes);
  if (block != nullptr) block->alone = true;
  return block;
}

Block* BlockPool::make(std::size_t bytes) noexcept {
  auto made = std::unique_ptr<Block>(new (std::nothrow) Block(bytes));
  if (made == nullptr || made->data == nullptr) return nullptr;
  made->references = 1;
  allocated_bytes_.add(bytes);
  blocks_.push_back(std::move(made));
  return blocks_.back().get();
}

void BlockPool::drop_reference(Block* block) noexcept {
  if (--block->references != 0) return;
  if (block->alone) {
    allocated_bytes_.set(allocated_bytes_.get() - block->capacity);
    // Large records are rare, and what was made last lies last.
    const auto same = [block](const std::unique_ptr<Block>& known) { return known.get() == block; };
    const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(), same);
    blocks_.erase(std::next(found).base());
    return;
  }
  resting_.push_back(block);
  resting_bytes_.add(block->capacity);
}

}  // namespace v1
}  // namespace tracebus
