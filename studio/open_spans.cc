// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/open_spans.h"

#include <utility>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

std::size_t OpenSpans::home_of(std::uint64_t key) const noexcept {
  return fold_words(key ^ kHashFirst, kHashSecond) & (slots_.size() - 1);
}

void OpenSpans::put(const Slot& slot) noexcept {
  std::size_t at = home_of(slot.key);
  while (slots_[at].span_plus_1 != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = slot;
}

void OpenSpans::add(std::uint64_t key, std::uint64_t span) {
  if (2 * (size_ + 1) > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    for (const Slot& slot : old) {
      if (slot.span_plus_1 != 0) put(slot);
    }
  }
  put({key, span + 1});
  ++size_;
}

std::optional<std::uint64_t> OpenSpans::take(std::uint64_t key, bool newest) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t best = slots_.size();
  for (std::size_t at = home_of(key); slots_[at].span_plus_1 != 0; at = (at + 1) & mask) {
    if (slots_[at].key != key) continue;
    const bool better =
        best == slots_.size() || (slots_[at].span_plus_1 > slots_[best].span_plus_1) == newest;
    if (better) best = at;
  }
  if (best == slots_.size()) return std::nullopt;
  const std::uint64_t span = slots_[best].span_plus_1 - 1;
  remove(best);
  return span;
}

// Moves those that follow up, so that no look-up meets a hole.
void OpenSpans::remove(std::size_t at) noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t next = (at + 1) & mask; slots_[next].span_plus_1 != 0;
       next = (next + 1) & mask) {
    const std::size_t home = home_of(slots_[next].key);
    if (((next - home) & mask) < ((next - at) & mask)) continue;
    slots_[at] = slots_[next];
    at = next;
  }
  slots_[at] = Slot{};
  --size_;
}

void OpenSpans::forget_before(std::uint64_t first) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size()));
  size_ = 0;
  for (const Slot& slot : old) {
    if (slot.span_plus_1 <= first) continue;
    put(slot);
    ++size_;
  }
}

}  // namespace v1
}  // namespace tracebus
