// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/metric_writer.h"

#include <bit>

#include "tracebus/core/protobuf_wire.h"
#include "tracebus/exporters/otlp/any_value.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kMetricTag = bytes_tag(2);  // of ScopeMetrics
// Of Metric.
constexpr std::uint32_t kNameTag = bytes_tag(1);
constexpr std::uint32_t kDescriptionTag = bytes_tag(2);
constexpr std::uint32_t kUnitTag = bytes_tag(3);
constexpr std::uint32_t kGaugeTag = bytes_tag(5);
constexpr std::uint32_t kSumTag = bytes_tag(7);
// Of Sum and of Gauge, which has the first alone.
constexpr std::uint32_t kPointTag = bytes_tag(1);
constexpr std::uint32_t kTemporalityTag = varint_tag(2);
constexpr std::uint64_t kCumulative = 2;
constexpr std::uint32_t kIsMonotonicTag = varint_tag(3);
// Of NumberDataPoint.
constexpr std::uint32_t kStartTimeTag = fixed64_tag(2);
constexpr std::uint32_t kTimeTag = fixed64_tag(3);
constexpr std::uint32_t kDoubleTag = fixed64_tag(4);
constexpr std::uint32_t kIntTag = fixed64_tag(6);
constexpr std::uint32_t kAttributeTag = bytes_tag(7);

// Numbers of the bus come now and then: what is simple is fast enough here.
void append_bytes(std::string& out, std::uint32_t tag, std::string_view bytes) {
  const std::size_t begin = out.size();
  out.resize(begin + bytes_field_bytes(bytes.size()));
  write_bytes_field(out.data() + begin, tag, bytes);
}
void append_varint(std::string& out, std::uint32_t tag, std::uint64_t value) {
  char field[2 * kVarintBytesMax];
  out.append(field, write_varint_field(field, tag, value));
}
void append_fixed64(std::string& out, std::uint32_t tag, std::uint64_t word) {
  char field[kVarintBytesMax + sizeof word];
  out.append(field, write_fixed64_field(field, tag, word));
}
void append_attribute(std::string& out, const MetricAttribute& attribute) {
  const std::size_t begin = out.size();
  out.resize(begin + AnyValueWriter::bytes_max(attribute.key.size() + attribute.value.size()));
  const char* const end =
      AnyValueWriter().write_attribute(out.data() + begin, kAttributeTag, attribute.key,
                                       ValueView::of_text(ValueType::kString, attribute.value));
  out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace

void MetricWriter::add(std::size_t metric, const MetricTime& time, const MetricValue& value,
                       std::span<const MetricAttribute> attributes) {
  std::string point;
  const bool is_sum = heads_[metric].kind != MetricKind::kGauge;
  if (is_sum && time.start_ns != 0) append_fixed64(point, kStartTimeTag, time.start_ns);
  append_fixed64(point, kTimeTag, time.ns);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    append_fixed64(point, kIntTag, static_cast<std::uint64_t>(*whole));
  } else {
    append_fixed64(point, kDoubleTag, std::bit_cast<std::uint64_t>(std::get<double>(value)));
  }
  for (const MetricAttribute& attribute : attributes) append_attribute(point, attribute);
  append_bytes(points_[metric], kPointTag, point);
}

std::string MetricWriter::take() {
  std::string all;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const MetricHead& head = heads_[i];
    std::string& data = points_[i];
    if (data.empty()) continue;
    const bool is_sum = head.kind != MetricKind::kGauge;
    if (is_sum) append_varint(data, kTemporalityTag, kCumulative);
    if (head.kind == MetricKind::kCounter) append_varint(data, kIsMonotonicTag, 1);
    std::string metric;
    append_bytes(metric, kNameTag, head.name);
    append_bytes(metric, kDescriptionTag, head.description);
    append_bytes(metric, kUnitTag, head.unit);
    append_bytes(metric, is_sum ? kSumTag : kGaugeTag, data);
    append_bytes(all, kMetricTag, metric);
    data.clear();
  }
  return all;
}

}  // namespace v1
}  // namespace tracebus
