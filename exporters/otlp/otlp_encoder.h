// SPDX-License-Identifier: Apache-2.0
//
// OtlpEncoder: what becomes of a batch of events on its way to OTLP, whoever carries it. Of each
// event of a span one span is made; what is left out is counted.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_ENCODER_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_ENCODER_H_

#include "tracebus/core/exporter.h"
#include "tracebus/core/profile.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/span_encoder.h"

namespace tracebus {
inline namespace v1 {

struct OtlpEncoderOptions {
  Profile profile = Profile::kGenAi;  // the words of attributes
};

class OtlpEncoder {
 public:
  explicit OtlpEncoder(OtlpEncoderOptions options = {});

  // Encodes a batch in the place of the one before. Each event becomes a unit or is counted as
  // processed: spans().size() = batch.size() + added - processed.
  ExportResult encode(const Batch& batch);

  // Of the last batch: ScopeSpans.spans each, as TraceRequestFrame takes them.
  const EncodedBatch& spans() const noexcept { return spans_; }

 private:
  SpanEncoder span_encoder_;
  EncodedBatch spans_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_ENCODER_H_
