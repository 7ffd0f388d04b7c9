// SPDX-License-Identifier: Apache-2.0
//
// OpenSpans: starts whose ends have not been heard of, by a key that both have. A key may have
// several.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_OPEN_SPANS_H_
#define TRACEBUS_STUDIO_OPEN_SPANS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tracebus {
inline namespace v1 {

class OpenSpans {
 public:
  OpenSpans() : slots_(64) {}

  void add(std::uint64_t key, std::uint64_t span);
  // Takes out the span of key that was added first, or last, which is the one with the smallest, or
  // largest, number.
  std::optional<std::uint64_t> take_oldest(std::uint64_t key) { return take(key, false); }
  std::optional<std::uint64_t> take_newest(std::uint64_t key) { return take(key, true); }
  // Forgets spans with a number below first.
  void forget_before(std::uint64_t first);

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint64_t span_plus_1 = 0;  // 0: empty
  };

  std::size_t home_of(std::uint64_t key) const noexcept;
  std::optional<std::uint64_t> take(std::uint64_t key, bool newest);
  void put(const Slot& slot) noexcept;
  void remove(std::size_t at) noexcept;

  std::vector<Slot> slots_;  // a power of two of them, at most half in use
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_OPEN_SPANS_H_
