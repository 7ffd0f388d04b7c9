// SPDX-License-Identifier: Apache-2.0
//
// What a receiver of OTLP says of a request that it took, as Protobuf
// (opentelemetry-proto, collector/trace/v1):
//
//   ExportTraceServiceResponse{1 partial_success{1 rejected_spans, 2 error_message}}
//
// Responses are anybody's bytes: what is ill-formed is told, and nothing of it is believed.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_RESPONSE_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_RESPONSE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

struct OtlpSuccess {
  bool is_well_formed = true;
  std::uint64_t rejected = 0;  // spans; 0 with a message is a warning
  std::string message;         // as the receiver wrote it, at most kOtlpMessageBytesMax
};

inline constexpr std::size_t kOtlpMessageBytesMax = 1024;

// An empty response is a success.
OtlpSuccess read_otlp_response(std::string_view response);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_RESPONSE_H_
