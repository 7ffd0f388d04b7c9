// SPDX-License-Identifier: Apache-2.0
//
// MetricLabels: the values of a family's labels as one text, which names a series.
#ifndef TRACEBUS_TRACE_METRIC_LABELS_H_
#define TRACEBUS_TRACE_METRIC_LABELS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kMetricLabelsMax = 8;        // of a family
inline constexpr std::size_t kMetricLabelBytesMax = 256;  // of all values of a series, 2 more each

// No heap. Thread safety: none.
class MetricLabels {
 public:
  // The first count of values; those that are missing are empty.
  MetricLabels(std::span<const std::string_view> values, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) add(i < values.size() ? values[i] : std::string_view());
  }

  bool fits() const noexcept { return fits_; }
  // REQUIRES: fits().
  std::string_view text() const noexcept { return {text_.data(), size_}; }

  // Splits such a text. REQUIRES: values is as long as count was.
  static void split(std::string_view text, std::span<std::string_view> values) noexcept {
    for (std::string_view& value : values) {
      const auto length = load_word<std::uint16_t>(text.data());
      value = text.substr(sizeof length, length);
      text.remove_prefix(sizeof length + length);
    }
  }

 private:
  void add(std::string_view value) noexcept {
    const std::size_t bytes = sizeof(std::uint16_t) + value.size();
    fits_ = fits_ && bytes <= text_.size() - size_;
    if (!fits_) return;
    const auto length = static_cast<std::uint16_t>(value.size());
    std::memcpy(text_.data() + size_, &length, sizeof length);
    std::copy(value.begin(), value.end(), text_.data() + size_ + sizeof length);
    size_ += bytes;
  }

  std::array<char, kMetricLabelBytesMax> text_;  // not initialised
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_METRIC_LABELS_H_
