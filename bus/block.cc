// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/block.h"

#include <algorithm>
#include <new>

namespace tracebus {
inline namespace v1 {

// Blocks smaller than a page are for queues of a few kilobytes: each takes a page all the same.
Block::Block(Arena& from, std::size_t bytes) noexcept
    : arena(from), data(static_cast<char*>(from.map(round_up_to_pages(bytes)))),
      capacity(static_cast<std::uint32_t>(bytes)) {}

Block::~Block() {
  if (data != nullptr) arena.unmap(data, round_up_to_pages(capacity));
}

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
  free_resting(bytes);
  auto made = std::unique_ptr<Block>(new (std::nothrow) Block(arena_, bytes));
  if (made == nullptr || made->data == nullptr) return nullptr;
  made->references = 1;
  allocated_bytes_.add(bytes);
  blocks_.push_back(std::move(made));
  return blocks_.back().get();
}

void BlockPool::drop_reference(Block* block) noexcept {
  if (--block->references != 0) return;
  if (block->alone) return free_block(block);
  resting_.push_back(block);
  resting_bytes_.add(block->capacity);
  free_resting(0);
}

// Until `wanted` more bytes fit below bytes_max_, or none rest.
void BlockPool::free_resting(std::size_t wanted) noexcept {
  while (!resting_.empty() && allocated_bytes_.get() + wanted > bytes_max_) {
    Block* const block = resting_.back();
    resting_.pop_back();
    resting_bytes_.set(resting_bytes_.get() - block->capacity);
    free_block(block);
  }
}

void BlockPool::free_block(Block* block) noexcept {
  allocated_bytes_.set(allocated_bytes_.get() - block->capacity);
  // Large records are rare, and what was made last lies last.
  const auto same = [block](const std::unique_ptr<Block>& known) { return known.get() == block; };
  const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(), same);
  blocks_.erase(std::next(found).base());
}

}  // namespace v1
}  // namespace tracebus
