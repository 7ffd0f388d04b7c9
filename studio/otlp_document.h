// SPDX-License-Identifier: Apache-2.0
//
// OtlpDocument: events as one document of OTLP's JSON: a TracesData, as collectors and back ends
// import it. Starts and ends of other vocabularies are paired first (span_pairer.h); what is part
// of no span is left out, and so is a start of a span of ours whose end is not there yet.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_STUDIO_OTLP_DOCUMENT_H_
#define TRACEBUS_STUDIO_OTLP_DOCUMENT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/exporter.h"
#include "tracebus/studio/event_record.h"

namespace tracebus {
inline namespace v1 {

class OtlpDocument {
 public:
  // bytes_max: of all spans, in OTLP's binary form, of which the JSON takes two to three times as
  // many.
  explicit OtlpDocument(std::size_t bytes_max);
  ~OtlpDocument();
  OtlpDocument(const OtlpDocument&) = delete;
  OtlpDocument& operator=(const OtlpDocument&) = delete;

  // False: no more can be taken.
  bool add(const TraceEvent& event);
  // One line. Nothing where there was more than bytes_max. REQUIRES: called once, at the end.
  std::optional<std::string> take();

 private:
  class Spans;
  class SpansExporter;

  void export_batch();

  std::unique_ptr<Spans> spans_;
  std::unique_ptr<Exporter> chain_;
  std::vector<EventRecord> records_;  // of a batch
  std::size_t batched_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_OTLP_DOCUMENT_H_
