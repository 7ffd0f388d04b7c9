// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/event_line.h"

#include "tracebus/core/json_writer.h"

namespace tracebus {
inline namespace v1 {

bool append_event_line(std::string& out, TraceEvent event, EventRecord& record) {
  const bool has_origin = event.origin.has_value();
  if (!event.timestamp) event.timestamp = Timestamp{};
  if (!record.write(event)) return false;
  append_json_event(out, record.view());
  // A record always has one, which stands last.
  if (!has_origin) out.replace(out.rfind(",\"origin\":"), out.npos, "}");
  return true;
}

}  // namespace v1
}  // namespace tracebus
