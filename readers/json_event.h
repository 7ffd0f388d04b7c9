// SPDX-License-Identifier: Apache-2.0
//
// What the members of a JSON object say about an event. Told apart by their keys:
//   ours              "origin" is [instance, producer, sequence], as core/json_writer.h writes it
//   pyagent exporter  timestamp, event_type, agent_name, pattern_type, payload
//   pyagent recorder  messages_in, response and metadata instead of pattern_type and payload
//   Studio span       flat: no payload at all
//   others            in any of the words of readers/told_words.h, also within payload, data,
//                     attributes, metadata and context; with a start and an end in place of a time
// In all of them, members that say nothing about the event itself go into its payload, in their
// order, so that nothing is lost. What has a name of ours gets it, unless the event says that, too;
// names of conventions (gen_ai.request.model) within a payload stay, and so does all that our own
// lines, pyagent and Studio say.
#ifndef TRACEBUS_READERS_JSON_EVENT_H_
#define TRACEBUS_READERS_JSON_EVENT_H_

#include <absl/status/status.h>

#include <span>

#include "tracebus/core/event.h"
#include "tracebus/readers/json_object.h"

namespace tracebus {
inline namespace v1 {

// Fills event, which borrows what the members borrow. InvalidArgument when there is no event type,
// or the time makes no sense. Of a key given twice the last one counts.
absl::Status event_of(std::span<const JsonMember> members, TraceEvent& event);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSON_EVENT_H_
