// SPDX-License-Identifier: Apache-2.0
//
// Encodes nested values; value_view.h has the grammar and reads them back.
#ifndef TRACEBUS_CORE_VALUE_CODEC_H_
#define TRACEBUS_CORE_VALUE_CODEC_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// The size in bytes of the body of an array or object. Nothing when it is nested deeper than
// kValueDepthMax or larger than kRecordBytesMax. REQUIRES: value is an array or an object.
std::optional<std::size_t> encoded_body_size(const Value& value) noexcept;

// Writes the body to out and returns its end. REQUIRES: out has encoded_body_size bytes.
char* encode_body(const Value& value, char* out) noexcept;

// Whether bytes are a well-formed body of type, read to its last byte, not nested deeper than
// kValueDepthMax. For bytes from outside.
bool is_well_formed_body(ValueType type, std::string_view bytes) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VALUE_CODEC_H_
