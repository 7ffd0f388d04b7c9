// SPDX-License-Identifier: Apache-2.0
//
// EventRing: the latest events as they are sent to clients of a stream, in so many bytes.
//
//   index:   gone ............ first() | first() + 1 ... end() - 1 | end() comes next
//
// An event has a number, which its store gave it, and an index, which counts those that came here.
// Numbers rise, with gaps. Indexes have none, so that what is missing can be counted, also of what
// is gone: the ring keeps the beginnings of the last kGoneMax blocks that it let go of.
//
// Thread safety: none; EventStream locks.
#ifndef TRACEBUS_STUDIO_EVENT_RING_H_
#define TRACEBUS_STUDIO_EVENT_RING_H_

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class EventRing {
 public:
  // Which filters an event passes, by their places.
  static constexpr std::size_t kFiltersMax = 256;
  using Marks = std::bitset<kFiltersMax>;
  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
  static constexpr std::size_t kBlocksMin = 16;  // of a full ring, whatever its size
  static constexpr std::size_t kGoneMax = 65'536;

  // bytes_max: of all that it holds, but for the event that came last.
  explicit EventRing(std::size_t bytes_max)
      : bytes_max_(bytes_max), block_bytes_(std::min(kBlockBytes, bytes_max / kBlocksMin)) {}
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  // REQUIRES: number is larger than all before.
  void push(std::uint64_t number, std::string_view frame, const Marks& marks);

  std::uint64_t first() const noexcept { return blocks_.empty() ? end_ : blocks_[0].first_index; }
  std::uint64_t end() const noexcept { return end_; }
  std::size_t bytes() const noexcept {
    return bytes_ + (blocks_.empty() ? 0 : bytes_of(blocks_.back()));
  }
  // The index of the first event behind a number: first() or less if such are gone, as far back as
  // is known.
  std::uint64_t index_behind(std::uint64_t number) const noexcept;
  // The number that came last; nothing came: 0, as end() says.
  std::uint64_t last_number() const noexcept { return last_number_; }

  // REQUIRES: first() <= index < end().
  std::uint64_t number_at(std::uint64_t index) const noexcept;
  std::string_view frame_at(std::uint64_t index) const noexcept;
  const Marks& marks_at(std::uint64_t index) const noexcept;
  void mark(std::uint64_t index, std::size_t filter, bool passes) noexcept;

 private:
  struct Entry {
    std::uint64_t frame_end = 0;  // in the text of its block
    Marks marks;
  };
  struct Block {  // of events whose numbers have no gaps
    std::uint64_t first_index = 0;
    std::uint64_t first_number = 0;
    std::string text;
    std::vector<Entry> entries;
  };
  struct Begin {
    std::uint64_t index = 0;
    std::uint64_t number = 0;
  };

  const Block& block_of(std::uint64_t index) const noexcept;
  static std::size_t bytes_of(const Block& block) noexcept;
  void drop_first();

  const std::size_t bytes_max_;
  const std::size_t block_bytes_;
  std::deque<Block> blocks_;
  std::deque<Begin> gone_;  // blocks that were let go of
  std::size_t bytes_ = 0;   // of all blocks but the last
  std::uint64_t end_ = 0;
  std::uint64_t last_number_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_EVENT_RING_H_
