// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/tracer.h"

#include <utility>

#include "tracebus/trace/span_clock.h"

namespace tracebus {
inline namespace v1 {

Tracer::Tracer(TraceEventBus& bus, TracerOptions options)
    : bus_(bus), options_(std::move(options)) {
  SpanClock::prepare();
}

}  // namespace v1
}  // namespace tracebus
