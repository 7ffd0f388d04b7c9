// SPDX-License-Identifier: Apache-2.0
//
// OtlpEncoder: what becomes of a batch of events on its way to OTLP, whoever carries it.
//
//   the end of a span   a span
//   its start           left out: the end says all (a SpanPairer makes spans of what others emit)
//   any other event     a log record, or left out
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_ENCODER_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_ENCODER_H_

#include <utility>

#include "tracebus/core/exporter.h"
#include "tracebus/core/profile.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/log_encoder.h"
#include "tracebus/exporters/otlp/span_encoder.h"

namespace tracebus {
inline namespace v1 {

struct OtlpEncoderOptions {
  Profile profile = Profile::kGenAi;  // the words of attributes
  bool spans = true;                  // false: they are left out
  bool logs = false;                  // other events become log records
};

class OtlpEncoder {
 public:
  explicit OtlpEncoder(OtlpEncoderOptions options = {});

  // Encodes a batch in the place of the one before. Each event becomes a unit, or is left out and
  // counted as processed: spans().size() + logs().size() = batch.size() - processed.
  ExportResult encode(const Batch& batch);

  // Of the last batch: ScopeSpans.spans each, and ScopeLogs.log_records, as TraceRequestFrame takes
  // them.
  const EncodedBatch& spans() const noexcept { return spans_; }
  const EncodedBatch& logs() const noexcept { return logs_; }
  // Hands them over in exchange for memory of a batch before, which the next encode uses.
  void swap_spans(EncodedBatch& other) noexcept { std::swap(spans_, other); }
  void swap_logs(EncodedBatch& other) noexcept { std::swap(logs_, other); }

 private:
  bool add_span(const EventView& event);
  bool add_log(const EventView& event);

  const OtlpEncoderOptions options_;
  SpanEncoder span_encoder_;
  LogEncoder log_encoder_;
  EncodedBatch spans_;
  EncodedBatch logs_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_ENCODER_H_
