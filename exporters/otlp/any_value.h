// SPDX-License-Identifier: Apache-2.0
//
// AnyValueWriter: writes values as OTLP's AnyValue and KeyValue (opentelemetry-proto,
// common/v1/common.proto), straight from records.
//
// Text in OTLP is UTF-8, and a receiver refuses a whole request for one text that is not: what is
// ill-formed gets U+FFFD in its place, a maximal subpart each (Unicode 15, section 3.9).
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_ANY_VALUE_H_
#define TRACEBUS_EXPORTERS_OTLP_ANY_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tracebus/core/protobuf_wire.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// The fields of KeyValue.
inline constexpr std::uint32_t kKeyTag = bytes_tag(1);
inline constexpr std::uint32_t kKeyedValueTag = bytes_tag(2);
// Of AnyValue, those that few write.
inline constexpr std::uint32_t kStringValueTag = bytes_tag(1);
inline constexpr std::uint32_t kIntValueTag = varint_tag(3);

// How many bytes text takes as UTF-8, and text so.
std::size_t utf8_bytes(std::string_view text) noexcept;
char* write_utf8(char* out, std::string_view text) noexcept;
inline char* write_utf8_field(char* out, std::uint32_t tag, std::string_view text) noexcept {
  return write_utf8(write_bytes_head(out, tag, utf8_bytes(text)), text);
}

class AnyValueWriter {
 public:
  // What a value or a key of so many bytes in a record takes at most.
  static constexpr std::size_t bytes_max(std::size_t record_bytes) noexcept {
    return 6 * record_bytes + 32;  // one byte may become U+FFFD; an empty key still has a head
  }

  // A KeyValue in a field with this tag.
  char* write_attribute(char* out, std::uint32_t tag, std::string_view key, const ValueView& value);
  // The same, of what write_utf8_field(kKeyTag, key) wrote before: key_field.
  char* write_attribute_of(char* out, std::uint32_t tag, std::string_view key_field,
                           const ValueView& value);

 private:
  std::size_t measure(const ValueView& value);
  std::size_t measure_items(const ValueView& value);
  std::size_t next_bytes(const ValueView& value) const noexcept;
  char* write_value(char* out, const ValueView& value);

  // A message stands behind its length, so containers are measured before they are written: how
  // many bytes the items of each take, in the order in which they begin.
  std::vector<std::size_t> measured_;
  std::size_t next_ = 0;  // of measured_, to be written
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_ANY_VALUE_H_
