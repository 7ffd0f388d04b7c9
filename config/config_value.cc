// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/config_value.h"

#include <absl/status/status.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

constexpr std::size_t kShownBytes = 80;

// Moves the result into place. Not success: there is none, and place is untouched.
template <class Result, class T>
error_code take(Result&& result, T& place) noexcept {
  return std::forward<Result>(result).get(place);
}

std::string shown(std::string_view key) {
  std::string text;
  append_visible_quoted(text, key.substr(0, kShownBytes), '"');
  return text;
}

class Parser {
 public:
  Parser(std::string_view json, std::string_view name) : json_(json), name_(name) {}

  absl::StatusOr<ConfigValue> parse() {
    ondemand::document document;
    const std::size_t padded = json_.size() + simdjson::SIMDJSON_PADDING;
    if (const error_code error = take(parser_.iterate(json_, padded), document)) return bad(error);
    ondemand::object object;
    if (const error_code error = take(document.get_object(), object)) {
      return error == simdjson::INCORRECT_TYPE ? bad("is no JSON object; begin it with {")
                                               : bad(error);
    }
    ConfigValue value;
    value.kind = ConfigValue::Kind::kObject;
    value.line = line_;
    if (absl::Status status = read_members(object, value, 1); !status.ok()) return status;
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return bad("something follows the object; remove it");
    }
    return value;
  }

 private:
  absl::Status read(ondemand::value from, ConfigValue& value, std::size_t depth) {
    std::string_view token = from.raw_json_token();
    line_ = value.line = line_of(token.data());
    ondemand::json_type type;
    if (const error_code error = take(from.type(), type)) return bad(error);
    switch (type) {
      case ondemand::json_type::array:
        value.kind = ConfigValue::Kind::kList;
        return read_list(from, value, depth + 1);
      case ondemand::json_type::object: {
        value.kind = ConfigValue::Kind::kObject;
        ondemand::object object;
        if (const error_code error = take(from.get_object(), object)) return bad(error);
        return read_members(object, value, depth + 1);
      }
      case ondemand::json_type::string: {
        value.kind = ConfigValue::Kind::kText;
        std::string_view text;
        if (const error_code error = take(from.get_string(), text)) return bad(error);
        value.text = text;
        return absl::OkStatus();
      }
      case ondemand::json_type::number:
        value.kind = ConfigValue::Kind::kNumber;
        return read_number(from, token, value);
      case ondemand::json_type::boolean: {
        value.kind = ConfigValue::Kind::kFlag;
        const error_code error = take(from.get_bool(), value.flag);
        return error ? bad(error) : absl::OkStatus();
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        const error_code error = take(from.is_null(), is_null);
        return error || !is_null ? bad(simdjson::N_ATOM_ERROR) : absl::OkStatus();
      }
    }
    return bad(simdjson::TAPE_ERROR);
  }

  absl::Status read_number(ondemand::value from, std::string_view token, ConfigValue& value) {
    ondemand::number number;
    if (const error_code error = take(from.get_number(), number)) return bad(error);
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ')
      token.remove_suffix(1);
    value.text = token;
    return absl::OkStatus();
  }

  absl::Status read_list(ondemand::value from, ConfigValue& value, std::size_t depth) {
    if (depth > kConfigDepthMax) return too_deep();
    ondemand::array list;
    if (const error_code error = take(from.get_array(), list)) return bad(error);
    for (auto result : list) {
      ondemand::value item;
      if (const error_code error = take(std::move(result), item)) return bad(error);
      absl::Status status = read(item, value.items.emplace_back(), depth);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status read_members(ondemand::object& object, ConfigValue& value, std::size_t depth) {
    if (depth > kConfigDepthMax) return too_deep();
    for (auto result : object) {
      ondemand::field field;
      if (const error_code error = take(std::move(result), field)) return bad(error);
      line_ = line_of(field.key().raw());
      std::string_view unescaped;
      if (const error_code error = take(field.unescaped_key(), unescaped)) return bad(error);
      const std::string key(unescaped);
      const auto twin = std::find(value.keys.begin(), value.keys.end(), key);
      if (twin != value.keys.end()) {
        const auto& first = value.items[static_cast<std::size_t>(twin - value.keys.begin())];
        return bad(shown(key) + " is there twice, also on line " + std::to_string(first.line) +
                   "; remove one");
      }
      ConfigValue member;
      if (absl::Status status = read(field.value(), member, depth); !status.ok()) return status;
      if (key == "comment") continue;
      value.keys.push_back(key);
      value.items.push_back(std::move(member));
    }
    return absl::OkStatus();
  }

  std::size_t line_of(const char* place) const noexcept {
    const char* const end = json_.data() + json_.size();
    if (place == nullptr || place < json_.data() || place > end) return line_;
    return 1 + static_cast<std::size_t>(std::count(json_.data(), place, '\n'));
  }

  absl::Status too_deep() const {
    return bad("lists and objects are nested deeper than " + std::to_string(kConfigDepthMax));
  }
  absl::Status bad(error_code error) const {
    return bad(std::string("is no JSON: ") + simdjson::error_message(error));
  }
  absl::Status bad(std::string_view message) const {
    return absl::InvalidArgumentError(std::string(name_) + ":" + std::to_string(line_) + ": " +
                                      std::string(message));
  }

  const std::string_view json_;
  const std::string_view name_;
  ondemand::parser parser_;
  std::size_t line_ = 1;
};

}  // namespace

std::string_view to_string(ConfigValue::Kind kind) noexcept {
  switch (kind) {
    case ConfigValue::Kind::kNull:
      return "null";
    case ConfigValue::Kind::kFlag:
      return "true or false";
    case ConfigValue::Kind::kNumber:
      return "a number";
    case ConfigValue::Kind::kText:
      return "a text";
    case ConfigValue::Kind::kList:
      return "a list";
    case ConfigValue::Kind::kObject:
      return "an object";
  }
  return "";
}

absl::StatusOr<ConfigValue> parse_config_value(std::string_view json, std::string_view name) {
  if (json.size() > kConfigBytesMax) {
    return absl::ResourceExhaustedError(std::string(name) + ": is larger than " +
                                        std::to_string(kConfigBytesMax) + " bytes");
  }
  const simdjson::padded_string padded(json);
  return Parser(std::string_view(padded), name).parse();
}

}  // namespace v1
}  // namespace tracebus
