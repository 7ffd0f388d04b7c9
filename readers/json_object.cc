// SPDX-License-Identifier: Apache-2.0
//
// On-demand parsing checks a value only when it is read, so everything is read. Strings are
// unescaped, each once, into a buffer of the parser, where they stay until the next document.
#include "tracebus/readers/json_object.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "tracebus/core/limits.h"
#include "tracebus/readers/line_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

constexpr std::size_t kSafeDigits = 19;

static_assert(LineReader::kPaddingBytes >= simdjson::SIMDJSON_PADDING);

std::string_view description_of(error_code error) noexcept {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "not JSON: invalid UTF-8";
    case simdjson::UNESCAPED_CHARS:
      return "not JSON: a control character inside a string";
    case simdjson::UNCLOSED_STRING:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "cut off: a string, array or object is not closed";
    case simdjson::STRING_ERROR:
      return "not JSON: a malformed escape in a string";
    case simdjson::NUMBER_ERROR:
      return "a number that is malformed or beyond the range of a double";
    case simdjson::EMPTY:
    case simdjson::INCORRECT_TYPE:
      return "not a JSON object, or a misspelt literal in it";
    default:
      return "not JSON: missing or superfluous punctuation";
  }
}

absl::Status bad(std::string_view message) {
  return absl::InvalidArgumentError(absl::string_view(message.data(), message.size()));
}
absl::Status bad(error_code error) { return bad(description_of(error)); }

// Moves the result into place. Not success: there is none, and place is untouched.
template <class Result, class T>
error_code take(Result&& result, T& place) noexcept {
  return std::forward<Result>(result).get(place);
}

// The token that value begins with, without the white space that follows it.
std::string_view token_of(ondemand::value& value) noexcept {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

absl::Status read_number(ondemand::value& value, Value& out) {
  const std::string_view token = token_of(value);
  const auto marks_double = [](char c) { return c == '.' || c == 'e' || c == 'E'; };
  if (std::ranges::any_of(token, marks_double)) {
    double number;
    if (const error_code error = take(value.get_double(), number)) return bad(error);
    // simdjson 3.0 gets a few numbers of more than 19 digits wrong by tens of powers; what it has
    // checked, and no more, is read again.
    if (token.size() > kSafeDigits) {
      std::from_chars(token.data(), token.data() + token.size(), number);
    }
    out = number;
    return absl::OkStatus();
  }
  std::int64_t number;
  if (const error_code error = take(value.get_int64(), number)) {
    const std::size_t digits = token.size() - (token.front() == '-' ? 1 : 0);
    const bool integer = digits >= 19 && token.find_first_not_of("-0123456789") == token.npos;
    return integer ? bad("an integer beyond 64 bits") : bad(error);
  }
  out = number;
  return absl::OkStatus();
}

absl::Status read_value(ondemand::value value, std::size_t depth, Value& out);

absl::Status read_array(ondemand::array array, std::size_t depth, Value& out) {
  std::vector<Value> items;
  for (auto result : array) {
    ondemand::value item;
    if (const error_code error = take(std::move(result), item)) return bad(error);
    if (absl::Status status = read_value(item, depth + 1, items.emplace_back()); !status.ok()) {
      return status;
    }
  }
  out = Value::array(std::move(items));
  return absl::OkStatus();
}

absl::Status read_object(ondemand::object object, std::size_t depth, Value& out) {
  std::vector<Attribute> members;
  for (auto result : object) {
    ondemand::field field;
    if (const error_code error = take(std::move(result), field)) return bad(error);
    Attribute& member = members.emplace_back();
    if (const error_code error = take(field.unescaped_key(), member.key)) return bad(error);
    if (absl::Status status = read_value(field.value(), depth + 1, member.value); !status.ok()) {
      return status;
    }
  }
  out = Value::object(std::move(members));
  return absl::OkStatus();
}

// depth: of value itself, if it is an array or object.
absl::Status read_value(ondemand::value value, std::size_t depth, Value& out) {
  ondemand::json_type type;
  if (const error_code error = take(value.type(), type)) return bad(error);
  error_code error = simdjson::SUCCESS;
  const bool nested = type == ondemand::json_type::array || type == ondemand::json_type::object;
  if (nested && depth > kValueDepthMax) return bad("nested deeper than 64 levels");
  switch (type) {
    case ondemand::json_type::null: {
      bool is_null = false;
      error = take(value.is_null(), is_null);
      return error || !is_null ? bad(simdjson::INCORRECT_TYPE) : absl::OkStatus();
    }
    case ondemand::json_type::boolean: {
      bool boolean = false;
      error = take(value.get_bool(), boolean);
      out = boolean;
      break;
    }
    case ondemand::json_type::number:
      return read_number(value, out);
    case ondemand::json_type::string: {
      std::string_view text;
      error = take(value.get_string(), text);
      out = text;
      break;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if ((error = take(value.get_array(), array))) break;
      return read_array(array, depth, out);
    }
    case ondemand::json_type::object: {
      ondemand::object object;
      if ((error = take(value.get_object(), object))) break;
      return read_object(object, depth, out);
    }
  }
  return error ? bad(error) : absl::OkStatus();
}

// ["<16 hex>", producer, sequence], of which the sequence may need all 64 bits. Unescapes no
// string: what is no origin is read again as a value, and the parser's buffer holds each just once.
std::optional<Origin> origin_of(ondemand::array& array) {
  std::optional<SpanId> id;
  std::uint64_t numbers[2] = {};
  std::size_t count = 0;
  for (auto result : array) {
    ondemand::value item;
    if (count == 3 || take(std::move(result), item)) return std::nullopt;
    if (count == 0) {
      const std::string_view token = token_of(item);
      if (token.size() == SpanId::kHexDigits + 2)
        id = SpanId::from_hex(token.substr(1, token.size() - 2));
      if (!id || token.front() != '"') return std::nullopt;
    } else if (take(item.get_uint64(), numbers[count - 1])) {
      return std::nullopt;
    }
    ++count;
  }
  if (count != 3 || numbers[0] > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  Origin origin{.sequence = numbers[1], .producer = static_cast<std::uint32_t>(numbers[0])};
  for (const std::uint8_t byte : id->bytes) origin.instance = origin.instance << 8 | byte;
  return origin;
}

absl::Status read_member(ondemand::field field, JsonMember& member) {
  if (const error_code error = take(field.unescaped_key(), member.key)) return bad(error);
  ondemand::value value = field.value();
  ondemand::json_type type;
  if (const error_code error = take(value.type(), type)) return bad(error);
  if (type == ondemand::json_type::number) member.number = token_of(value);
  if (member.key == "origin" && type == ondemand::json_type::array) {
    ondemand::array array;
    if (const error_code error = take(value.get_array(), array)) return bad(error);
    member.origin = origin_of(array);
    if (member.origin) return absl::OkStatus();
    bool has_items = false;
    if (const error_code error = take(array.reset(), has_items)) return bad(error);
    return read_array(array, 1, member.value);
  }
  // The payload's own braces are the event's, not a level of some value.
  const bool payload = member.key == "payload" && type == ondemand::json_type::object;
  return read_value(value, payload ? 0 : 1, member.value);
}

}  // namespace

struct JsonObject::Parser {
  ondemand::parser parser;
};

JsonObject::JsonObject() : parser_(std::make_unique<Parser>()) {}
JsonObject::~JsonObject() = default;

absl::Status JsonObject::parse(std::string_view text) {
  members_.clear();
  ondemand::parser& parser = parser_->parser;
  if (parser.capacity() < text.size() && parser.allocate(std::bit_ceil(text.size()))) {
    return absl::ResourceExhaustedError("no memory for a line of " + std::to_string(text.size()) +
                                        " bytes");
  }
  ondemand::document document;
  ondemand::object object;
  error_code error = take(parser.iterate(text, text.size() + LineReader::kPaddingBytes), document);
  if (!error) error = take(document.get_object(), object);
  if (error) return bad(error);
  for (auto result : object) {
    ondemand::field field;
    if ((error = take(std::move(result), field))) return bad(error);
    if (absl::Status status = read_member(field, members_.emplace_back()); !status.ok()) {
      return status;
    }
  }
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return at_end ? absl::OkStatus() : bad("something follows the object");
}

}  // namespace v1
}  // namespace tracebus
