// SPDX-License-Identifier: Apache-2.0
//
// OtlpRequests: the requests that a batch becomes, of one signal, from its encoding to the account
// of it, whoever carries them. The next one is encoded while those before are on their way. Events
// that are no part of the signal count as processed, whatever happens.
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_REQUESTS_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_REQUESTS_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/otlp_encoder.h"
#include "tracebus/exporters/otlp/otlp_limits.h"
#include "tracebus/exporters/otlp/otlp_sender.h"
#include "tracebus/exporters/otlp/otlp_signal.h"
#include "tracebus/exporters/otlp/resource.h"
#include "tracebus/exporters/otlp/trace_request.h"

namespace tracebus {
inline namespace v1 {

struct OtlpRequestOptions {
  OtlpSignal signal = OtlpSignal::kTraces;
  std::chrono::milliseconds timeout{10'000};  // of a batch, with all that is sent again
  std::size_t requests_max = 4;               // outstanding, as the sender has it
  std::size_t request_spans_max = 0;          // 0: any number
  std::size_t request_bytes_max = kOtlpRequestBytesDefault;  // before compression
  Profile profile = Profile::kGenAi;
  const Resource& resource;  // of the constructor's caller
};

// InvalidArgument for a timeout that is not from 1 to 3,600,000 ms, and for request_bytes_max that
// is not from 4096 to kOtlpRequestBytesMax.
absl::Status check(const OtlpRequestOptions& options);

class OtlpRequests {
 public:
  OtlpRequests(const OtlpRequestOptions& options, std::unique_ptr<OtlpSender> sender);

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
    std::size_t units = 0;  // spans, or log records
  };

  void send_while_there_is_room(const Batch& batch);
  bool find_next_request(const Batch& batch);
  void encode_chunk(const Batch& batch);
  Chunk idle_chunk();
  void send_request(std::size_t end);
  void fail_the_rest(const Batch& batch);

  void settle();
  void settle(const OtlpOutcome& outcome, std::size_t units);
  void fail(std::size_t units, const std::string& why);
  void note(const std::string& error);

  const OtlpSignal signal_;
  const std::chrono::milliseconds timeout_;
  const std::size_t chunk_bytes_;
  OtlpEncoder encoder_;
  const TraceRequestFrame frame_;
  const std::unique_ptr<OtlpSender> sender_;
  const std::vector<std::unique_ptr<Request>> requests_;  // by the sender's numbers
  std::vector<Chunk> chunks_;

  // Of the batch that is exported now.
  std::size_t next_event_ = 0;
  Chunk chunk_;
  std::size_t next_unit_ = 0;  // of chunk_
  ExportResult result_;
  std::vector<OtlpOutcome> done_;
  std::string* error_ = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_REQUESTS_H_
