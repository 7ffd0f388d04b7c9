// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/event_ring.h"

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {

void EventRing::push(std::uint64_t number, std::string_view frame, const Marks& marks) {
  const bool has_gap = blocks_.empty() || number != last_number_ + 1;
  if (has_gap || blocks_.back().text.size() + frame.size() > block_bytes_) {
    if (!blocks_.empty()) {
      blocks_.back().text.shrink_to_fit();
      blocks_.back().entries.shrink_to_fit();
      bytes_ += bytes_of(blocks_.back());
    }
    blocks_.push_back({.first_index = end_, .first_number = number, .text = {}, .entries = {}});
  }
  Block& block = blocks_.back();
  block.text += frame;
  block.entries.push_back({block.text.size(), marks});
  last_number_ = number;
  ++end_;
  while (blocks_.size() > 1 && bytes_ + bytes_of(block) > bytes_max_) drop_first();
}

void EventRing::drop_first() {
  const Block& block = blocks_.front();
  bytes_ -= bytes_of(block);
  gone_.push_back({block.first_index, block.first_number});
  if (gone_.size() > kGoneMax) gone_.pop_front();
  blocks_.pop_front();
}

std::size_t EventRing::bytes_of(const Block& block) noexcept {
  return sizeof(Block) + block.text.capacity() + block.entries.capacity() * sizeof(Entry);
}

std::uint64_t EventRing::index_behind(std::uint64_t number) const noexcept {
  // Where the next block begins, everything of the one before it has a smaller index.
  std::uint64_t next = end_;
  const auto within = [&](std::uint64_t first_index, std::uint64_t first_number) {
    return std::min(first_index + (number - first_number) + 1, next);
  };
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if (block->first_number <= number) return within(block->first_index, block->first_number);
    next = block->first_index;
  }
  const auto behind = std::upper_bound(
      gone_.begin(), gone_.end(), number,
      [](std::uint64_t wanted, const Begin& each) { return wanted < each.number; });
  if (behind != gone_.end()) next = behind->index;
  return behind == gone_.begin() ? next : within((behind - 1)->index, (behind - 1)->number);
}

const EventRing::Block& EventRing::block_of(std::uint64_t index) const noexcept {
  const auto behind = std::upper_bound(
      blocks_.begin(), blocks_.end(), index,
      [](std::uint64_t wanted, const Block& each) { return wanted < each.first_index; });
  return *(behind - 1);
}

std::uint64_t EventRing::number_at(std::uint64_t index) const noexcept {
  const Block& block = block_of(index);
  return block.first_number + (index - block.first_index);
}

std::string_view EventRing::frame_at(std::uint64_t index) const noexcept {
  const Block& block = block_of(index);
  const std::size_t at = static_cast<std::size_t>(index - block.first_index);
  const std::size_t begin = at == 0 ? 0 : static_cast<std::size_t>(block.entries[at - 1].frame_end);
  return std::string_view(block.text)
      .substr(begin, static_cast<std::size_t>(block.entries[at].frame_end) - begin);
}

const EventRing::Marks& EventRing::marks_at(std::uint64_t index) const noexcept {
  const Block& block = block_of(index);
  return block.entries[static_cast<std::size_t>(index - block.first_index)].marks;
}

void EventRing::mark(std::uint64_t index, std::size_t filter, bool passes) noexcept {
  const Block& block = block_of(index);
  const std::size_t at = static_cast<std::size_t>(index - block.first_index);
  const_cast<Block&>(block).entries[at].marks.set(filter, passes);
}

}  // namespace v1
}  // namespace tracebus
