// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/grpc_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "tracebus/core/wire_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWaitMax = kRetryAfterMax;

constexpr std::array<std::string_view, 17> kNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

std::string_view bytes_of(std::string_view message, std::uint32_t number) {
  std::string_view found;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == number && field.type == WireField::Type::kBytes) found = field.bytes;
  }
  return found;
}

// google.protobuf.Duration{1 int64 seconds, 2 int32 nanos}
milliseconds read_duration(std::string_view message) {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.type != WireField::Type::kVarint) continue;
    const auto value = static_cast<std::int64_t>(field.word);
    if (field.number == 1) seconds = value;
    if (field.number == 2) nanoseconds = value;
  }
  if (seconds < 0 || nanoseconds < 0) return milliseconds(0);
  if (seconds >= kRetryAfterMax.count()) return kWaitMax;
  nanoseconds = std::min<std::int64_t>(nanoseconds, 999'999'999);
  return std::chrono::seconds(seconds) +
         std::chrono::ceil<milliseconds>(std::chrono::nanoseconds(nanoseconds));
}

// Nothing for what asks not to come again.
std::optional<milliseconds> read_pushback(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, count);
  if (parsed.ec != std::errc() || parsed.ptr != end || count < 0) return std::nullopt;
  return std::min(milliseconds(count), kWaitMax);
}

bool is_retryable(int code, bool has_retry_info) noexcept {
  switch (static_cast<GrpcCode>(code)) {
    case GrpcCode::kCancelled:
    case GrpcCode::kDeadlineExceeded:
    case GrpcCode::kAborted:
    case GrpcCode::kOutOfRange:
    case GrpcCode::kUnavailable:
    case GrpcCode::kDataLoss:
      return true;
    case GrpcCode::kResourceExhausted:
      return has_retry_info;
    default:
      return false;
  }
}

}  // namespace

std::string name_of_code(int code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? std::string(kNames[index]) : "code " + std::to_string(code);
}

// google.rpc.Status{3 details: google.protobuf.Any{1 type_url, 2 value}}, RetryInfo{1 retry_delay}
std::optional<milliseconds> read_retry_info(std::string_view status_details) {
  std::optional<milliseconds> found;
  WireReader fields(status_details);
  for (WireField field; fields.next(field);) {
    if (field.number != 3 || field.type != WireField::Type::kBytes) continue;
    if (!bytes_of(field.bytes, 1).ends_with("/google.rpc.RetryInfo")) continue;
    found = read_duration(bytes_of(bytes_of(field.bytes, 2), 1));
  }
  return fields.is_damaged() ? std::nullopt : found;
}

RetryAdvice GrpcRetryRules::advice_on(const GrpcAnswer& answer) {
  RetryAdvice advice;
  advice.retry_after = read_retry_info(answer.details);
  if (!is_retryable(answer.code, advice.retry_after.has_value())) return {};
  advice.may_be_sent_again = true;
  if (!answer.pushback || advice.retry_after) return advice;
  advice.retry_after = read_pushback(*answer.pushback);
  advice.may_be_sent_again = advice.retry_after.has_value();
  return advice;
}

bool GrpcRetryRules::is_silent(const GrpcAnswer& answer) noexcept {
  const auto code = static_cast<GrpcCode>(answer.code);
  return code == GrpcCode::kDeadlineExceeded || code == GrpcCode::kCancelled;
}

void GrpcRetryRules::complete(GrpcAnswer& answer) {
  if (answer.message.empty() && is_silent(answer)) answer.message = "no answer in time";
}

}  // namespace v1
}  // namespace tracebus
