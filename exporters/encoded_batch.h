// SPDX-License-Identifier: Apache-2.0
//
// EncodedBatch: the events of a batch as they go into a file, one unit (a line, a message) each.
#ifndef TRACEBUS_EXPORTERS_ENCODED_BATCH_H_
#define TRACEBUS_EXPORTERS_ENCODED_BATCH_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class EncodedBatch {
 public:
  // Units are appended to text(), and each is closed by end_unit.
  std::string& text() noexcept { return text_; }
  void end_unit() { ends_.push_back(text_.size()); }

  void clear() {
    // A batch of unusually large events does not keep its memory.
    if (text_.capacity() > kTextBytesKept) text_ = std::string();
    text_.clear();
    ends_.clear();
  }

  std::size_t size() const noexcept { return ends_.size(); }

  // The bytes of the units from first to end. REQUIRES: first < end <= size().
  std::string_view units(std::size_t first, std::size_t end) const noexcept {
    return std::string_view(text_).substr(begin_of(first), ends_[end - 1] - begin_of(first));
  }

  // The end of those units from first on that fit into so many bytes; first if none does.
  std::size_t end_within(std::size_t first, std::size_t bytes) const noexcept {
    const std::size_t room = std::min(bytes, text_.size() - begin_of(first));
    const auto after = std::upper_bound(ends_.begin(), ends_.end(), begin_of(first) + room);
    return static_cast<std::size_t>(after - ends_.begin());
  }

 private:
  static constexpr std::size_t kTextBytesKept = std::size_t{8} << 20;

  std::size_t begin_of(std::size_t unit) const noexcept { return unit == 0 ? 0 : ends_[unit - 1]; }

  std::string text_;
  std::vector<std::size_t> ends_;  // of its units in text_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_ENCODED_BATCH_H_
