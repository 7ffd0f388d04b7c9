// SPDX-License-Identifier: Apache-2.0
//
// JsonKey: a registered attribute key as it stands in JSON, escaped once for the process. Private
// to the JSON writer.
#ifndef TRACEBUS_CORE_JSON_KEY_H_
#define TRACEBUS_CORE_JSON_KEY_H_

#include <cstddef>
#include <cstring>

#include "tracebus/core/attribute_key.h"

namespace tracebus {
inline namespace v1 {

class JsonKey {
 public:
  // Keys that are longer are rare, and copied the usual way.
  static constexpr std::size_t kShortBytes = 32;

  // Of a key that is registered; made at its first use, and kept for ever, as its name is.
  // Lock-free but for the heap then. Null without memory, or if the number was never given out.
  static const JsonKey* of(AttributeKey key) noexcept;

  // Writes a comma, the quoted name and a colon, and returns their end. May write kShortBytes.
  char* write(char* out) const noexcept {
    if (size_bytes_ <= kShortBytes) [[likely]] {
      std::memcpy(out, text(), kShortBytes);
    } else {
      std::memcpy(out, text(), size_bytes_);
    }
    return out + size_bytes_;
  }

 private:
  explicit JsonKey(std::size_t size_bytes) noexcept : size_bytes_(size_bytes) {}
  static const JsonKey* make(AttributeKey key) noexcept;

  // The text stands behind the object, and kShortBytes of it may be read.
  const char* text() const noexcept { return reinterpret_cast<const char*>(this + 1); }

  const std::size_t size_bytes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_KEY_H_
