// SPDX-License-Identifier: Apache-2.0
//
// MetricWriter: numbers as OTLP's metrics (opentelemetry-proto, metrics/v1/metrics.proto): sums
// that are cumulative, and gauges.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_METRIC_WRITER_H_
#define TRACEBUS_EXPORTERS_OTLP_METRIC_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tracebus {
inline namespace v1 {

enum class MetricKind : std::uint8_t {
  kCounter,        // a sum that never goes down
  kUpDownCounter,  // a sum that does
  kGauge,
};

struct MetricHead {
  std::string_view name;
  std::string_view unit;  // UCUM
  std::string_view description;
  MetricKind kind = MetricKind::kCounter;
};

// When a number was so, and since when it was counted; nanoseconds since 1970.
struct MetricTime {
  std::uint64_t start_ns = 0;  // 0: nobody knows
  std::uint64_t ns = 0;
};

using MetricValue = std::variant<std::int64_t, double>;

struct MetricAttribute {
  std::string_view key;
  std::string_view value;  // what of it is no UTF-8 becomes U+FFFD
};

class MetricWriter {
 public:
  // REQUIRES: heads outlive it.
  explicit MetricWriter(std::span<const MetricHead> heads) : heads_(heads), points_(heads.size()) {}

  // A point of the metric with that place in heads. REQUIRES: no other point of it since take has
  // the same attributes.
  void add(std::size_t metric, const MetricTime& time, const MetricValue& value,
           std::span<const MetricAttribute> attributes);

  // ScopeMetrics.metrics, a field for each metric that has points; and begins again without any.
  std::string take();

 private:
  const std::span<const MetricHead> heads_;
  std::vector<std::string> points_;  // of each metric: fields 1 of a Sum or a Gauge
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_METRIC_WRITER_H_
