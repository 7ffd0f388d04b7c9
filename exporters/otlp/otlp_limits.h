// SPDX-License-Identifier: Apache-2.0
//
// How large requests of OTLP are, whoever carries them.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_LIMITS_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_LIMITS_H_

#include <cstddef>

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kOtlpRequestBytesDefault = std::size_t{4} << 20;
inline constexpr std::size_t kOtlpRequestBytesMax = std::size_t{64} << 20;   // OTLP's limit
inline constexpr std::size_t kOtlpResponseBytesMax = std::size_t{4} << 20;  // likewise

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_LIMITS_H_
