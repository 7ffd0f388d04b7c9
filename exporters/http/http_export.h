// SPDX-License-Identifier: Apache-2.0
//
// What every exporter over HTTP does alike: what its numbers may be, and how it tells of an answer
// that is no success.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_EXPORT_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_EXPORT_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/http_options.h"
#include "tracebus/exporters/http/retry_schedule.h"

namespace tracebus {
inline namespace v1 {

// Of what an exporter says last, whatever it was answered.
inline constexpr std::size_t kExportErrorBytesMax = 512;

// InvalidArgument for a timeout or a backoff out of its range, and for a header of those that HTTP
// itself needs.
absl::Status check_export_times(std::chrono::milliseconds timeout, const RetryOptions& retry);
absl::Status check_chosen_headers(const std::vector<HttpHeader>& headers);

// Whatever its letters' case.
bool has_header(const std::vector<HttpHeader>& headers, std::string_view name) noexcept;

// Of an answer with a status other than success: "answered 503: too busy". message: what its body
// says, which is made safe to print; a redirect says where to instead.
std::string told_answer(const HttpAnswer& answer, std::string_view message);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_EXPORT_H_
