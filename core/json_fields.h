// SPDX-License-Identifier: Apache-2.0
//
// JsonFields: a JSON object, field by field.
#ifndef TRACEBUS_CORE_JSON_FIELDS_H_
#define TRACEBUS_CORE_JSON_FIELDS_H_

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

class JsonFields {
 public:
  JsonFields& add(std::string_view key, std::string_view text) {
    begin(key);
    append_json_string(text_, text);
    return *this;
  }
  JsonFields& add(std::string_view key, const char* text) {
    return add(key, std::string_view(text));
  }
  // Beyond int64: the largest int64.
  template <std::integral T>
  JsonFields& add(std::string_view key, T number) {
    if constexpr (std::same_as<T, bool>) return add_json(key, number ? "true" : "false");
    begin(key);
    append_json_int64(text_, to_int64(number));
    return *this;
  }
  JsonFields& add(std::string_view key, double number) {
    begin(key);
    append_json_double(text_, number);
    return *this;
  }
  template <class T>
  JsonFields& add(std::string_view key, const std::optional<T>& value) {
    return value ? add(key, *value) : add_json(key, "null");
  }
  // REQUIRES: json is valid JSON.
  JsonFields& add_json(std::string_view key, std::string_view json) {
    begin(key);
    text_.append(json);
    return *this;
  }

  std::string to_string() const { return text_ + "}"; }

 private:
  void begin(std::string_view key) {
    if (text_.size() > 1) text_.push_back(',');
    append_json_string(text_, key);
    text_.push_back(':');
  }

  std::string text_ = "{";
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_FIELDS_H_
