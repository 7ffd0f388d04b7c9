// SPDX-License-Identifier: Apache-2.0
//
// DurationList: how long each of some spans took, for exact percentiles.
//
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_DURATION_LIST_H_
#define TRACEBUS_STUDIO_DURATION_LIST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tracebus {
inline namespace v1 {

class DurationList {
 public:
  void add(std::int64_t ns) { ns_.push_back(ns); }
  // Milliseconds; nothing where there are none.
  std::optional<double> mean_ms() const noexcept;
  // The smallest duration that so many percent do not exceed (nearest rank). REQUIRES: percent is
  // within 1 and 100.
  std::optional<double> percentile_ms(std::size_t percent);

 private:
  std::vector<std::int64_t> ns_;  // in an order that changes
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_DURATION_LIST_H_
