// SPDX-License-Identifier: Apache-2.0
//
// What of gRPC's codes is sent again, as OTLP says (opentelemetry-proto, docs/specification.md,
// "OTLP/gRPC Response" and "OTLP/gRPC Throttling"), and how long receivers ask to wait:
//
//   google.rpc.RetryInfo in grpc-status-details-bin     a receiver of OTLP that is busy
//   grpc-retry-pushback-ms (gRPC's proposal A6)         what else speaks gRPC, such as a proxy
//
// Pure: no clock and no network in here.
#ifndef TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_RULES_H_
#define TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_RULES_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/exporters/http/retrying_sender.h"

namespace tracebus {
inline namespace v1 {

// grpc/doc/statuscodes.md
enum class GrpcCode : int {
  kOk = 0,
  kCancelled = 1,
  kDeadlineExceeded = 4,
  kResourceExhausted = 8,
  kAborted = 10,
  kOutOfRange = 11,
  kUnavailable = 14,
  kDataLoss = 15,
};

// "UNAVAILABLE"; "code 99" for what is none of gRPC's.
std::string name_of_code(int code);

// How long the RetryInfo of a google.rpc.Status asks to wait, from 0 to kRetryAfterMax; nothing if
// there is none, or if the bytes are no such message. With no time in it, or one below zero, 0.
std::optional<std::chrono::milliseconds> read_retry_info(std::string_view status_details);

// What came back of a request.
struct GrpcAnswer {
  std::size_t request = 0;
  int code = static_cast<int>(GrpcCode::kDeadlineExceeded);
  std::string message = {};                  // of an error, as it came
  std::string details = {};                  // grpc-status-details-bin
  std::optional<std::string> pushback = {};  // grpc-retry-pushback-ms
  std::string response = {};                 // of a success
};

struct GrpcRetryRules {
  // A pushback that is no number of milliseconds asks not to come again.
  static RetryAdvice advice_on(const GrpcAnswer& answer);
  static bool is_silent(const GrpcAnswer& answer) noexcept;
  static void complete(GrpcAnswer& answer);
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_GRPC_GRPC_RULES_H_
