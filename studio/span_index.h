// SPDX-License-Identifier: Apache-2.0
//
// SpanIndex: where the last events of a span id lie: thousands of them, in little memory.
//
// A bucket is one cache line of eight events; a ninth takes the place of the oldest. An entry is
// the event's number with 16 bits of its key, so that whoever finds one looks at the event, too.
// It grows with what is put in until it has entries_max.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_SPAN_INDEX_H_
#define TRACEBUS_STUDIO_SPAN_INDEX_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tracebus {
inline namespace v1 {

class SpanIndex {
 public:
  // entries_max: a power of two.
  explicit SpanIndex(std::size_t entries_max)
      : buckets_(kBucketsMin), buckets_max_(std::max(kBucketsMin, entries_max / kEntries)) {}

  // visit(number) with what may be of the key, in no order, until it returns true.
  template <class Visit>
  void find(std::uint64_t key, const Visit& visit) const {
    const std::uint64_t tag = tag_of(key);
    for (const std::uint64_t entry : bucket_of(key)) {
      if ((entry & kTagMask) == tag && visit(entry >> kTagBits)) return;
    }
  }
  // key_of(number): the key of an event that was put in before; 0: it is gone.
  template <class KeyOf>
  void put(std::uint64_t key, std::uint64_t number, const KeyOf& key_of) {
    // With one event a bucket in the mean hardly any bucket is full.
    if (++size_ > buckets_.size() && buckets_.size() < buckets_max_) grow(key_of);
    place(key, number);
  }
  std::size_t bytes() const noexcept { return buckets_.size() * sizeof(Bucket); }

 private:
  static constexpr std::size_t kEntries = 8;
  static constexpr std::size_t kBucketsMin = 16;
  static constexpr int kTagBits = 16;
  static constexpr std::uint64_t kTagMask = (std::uint64_t{1} << kTagBits) - 1;
  using Bucket = std::array<std::uint64_t, kEntries>;  // 0: empty

  static std::uint64_t tag_of(std::uint64_t key) noexcept { return (key & kTagMask) | 1; }
  std::size_t place_of(std::uint64_t key) const noexcept {
    return (key >> kTagBits) & (buckets_.size() - 1);
  }
  const Bucket& bucket_of(std::uint64_t key) const noexcept { return buckets_[place_of(key)]; }
  void place(std::uint64_t key, std::uint64_t number) noexcept {
    Bucket& bucket = buckets_[place_of(key)];
    *std::min_element(bucket.begin(), bucket.end()) = number << kTagBits | tag_of(key);
  }
  template <class KeyOf>
  void grow(const KeyOf& key_of) {
    // In great steps, so that few events are put in again.
    std::vector<Bucket> old(std::min(8 * buckets_.size(), buckets_max_));
    old.swap(buckets_);
    for (const Bucket& bucket : old) {
      for (const std::uint64_t entry : bucket) {
        if (entry == 0) continue;
        const std::uint64_t key = key_of(entry >> kTagBits);
        if (key != 0) place(key, entry >> kTagBits);
      }
    }
  }

  std::vector<Bucket> buckets_;  // a power of two of them
  std::size_t buckets_max_;
  std::size_t size_ = 0;  // what was put in, ever
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_INDEX_H_
