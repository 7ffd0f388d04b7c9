// SPDX-License-Identifier: Apache-2.0
//
// What GET /api/exporters says of a bus, its subscriptions, the receiver and the streams. Totals
// since each of them began; drops by reason (core/emit_result.h), of those reasons that occurred.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_BUS_JSON_H_
#define TRACEBUS_STUDIO_BUS_JSON_H_

#include <cstddef>
#include <string>

#include "tracebus/bus/stats.h"
#include "tracebus/studio/event_stream.h"
#include "tracebus/studio/otlp_receiver.h"

namespace tracebus {
inline namespace v1 {

std::string bus_json(const BusStats& stats);
// own: the subscription whose queue has own_bytes_max. Stats do not say it of others: null.
std::string subscriptions_json(const BusStats& stats, const SubscriptionId& own,
                               std::size_t own_bytes_max);
std::string receiver_json(const OtlpReceiverStats& stats);
std::string streams_json(const EventStreamStats& stats);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_BUS_JSON_H_
