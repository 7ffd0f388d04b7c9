// SPDX-License-Identifier: Apache-2.0
//
// What a receiver of OTLP says in the body of its answer, as Protobuf or JSON:
//
//   success   ExportTraceServiceResponse{1 partial_success{1 rejected_spans, 2 error_message}}
//             ExportLogsServiceResponse{1 partial_success{1 rejected_log_records, 2 error_message}}
//             ExportMetricsServiceResponse{... 1 rejected_data_points ...}
//   error     google.rpc.Status{1 code, 2 message}; also plain text, as proxies write it
//
// Bodies are anybody's bytes: what is ill-formed is told, and nothing of it is believed.
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_ANSWER_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_ANSWER_H_

#include <string>
#include <string_view>

#include "tracebus/exporters/otlp/otlp_response.h"

namespace tracebus {
inline namespace v1 {

OtlpSuccess read_otlp_success(std::string_view body, std::string_view content_type);

// The message of an error; empty if there is none. As the receiver wrote it, at most
// kOtlpMessageBytesMax.
std::string read_otlp_error(std::string_view body, std::string_view content_type);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_ANSWER_H_
