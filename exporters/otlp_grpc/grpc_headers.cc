// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/grpc_headers.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/otlp/otlp_environment.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kOwn[] = {"content-type", "te", "user-agent", "host"};

bool is_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool is_own(std::string_view name) noexcept {
  return name.starts_with("grpc-") ||
         std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn);
}

bool is_value(std::string_view value) noexcept {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

absl::Status check_header(const GrpcHeader& header) {
  const std::string name = lower_case(header.name);
  std::string shown;
  append_visible_quoted(shown, header.name, '\'');
  if (!is_name(name)) {
    return absl::InvalidArgumentError(
        shown + " cannot be the name of gRPC's metadata: letters, digits and -_. can");
  }
  if (is_own(name)) return absl::InvalidArgumentError(shown + " is no header to choose");
  if (!name.ends_with("-bin") && !is_value(header.value)) {
    return absl::InvalidArgumentError("the value of the header " + shown +
                                      " has a character in it that is not printable ASCII");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status check_headers(const std::vector<GrpcHeader>& headers) {
  for (const GrpcHeader& header : headers) {
    if (absl::Status status = check_header(header); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<GrpcHeader> sent_headers(std::vector<GrpcHeader> headers) {
  for (GrpcHeader& header : headers) header.name = lower_case(header.name);
  return headers;
}

}  // namespace v1
}  // namespace tracebus
