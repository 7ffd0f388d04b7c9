// SPDX-License-Identifier: Apache-2.0
//
// EncodedBatch: the events of a batch as they go into a file, one unit (a line, a message) each.
#ifndef TRACEBUS_EXPORTERS_ENCODED_BATCH_H_
#define TRACEBUS_EXPORTERS_ENCODED_BATCH_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class EncodedBatch {
 public:
  // Room for one more unit of at most so many bytes, which end_unit closes where it ended. Bytes
  // are neither zeroed nor touched before they are written, so room may be asked for generously.
  char* room(std::size_t bytes) {
    if (bytes > capacity_ - size_bytes_) [[unlikely]]
      grow(bytes);
    return bytes_.get() + size_bytes_;
  }
  void end_unit(const char* end) {
    size_bytes_ = static_cast<std::size_t>(end - bytes_.get());
    ends_.push_back(size_bytes_);
  }

  void clear() noexcept {
    // A batch of unusually large events does not keep its memory.
    if (capacity_ > kBytesKept) {
      bytes_.reset();
      capacity_ = 0;
    }
    size_bytes_ = 0;
    ends_.clear();
  }

  std::size_t size() const noexcept { return ends_.size(); }

  // The bytes of the units from first to end. REQUIRES: first < end <= size().
  std::string_view units(std::size_t first, std::size_t end) const noexcept {
    return {bytes_.get() + begin_of(first), ends_[end - 1] - begin_of(first)};
  }

  // The end of those units from first on that fit into so many bytes; first if none does.
  std::size_t end_within(std::size_t first, std::size_t bytes) const noexcept {
    const std::size_t room = std::min(bytes, size_bytes_ - begin_of(first));
    const auto after = std::upper_bound(ends_.begin(), ends_.end(), begin_of(first) + room);
    return static_cast<std::size_t>(after - ends_.begin());
  }

 private:
  static constexpr std::size_t kBytesKept = std::size_t{8} << 20;

  std::size_t begin_of(std::size_t unit) const noexcept { return unit == 0 ? 0 : ends_[unit - 1]; }

  void grow(std::size_t bytes) {
    const std::size_t wanted = std::max(size_bytes_ + bytes, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(wanted);
    if (size_bytes_ != 0) std::memcpy(larger.get(), bytes_.get(), size_bytes_);
    bytes_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_bytes_ = 0;
  std::vector<std::size_t> ends_;  // of its units in bytes_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_ENCODED_BATCH_H_
