// SPDX-License-Identifier: Apache-2.0
//
// OtlpRequests: the requests that a batch becomes, of one signal, from its encoding to the account
// of it. Events that are no part of the signal count as processed, whatever happens.
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_REQUESTS_H_
#define TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_REQUESTS_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/http/gzip.h"
#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/http_sender.h"
#include "tracebus/exporters/otlp/otlp_encoder.h"
#include "tracebus/exporters/otlp/otlp_signal.h"
#include "tracebus/exporters/otlp/trace_request.h"
#include "tracebus/exporters/otlp_http/otlp_http_options.h"

namespace tracebus {
inline namespace v1 {

class OtlpRequests {
 public:
  OtlpRequests(OtlpSignal signal, const OtlpHttpOptions& options,
               std::unique_ptr<HttpClient> client, std::uint64_t seed);

  // The account of the batch. Returns a little before the deadline at the latest. What went wrong
  // last is written to error.
  ExportResult export_batch(const Batch& batch, const ExportContext& context, std::string& error);
  // Sends a request without spans, and says what was answered. Returns by the deadline.
  absl::Status check(Deadline deadline);

 private:
  // Some spans (or log records) of the batch, encoded. Requests that were cut from it share it.
  using Chunk = std::shared_ptr<EncodedBatch>;
  struct Request {
    Chunk chunk;  // keeps what the pieces refer to
    TraceRequest pieces;
    std::string json;
    std::string compressed;
    std::size_t units = 0;  // spans, or log records
  };

  void send_while_there_is_room(const Batch& batch);
  bool find_next_request(const Batch& batch);
  void encode_chunk(const Batch& batch);
  Chunk idle_chunk();
  void send_request(std::size_t end);
  std::vector<std::string_view> body_of(Request& request);
  void fail_the_rest(const Batch& batch);

  void settle();
  void settle(const HttpAnswer& answer, std::size_t units);
  void settle_success(const HttpAnswer& answer, std::size_t units);
  void fail(std::size_t units, const std::string& why);
  void note(const std::string& error);

  const OtlpSignal signal_;
  const std::chrono::milliseconds timeout_;
  const std::size_t chunk_bytes_;
  const bool json_;
  OtlpEncoder encoder_;
  const TraceRequestFrame frame_;
  HttpSender sender_;
  std::optional<GzipWriter> gzip_;
  const std::vector<std::unique_ptr<Request>> requests_;  // by the sender's numbers
  std::vector<Chunk> chunks_;

  // Of the batch that is exported now.
  std::size_t next_event_ = 0;
  Chunk chunk_;
  std::size_t next_unit_ = 0;  // of chunk_
  ExportResult result_;
  std::vector<HttpAnswer> done_;
  std::string* error_ = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_HTTP_OTLP_REQUESTS_H_
