// SPDX-License-Identifier: Apache-2.0
//
// LogEncoder: writes an event as OTLP's LogRecord (opentelemetry-proto, logs/v1/logs.proto), which
// is what OpenTelemetry makes of events that are no spans.
//
//   event_name           the event's type
//   severity             what the attribute `level` or `severity` says; else ERROR for `error` and
//                        *_error, DEBUG for llm_token, INFO
//   body                 the attribute `message`, if it is a text
//   attributes           the others, in the words of the profile; a name is used once, as in spans
//   tracebus.run_id      where the run is not the trace
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_LOG_ENCODER_H_
#define TRACEBUS_EXPORTERS_OTLP_LOG_ENCODER_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/profile.h"
#include "tracebus/exporters/otlp/any_value.h"
#include "tracebus/exporters/otlp/attribute_names.h"
#include "tracebus/exporters/otlp/unique_names.h"

namespace tracebus {
inline namespace v1 {

struct RecordLayout;

class LogEncoder {
 public:
  explicit LogEncoder(Profile profile) : names_(profile) {}

  // How much room write may want, more than most records fill.
  static std::size_t bytes_max(const EventView& event) noexcept;

  // Writes ScopeLogs.log_records, with its tag and length, and returns its end.
  // REQUIRES: room for bytes_max(event) bytes.
  char* write(char* out, const EventView& event);

 private:
  void collect(const EventView& event, const RecordLayout& record);
  char* write_attributes(char* out, const EventView& event, const RecordLayout& record);
  char* write_extra(char* out, std::string_view name, std::string_view text);

  AttributeNames names_;
  AnyValueWriter values_;
  std::vector<ToldAttribute> attributes_;  // of this event
  std::string_view message_;
  std::string_view level_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_LOG_ENCODER_H_
