// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_SIGNAL_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_SIGNAL_H_

#include <cstdint>

namespace tracebus {
inline namespace v1 {

// What events become: ends of spans are traces, those that are of no span are logs, and what the
// bus says of itself is metrics.
enum class OtlpSignal : std::uint8_t { kTraces, kLogs, kMetrics };

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_SIGNAL_H_
