// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_encoder.h"

namespace tracebus {
inline namespace v1 {

OtlpEncoder::OtlpEncoder(OtlpEncoderOptions options) : span_encoder_(options.profile) {}

ExportResult OtlpEncoder::encode(const Batch& batch) {
  spans_.clear();
  ExportResult result;
  for (const EventView& event : batch) {
    char* const room = spans_.room(SpanEncoder::bytes_max(event));
    if (const char* const end = span_encoder_.write(room, event)) {
      spans_.end_unit(end);
    } else {
      ++result.processed;
    }
  }
  return result;
}

}  // namespace v1
}  // namespace tracebus
