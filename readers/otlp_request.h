// SPDX-License-Identifier: Apache-2.0
//
// OtlpRequest: the spans of an ExportTraceServiceRequest, or the records of an
// ExportLogsServiceRequest, in Protocol Buffers or JSON (opentelemetry-proto, collector/trace/v1
// and collector/logs/v1), as events.
//
// The whole request is looked at before its first event is given: one that is damaged gives none. A
// span without the ids of a trace and of itself is rejected, as the specification wants it, and its
// neighbours are not.
//
// Thread safety: one thread's. Reads bytes of anybody.
#ifndef TRACEBUS_READERS_OTLP_REQUEST_H_
#define TRACEBUS_READERS_OTLP_REQUEST_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tracebus/core/event.h"

namespace tracebus {
inline namespace v1 {

class OtlpRequest {
 public:
  enum class Signal : std::uint8_t { kTraces, kLogs };
  enum class Form : std::uint8_t { kProtobuf, kJson };

  OtlpRequest();
  OtlpRequest(const OtlpRequest&) = delete;
  OtlpRequest& operator=(const OtlpRequest&) = delete;
  ~OtlpRequest();

  // InvalidArgument says what is wrong with the body, and where. The body is borrowed until the
  // next begin. In JSON, LineReader::kPaddingBytes behind it may be read.
  absl::Status begin(Signal signal, Form form, std::string_view body);

  // Spans or log records, those that are rejected too. REQUIRES: begin was OK.
  std::size_t size() const noexcept;
  std::size_t rejected() const noexcept;
  // Why the first of them was; empty if none was.
  std::string_view rejection() const noexcept;

  // The next event, or null. Borrowed until the next call.
  const TraceEvent* next();

 private:
  class Source;
  class ProtobufSource;
  class JsonSource;

  const std::unique_ptr<ProtobufSource> protobuf_;
  const std::unique_ptr<JsonSource> json_;
  Source* source_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_OTLP_REQUEST_H_
