// SPDX-License-Identifier: Apache-2.0
//
// The messages of OTLP that we write (opentelemetry-proto 1.x), with what OTLP's JSON makes of
// their fields: names in lowerCamelCase, and the rules of its specification ("JSON Protobuf
// Encoding") on top of proto3's.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_SCHEMA_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_SCHEMA_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "tracebus/exporters/otlp/otlp_signal.h"

namespace tracebus {
inline namespace v1 {

enum class OtlpForm : std::uint8_t {
  kNested,         // an object
  kText,           // a string
  kId,             // bytes as hexadecimal digits, not as base64: the ids of traces and spans
  kBase64,         // bytes
  kBool,           // true, false
  kNumber,         // of 32 bits, and enums, which have no names
  kInt64,          // a string of decimal digits, with a sign
  kFixed64,        // the same, without
  kSignedFixed64,  // as kInt64
  kDouble,         // a number, or "NaN", "Infinity", "-Infinity"
};

struct OtlpMessage;

struct OtlpField {
  std::uint32_t number;
  std::string_view json_name;
  OtlpForm form;
  bool is_repeated = false;              // an array
  const OtlpMessage* message = nullptr;  // of kNested
};

struct OtlpMessage {
  std::span<const OtlpField> fields;  // numbers are below kOtlpNumberEnd
};

inline constexpr std::uint32_t kOtlpNumberEnd = 32;

// What a request of each signal holds, which has the bytes of TracesData, LogsData, MetricsData.
// Metrics: gauges and sums.
extern const OtlpMessage kTracesData;
extern const OtlpMessage kLogsData;
extern const OtlpMessage kMetricsData;
const OtlpMessage& data_of(OtlpSignal signal) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_SCHEMA_H_
