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
  bytes = std::max<std::size_t>((bytes + kCacheLineBytes - 1) & ~(kCacheLineBytes - 1), kBlockBytesMin);
  for (std::size_t i = resting_.size(); i != 0; --i) {
    Block* const block = resting_[i - 1];
    if (block->capacity != bytes) continue;
    resting_.erase(resting_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    resting_bytes_.set(resting_bytes_.get() - bytes);
    block->used = 0;
    block->references = 1;
    return block;
  }
  auto made = std::unique_ptr<Block>(new (std::nothrow) Block(bytes));
  if (made == nullptr || made->data == nullptr) return nullptr;
  made->references = 1;
  allocated_bytes_.add(bytes);
  blocks_.push_back(std::move(made));
  return blocks_.back().get();
}

void BlockPool::drop_reference(Block* block) noexcept {
  if (--block->references != 0) return;
  resting_.push_back(block);
  resting_bytes_.add(block->capacity);
}

}  // namespace v1
}  // namespace tracebus
