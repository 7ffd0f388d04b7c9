// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_encoder.h"

namespace tracebus {
inline namespace v1 {

OtlpEncoder::OtlpEncoder(OtlpEncoderOptions options)
    : options_(options), span_encoder_(options.profile), log_encoder_(options.profile) {}

ExportResult OtlpEncoder::encode(const Batch& batch) {
  spans_.clear();
  logs_.clear();
  ExportResult result;
  for (const EventView& event : batch) {
    if (options_.spans && add_span(event)) continue;
    if (options_.logs && add_log(event)) continue;
    ++result.processed;
  }
  return result;
}

bool OtlpEncoder::add_span(const EventView& event) {
  char* const room = spans_.room(SpanEncoder::bytes_max(event));
  const char* const end = span_encoder_.write(room, event);
  if (end != nullptr) [[likely]]
    spans_.end_unit(end);
  return end != nullptr;
}

bool OtlpEncoder::add_log(const EventView& event) {
  if (event.find("span.kind")) return false;  // the start or the end of a span
  logs_.end_unit(log_encoder_.write(logs_.room(LogEncoder::bytes_max(event)), event));
  return true;
}

}  // namespace v1
}  // namespace tracebus
