// SPDX-License-Identifier: Apache-2.0
//
// OTLP's messages in Protocol Buffers (opentelemetry-proto: trace/v1, logs/v1, common/v1,
// resource/v1), as far as an OtlpRequest needs them. What is read is what fault_in found sound.
//
// Thread safety: pure functions. Nothing is copied but lists.
#ifndef TRACEBUS_READERS_OTLP_PROTO_SPAN_H_
#define TRACEBUS_READERS_OTLP_PROTO_SPAN_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tracebus/core/wire_reader.h"
#include "tracebus/readers/read_span.h"

namespace tracebus {
inline namespace v1 {

enum class OtlpMessage : std::uint8_t {
  kTracesData,
  kResourceSpans,
  kScopeSpans,
  kSpan,
  kEvent,
  kLink,
  kStatus,
  kLogsData,
  kResourceLogs,
  kScopeLogs,
  kLogRecord,
  kResource,
  kScope,
  kKeyValue,
  kAnyValue,
  kArrayValue,
  kKeyValueList,
};

// Where the message, with all that is nested in it, is damaged, if it is: cut off, of a wrong type,
// or with values deeper than kValueDepthMax. Fields that nobody knows are let pass.
std::optional<const char*> fault_in(OtlpMessage message, std::string_view bytes) noexcept;

struct OtlpScope {
  std::string_view name;
  std::string_view version;
};

void read_otlp_resource(std::string_view message, std::vector<Attribute>& attributes);
OtlpScope read_otlp_scope(std::string_view message) noexcept;
void read_otlp_span(std::string_view message, ReadSpan& span);
void read_otlp_log(std::string_view message, ReadLog& log);
// Of a field of a span: its trace's id, or its own. Of a wrong length it is none.
void set_otlp_id(const WireField& field, ReadSpan& span) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_OTLP_PROTO_SPAN_H_
