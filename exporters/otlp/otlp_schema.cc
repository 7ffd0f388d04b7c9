// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_schema.h"

namespace tracebus {
inline namespace v1 {
namespace {

using enum OtlpForm;

// common/v1. A value may hold values.
extern const OtlpMessage kAnyValue;
extern const OtlpMessage kKeyValue;

constexpr OtlpField kArrayValueFields[] = {{1, "values", kNested, true, &kAnyValue}};
constexpr OtlpMessage kArrayValue{kArrayValueFields};
constexpr OtlpField kKeyValueListFields[] = {{1, "values", kNested, true, &kKeyValue}};
constexpr OtlpMessage kKeyValueList{kKeyValueListFields};
constexpr OtlpField kAnyValueFields[] = {
    {1, "stringValue", kText},
    {2, "boolValue", kBool},
    {3, "intValue", kInt64},
    {4, "doubleValue", kDouble},
    {5, "arrayValue", kNested, false, &kArrayValue},
    {6, "kvlistValue", kNested, false, &kKeyValueList},
    {7, "bytesValue", kBase64},
};
constexpr OtlpMessage kAnyValue{kAnyValueFields};
constexpr OtlpField kKeyValueFields[] = {
    {1, "key", kText},
    {2, "value", kNested, false, &kAnyValue},
};
constexpr OtlpMessage kKeyValue{kKeyValueFields};
constexpr OtlpField kScopeFields[] = {
    {1, "name", kText},
    {2, "version", kText},
    {3, "attributes", kNested, true, &kKeyValue},
    {4, "droppedAttributesCount", kNumber},
};
constexpr OtlpMessage kScope{kScopeFields};

// resource/v1.
constexpr OtlpField kResourceFields[] = {
    {1, "attributes", kNested, true, &kKeyValue},
    {2, "droppedAttributesCount", kNumber},
};
constexpr OtlpMessage kResource{kResourceFields};

// trace/v1.
constexpr OtlpField kEventFields[] = {
    {1, "timeUnixNano", kFixed64},
    {2, "name", kText},
    {3, "attributes", kNested, true, &kKeyValue},
    {4, "droppedAttributesCount", kNumber},
};
constexpr OtlpMessage kEvent{kEventFields};
constexpr OtlpField kLinkFields[] = {
    {1, "traceId", kId},
    {2, "spanId", kId},
    {3, "traceState", kText},
    {4, "attributes", kNested, true, &kKeyValue},
    {5, "droppedAttributesCount", kNumber},
    {6, "flags", kNumber},
};
constexpr OtlpMessage kLink{kLinkFields};
constexpr OtlpField kStatusFields[] = {{2, "message", kText}, {3, "code", kNumber}};
constexpr OtlpMessage kStatus{kStatusFields};
constexpr OtlpField kSpanFields[] = {
    {1, "traceId", kId},
    {2, "spanId", kId},
    {3, "traceState", kText},
    {4, "parentSpanId", kId},
    {5, "name", kText},
    {6, "kind", kNumber},
    {7, "startTimeUnixNano", kFixed64},
    {8, "endTimeUnixNano", kFixed64},
    {9, "attributes", kNested, true, &kKeyValue},
    {10, "droppedAttributesCount", kNumber},
    {11, "events", kNested, true, &kEvent},
    {12, "droppedEventsCount", kNumber},
    {13, "links", kNested, true, &kLink},
    {14, "droppedLinksCount", kNumber},
    {15, "status", kNested, false, &kStatus},
    {16, "flags", kNumber},
};
constexpr OtlpMessage kSpan{kSpanFields};
constexpr OtlpField kScopeSpansFields[] = {
    {1, "scope", kNested, false, &kScope},
    {2, "spans", kNested, true, &kSpan},
    {3, "schemaUrl", kText},
};
constexpr OtlpMessage kScopeSpans{kScopeSpansFields};
constexpr OtlpField kResourceSpansFields[] = {
    {1, "resource", kNested, false, &kResource},
    {2, "scopeSpans", kNested, true, &kScopeSpans},
    {3, "schemaUrl", kText},
};
constexpr OtlpMessage kResourceSpans{kResourceSpansFields};
constexpr OtlpField kTracesDataFields[] = {{1, "resourceSpans", kNested, true, &kResourceSpans}};

// logs/v1.
constexpr OtlpField kLogRecordFields[] = {
    {1, "timeUnixNano", kFixed64},
    {2, "severityNumber", kNumber},
    {3, "severityText", kText},
    {5, "body", kNested, false, &kAnyValue},
    {6, "attributes", kNested, true, &kKeyValue},
    {7, "droppedAttributesCount", kNumber},
    {8, "flags", kNumber},
    {9, "traceId", kId},
    {10, "spanId", kId},
    {11, "observedTimeUnixNano", kFixed64},
    {12, "eventName", kText},
};
constexpr OtlpMessage kLogRecord{kLogRecordFields};
constexpr OtlpField kScopeLogsFields[] = {
    {1, "scope", kNested, false, &kScope},
    {2, "logRecords", kNested, true, &kLogRecord},
    {3, "schemaUrl", kText},
};
constexpr OtlpMessage kScopeLogs{kScopeLogsFields};
constexpr OtlpField kResourceLogsFields[] = {
    {1, "resource", kNested, false, &kResource},
    {2, "scopeLogs", kNested, true, &kScopeLogs},
    {3, "schemaUrl", kText},
};
constexpr OtlpMessage kResourceLogs{kResourceLogsFields};
constexpr OtlpField kLogsDataFields[] = {{1, "resourceLogs", kNested, true, &kResourceLogs}};

// metrics/v1.
constexpr OtlpField kNumberDataPointFields[] = {
    {2, "startTimeUnixNano", kFixed64},
    {3, "timeUnixNano", kFixed64},
    {4, "asDouble", kDouble},
    {6, "asInt", kSignedFixed64},
    {7, "attributes", kNested, true, &kKeyValue},
    {8, "flags", kNumber},
};
constexpr OtlpMessage kNumberDataPoint{kNumberDataPointFields};
constexpr OtlpField kGaugeFields[] = {{1, "dataPoints", kNested, true, &kNumberDataPoint}};
constexpr OtlpMessage kGauge{kGaugeFields};
constexpr OtlpField kSumFields[] = {
    {1, "dataPoints", kNested, true, &kNumberDataPoint},
    {2, "aggregationTemporality", kNumber},
    {3, "isMonotonic", kBool},
};
constexpr OtlpMessage kSum{kSumFields};
constexpr OtlpField kMetricFields[] = {
    {1, "name", kText},
    {2, "description", kText},
    {3, "unit", kText},
    {5, "gauge", kNested, false, &kGauge},
    {7, "sum", kNested, false, &kSum},
    {12, "metadata", kNested, true, &kKeyValue},
};
constexpr OtlpMessage kMetric{kMetricFields};
constexpr OtlpField kScopeMetricsFields[] = {
    {1, "scope", kNested, false, &kScope},
    {2, "metrics", kNested, true, &kMetric},
    {3, "schemaUrl", kText},
};
constexpr OtlpMessage kScopeMetrics{kScopeMetricsFields};
constexpr OtlpField kResourceMetricsFields[] = {
    {1, "resource", kNested, false, &kResource},
    {2, "scopeMetrics", kNested, true, &kScopeMetrics},
    {3, "schemaUrl", kText},
};
constexpr OtlpMessage kResourceMetrics{kResourceMetricsFields};
constexpr OtlpField kMetricsDataFields[] = {
    {1, "resourceMetrics", kNested, true, &kResourceMetrics}};

constexpr bool numbers_fit(std::span<const OtlpField> fields) {
  for (const OtlpField& field : fields) {
    if (field.number >= kOtlpNumberEnd) return false;
  }
  return true;
}
static_assert(numbers_fit(kSpanFields) && numbers_fit(kLogRecordFields) &&
              numbers_fit(kMetricFields) && numbers_fit(kNumberDataPointFields));

}  // namespace

constinit const OtlpMessage kTracesData{kTracesDataFields};
constinit const OtlpMessage kLogsData{kLogsDataFields};
constinit const OtlpMessage kMetricsData{kMetricsDataFields};

const OtlpMessage& data_of(OtlpSignal signal) noexcept {
  switch (signal) {
    case OtlpSignal::kLogs:
      return kLogsData;
    case OtlpSignal::kMetrics:
      return kMetricsData;
    default:
      return kTracesData;
  }
}

}  // namespace v1
}  // namespace tracebus
