// SPDX-License-Identifier: Apache-2.0
//
// WaitingSpans: events that wait for a span that was not heard of yet, by its key.
//
// Bounded: in two generations of which the older goes when the younger is full, so that the last
// waiting_max are remembered at least, and twice as many at most.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_WAITING_SPANS_H_
#define TRACEBUS_STUDIO_WAITING_SPANS_H_

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

class WaitingSpans {
 public:
  explicit WaitingSpans(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  bool has(std::uint64_t key) const {
    const auto has_key = [key](const Generation& each) {
      return !each.lines.empty() && each.lines.contains(key);
    };
    return has_key(generations_[0]) || has_key(generations_[1]);
  }
  void add(std::uint64_t key, std::uint64_t number) {
    if (generations_[0].nodes.size() >= waiting_max_) {
      generations_[1] = std::exchange(generations_[0], Generation());
    }
    Generation& young = generations_[0];
    const auto at = static_cast<std::uint32_t>(young.nodes.size());
    young.nodes.push_back({number, kNone});
    young.append(key, {at, at});
  }
  // Those of one key wait for another.
  void move(std::uint64_t from, std::uint64_t to) {
    for (Generation& generation : generations_) {
      const auto found = generation.lines.find(from);
      if (found == generation.lines.end()) continue;
      const Line line = found->second;
      generation.lines.erase(found);
      generation.append(to, line);
    }
  }
  // visit(number) with those of the key, which wait no more.
  template <class Visit>
  void take(std::uint64_t key, const Visit& visit) {
    for (Generation& generation : generations_) {
      const auto found = generation.lines.find(key);
      if (found == generation.lines.end()) continue;
      for (std::uint32_t at = found->second.first; at != kNone; at = generation.nodes[at].next) {
        visit(generation.nodes[at].number);
      }
      generation.lines.erase(found);
    }
  }
  std::size_t bytes() const noexcept {
    constexpr std::size_t kSlotBytes = sizeof(std::uint64_t) + sizeof(Line) + 1;
    std::size_t bytes = 0;
    for (const Generation& each : generations_) {
      bytes += each.nodes.capacity() * sizeof(Node) + each.lines.capacity() * kSlotBytes;
    }
    return bytes;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct Node {
    std::uint64_t number;
    std::uint32_t next;
  };
  struct Line {
    std::uint32_t first, last;
  };
  struct Generation {
    void append(std::uint64_t key, const Line& line) {
      const auto [found, is_new] = lines.try_emplace(key, line);
      if (is_new) return;
      nodes[found->second.last].next = line.first;
      found->second.last = line.last;
    }

    absl::flat_hash_map<std::uint64_t, Line> lines;
    std::vector<Node> nodes;
  };

  const std::size_t waiting_max_;
  std::array<Generation, 2> generations_;  // the younger first
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_WAITING_SPANS_H_
