// SPDX-License-Identifier: Apache-2.0
//
// ConfigValue: what a JSON text says, each value with the line that it stands on, before any of it
// is believed.
#ifndef TRACEBUS_CONFIG_CONFIG_VALUE_H_
#define TRACEBUS_CONFIG_CONFIG_VALUE_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kConfigBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kConfigDepthMax = 32;

struct ConfigValue {
  enum class Kind : std::uint8_t { kNull, kFlag, kNumber, kText, kList, kObject };

  Kind kind = Kind::kNull;
  std::size_t line = 0;
  bool flag = false;
  std::string text;                // of a text, unescaped; a number as it was written
  std::vector<ConfigValue> items;  // of a list, or the values of an object's members
  std::vector<std::string> keys;   // of an object, in the order of items
};

// "a text", "a list", ... for messages.
std::string_view to_string(ConfigValue::Kind kind) noexcept;

// One JSON value (RFC 8259) and nothing behind it; an object has each key once. A member with the
// key "comment" is left out. name: what errors call the text, such as the file's path.
// InvalidArgument as "name:12: what is wrong"; ResourceExhausted beyond kConfigBytesMax.
absl::StatusOr<ConfigValue> parse_config_value(std::string_view json, std::string_view name);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_CONFIG_VALUE_H_
