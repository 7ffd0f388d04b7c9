// SPDX-License-Identifier: Apache-2.0
//
// Turns events into Protobuf messages and back, without loss. event.proto is the schema, README.md
// beside it the rules.
//
// Thread safety: functions without state.
#ifndef TRACEBUS_CORE_PROTO_EVENT_PROTO_H_
#define TRACEBUS_CORE_PROTO_EVENT_PROTO_H_

#include <absl/status/statusor.h>

#include "tracebus/core/event.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/proto/event.pb.h"

namespace tracebus {
inline namespace v1 {

// Makes message say what event says: time and origin resolved, content only if the view shows it.
// REQUIRES: message is empty. On an arena, it is built without the heap but for long texts.
void to_proto(const EventView& event, proto::v1::TraceEvent* message);

// What message says, as an event to emit. Text and bytes are borrowed from message. InvalidArgument
// when it is none of ours: an id of the wrong length, nanoseconds beyond a second, a kind of value
// that this version does not know, values nested deeper than kValueDepthMax.
absl::StatusOr<TraceEvent> from_proto(const proto::v1::TraceEvent& message);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROTO_EVENT_PROTO_H_
