// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_export.h"

#include <algorithm>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/http/http_url.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeoutMax{3'600'000};
constexpr milliseconds kInitialBackoffMax{60'000};

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

absl::Status check_export_times(milliseconds timeout, const RetryOptions& retry) {
  if (timeout.count() < 1 || timeout > kTimeoutMax) {
    return absl::InvalidArgumentError("timeout is not from 1 to 3600000 ms");
  }
  if (retry.initial_backoff.count() < 1 || retry.initial_backoff > kInitialBackoffMax) {
    return absl::InvalidArgumentError("initial_backoff is not from 1 to 60000 ms");
  }
  if (retry.max_backoff < retry.initial_backoff || retry.max_backoff > kTimeoutMax) {
    return absl::InvalidArgumentError("max_backoff is not from initial_backoff to 3600000 ms");
  }
  return absl::OkStatus();
}

absl::Status check_chosen_headers(const std::vector<HttpHeader>& headers) {
  for (const char* const ours : {"Content-Type", "Content-Length", "Content-Encoding",
                                 "Transfer-Encoding", "Expect", "Connection"}) {
    if (has_header(headers, ours)) {
      return absl::InvalidArgumentError(std::string(ours) + " is no header to choose");
    }
  }
  return absl::OkStatus();
}

bool has_header(const std::vector<HttpHeader>& headers, std::string_view name) noexcept {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const HttpHeader& header) { return is_same_name(header.name, name); });
}

std::string told_answer(const HttpAnswer& answer, std::string_view message) {
  std::string text = "answered " + std::to_string(answer.status);
  if (answer.status / 100 == 3) {
    return text + ", to " + host_of_location(answer.location) + "; no redirect is followed";
  }
  if (message.empty()) return text;
  append_visible(text.append(": "), message);
  return text;
}

}  // namespace v1
}  // namespace tracebus
