// SPDX-License-Identifier: Apache-2.0
//
// DatadogRequests: the requests that a batch becomes, from its spans in the order of their traces
// to the account of it.
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_DATADOG_DATADOG_REQUESTS_H_
#define TRACEBUS_EXPORTERS_DATADOG_DATADOG_REQUESTS_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/datadog/datadog_options.h"
#include "tracebus/exporters/datadog/datadog_span_encoder.h"
#include "tracebus/exporters/datadog/trace_groups.h"
#include "tracebus/exporters/datadog/trace_payload.h"
#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/http_sender.h"

namespace tracebus {
inline namespace v1 {

class DatadogRequests {
 public:
  DatadogRequests(const DatadogOptions& options, std::unique_ptr<HttpClient> client,
                  std::uint64_t seed);

  // The account of the batch. Returns a little before the deadline at the latest. What went wrong
  // last is written to error.
  ExportResult export_batch(const Batch& batch, const ExportContext& context, std::string& error);
  // Sends a request without traces, and says what was answered. Returns by the deadline.
  absl::Status check(Deadline deadline);

 private:
  // Spans of groups_, from first to end.
  struct Range {
    std::size_t first = 0;
    std::size_t end = 0;
    std::size_t size() const noexcept { return end - first; }
  };
  struct Request {
    TracePayload payload;
    Range spans;  // empty: idle
  };

  void send_while_there_is_room();
  std::size_t idle_request() const;
  void fill(Request& request);
  bool is_long_enough(const TracePayload& payload, std::size_t next) const noexcept;
  void fail_the_rest();

  void settle();
  void settle(const HttpAnswer& answer, Request& request);
  void fail(std::size_t spans, const std::string& why);

  const std::chrono::milliseconds timeout_;
  const std::size_t request_spans_max_;
  const std::size_t request_bytes_max_;
  std::size_t several_bytes_max_;  // of more than one span; less once the agent found it too much
  DatadogSpanEncoder encoder_;
  TraceGroups groups_;
  HttpSender sender_;
  const std::vector<std::unique_ptr<Request>> requests_;  // by the sender's numbers

  // Of the batch that is exported now.
  std::span<const EventView> events_;
  std::vector<Range> to_send_;  // the last first
  ExportResult result_;
  std::vector<HttpAnswer> done_;
  std::string* error_ = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_DATADOG_REQUESTS_H_
