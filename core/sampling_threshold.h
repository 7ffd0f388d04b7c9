// SPDX-License-Identifier: Apache-2.0
//
// SamplingThreshold: which share of all traces is kept, decided by the trace's id alone, so that
// every process that sees a trace decides alike, and a trace kept at one share is kept at every
// larger one.
//
// OpenTelemetry's consistent probability sampling: of 56 bits of randomness R, which are the last
// seven bytes of the trace id (W3C Trace Context level 2), a trace is kept if R >= T. T is written
// as up to 14 hex digits without the zeros at its end: "0" keeps all, "8" half, "c" a quarter.
#ifndef TRACEBUS_CORE_SAMPLING_THRESHOLD_H_
#define TRACEBUS_CORE_SAMPLING_THRESHOLD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

class SamplingThreshold {
 public:
  static constexpr int kHexDigits = 14;
  static constexpr std::uint64_t kEnd = std::uint64_t{1} << 56;

  constexpr SamplingThreshold() noexcept = default;  // keeps all

  // The nearest one to a share; none unless 0 <= share <= 1. A share of 0 keeps nothing, which has
  // no text.
  static std::optional<SamplingThreshold> of_share(double share) noexcept;
  // 1 to 14 hex digits, lower-case.
  static std::optional<SamplingThreshold> parse(std::string_view text) noexcept;

  static std::uint64_t randomness(const TraceId& id) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 9; i < 16; ++i) bits = bits << 8 | id.bytes[i];
    return bits;
  }
  // REQUIRES: randomness < kEnd.
  bool keeps(std::uint64_t randomness) const noexcept { return randomness >= threshold_; }
  bool keeps(const TraceId& id) const noexcept { return keeps(randomness(id)); }

  bool keeps_nothing() const noexcept { return threshold_ == kEnd; }
  double share() const noexcept;
  // REQUIRES: !keeps_nothing().
  std::string text() const;

  bool operator==(const SamplingThreshold&) const = default;

 private:
  explicit constexpr SamplingThreshold(std::uint64_t threshold) noexcept : threshold_(threshold) {}

  std::uint64_t threshold_ = 0;  // 0 to kEnd
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_SAMPLING_THRESHOLD_H_
