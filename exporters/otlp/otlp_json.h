// SPDX-License-Identifier: Apache-2.0
//
// OTLP's JSON, of the bytes that our encoders wrote: there is one encoder, and what it says is said
// here in other letters (otlp_schema.h).
//
// Thread safety: pure functions.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_JSON_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_JSON_H_

#include <string>
#include <string_view>

#include "tracebus/exporters/otlp/otlp_schema.h"

namespace tracebus {
inline namespace v1 {

// Appends message, which is one such as schema says, as one line without its line feed. Fields that
// the schema does not have, or has with another type, are left out; of one that is there twice and
// is not repeated the last is told. False, and out as it was, if message is damaged, or nested
// deeper than any of ours.
bool append_otlp_json(std::string& out, const OtlpMessage& schema, std::string_view message);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_JSON_H_
