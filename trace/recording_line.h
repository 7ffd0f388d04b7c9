// SPDX-License-Identifier: Apache-2.0
//
// The seed's three kinds of lines, byte for byte as its Python writes them (python_json.h);
// recording.md has an example of each. Times are doubles there: exact to a quarter of a microsecond
// today.
#ifndef TRACEBUS_TRACE_RECORDING_LINE_H_
#define TRACEBUS_TRACE_RECORDING_LINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/trace/recorded_entry.h"

namespace tracebus {
inline namespace v1 {

enum class RecordingFormat : std::uint8_t {
  kRecorder,  // pyagent's Recorder: request, response and metadata; what replay needs
  kEvents,    // pyagent's JsonlExporter, with the events that its Recorder emits: no messages
  kStudio,    // the flat span of Studio's document: who, how long, how many tokens, what it cost;
              // without any content
};

// Appends the line without its line feed.
void append_recording_line(std::string& out, const RecordedEntry& entry, RecordingFormat format);

// The line of pyagent's JsonlExporter for any event, with all of its payload.
void append_event_line(std::string& out, const EventView& event);

// The payload of the event that the seed's Recorder emits for an entry: of pattern_start
// {pattern_type}, of llm_call {response, model, ...metadata}, of pattern_end {result_output,
// duration_seconds}. Borrows from the entry.
std::vector<Attribute> event_payload_of(const RecordedEntry& entry);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDING_LINE_H_
