// SPDX-License-Identifier: Apache-2.0
//
// MedianInterval: between what values the median lies of which a few were seen.
#ifndef TRACEBUS_MEASURE_MEDIAN_INTERVAL_H_
#define TRACEBUS_MEASURE_MEDIAN_INTERVAL_H_

#include <optional>
#include <vector>

namespace tracebus {
inline namespace v1 {

struct MedianInterval {
  double low = 0;
  double high = 0;
};

// With a confidence of at least 95 %, by the sign test: it supposes that the values are independent
// of each other, and nothing of how they are distributed. None for fewer than six.
std::optional<MedianInterval> median_interval(std::vector<double> values);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_MEDIAN_INTERVAL_H_
