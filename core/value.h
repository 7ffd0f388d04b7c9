// SPDX-License-Identifier: Apache-2.0
//
// Value, Attribute and Payload: what a caller puts into an event the friendly way.
//
// All three borrow text and bytes: what they point to must live until emit returns, which it does
// when the event is written inside the call. Nested arrays and objects are owned.
#ifndef TRACEBUS_CORE_VALUE_H_
#define TRACEBUS_CORE_VALUE_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tracebus {
inline namespace v1 {

enum class ValueType : std::uint8_t {
  kNull = 0,
  kBool = 1,
  kInt64 = 2,
  kDouble = 3,
  kString = 4,
  kBytes = 5,
  kArray = 6,
  kObject = 7,
};

using Bytes = std::span<const std::byte>;

// An unsigned value beyond the range of int64 becomes the largest int64.
template <std::integral T>
constexpr std::int64_t to_int64(T value) noexcept {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if constexpr (std::unsigned_integral<T> && sizeof(T) >= sizeof kMax) {
    if (value > static_cast<T>(kMax)) return kMax;
  }
  return static_cast<std::int64_t>(value);
}

struct Attribute;

class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<Attribute>;

  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  Value(bool value) noexcept : held_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value)
  noexcept : held_(to_int64(value)) {}
  template <std::floating_point T>
  Value(T value) noexcept : held_(static_cast<double>(value)) {}
  Value(std::string_view text) noexcept : held_(text) {}
  Value(const char* text) noexcept : held_(std::string_view(text)) {}
  template <class T>
    requires(std::convertible_to<const T&, std::string_view> && !std::same_as<T, std::string_view>)
  Value(const T& text)
  noexcept : held_(static_cast<std::string_view>(text)) {}
  Value(Bytes bytes) noexcept : held_(bytes) {}

  static Value array(std::vector<Value> values);
  static Value object(std::vector<Attribute> members);

  ValueType type() const noexcept { return static_cast<ValueType>(held_.index()); }

  // REQUIRES: the type fits the accessor.
  bool as_bool() const noexcept { return *std::get_if<bool>(&held_); }
  std::int64_t as_int64() const noexcept { return *std::get_if<std::int64_t>(&held_); }
  double as_double() const noexcept { return *std::get_if<double>(&held_); }
  std::string_view as_string() const noexcept { return *std::get_if<std::string_view>(&held_); }
  Bytes as_bytes() const noexcept { return *std::get_if<Bytes>(&held_); }
  const Array& as_array() const noexcept { return **std::get_if<6>(&held_); }
  const Object& as_object() const noexcept { return **std::get_if<7>(&held_); }

 private:
  using Held = std::variant<std::monostate, bool, std::int64_t, double, std::string_view, Bytes,
                            std::shared_ptr<const Array>, std::shared_ptr<const Object>>;
  Held held_;  // the index is the ValueType
};

struct Attribute {
  std::string_view key;
  Value value;
};

inline Value Value::array(std::vector<Value> values) {
  Value made;
  made.held_.emplace<6>(std::make_shared<const Array>(std::move(values)));
  return made;
}
inline Value Value::object(std::vector<Attribute> members) {
  Value made;
  made.held_.emplace<7>(std::make_shared<const Object>(std::move(members)));
  return made;
}

// The attributes of an event, in the caller's order. A key given twice is kept twice; readers take
// the last. No heap for up to kInline attributes.
class Payload {
 public:
  static constexpr std::size_t kInline = 8;

  Payload() noexcept = default;
  Payload(std::initializer_list<Attribute> attributes) {
    for (const Attribute& attribute : attributes) add(attribute);
  }
  explicit Payload(std::span<const Attribute> attributes) {
    for (const Attribute& attribute : attributes) add(attribute);
  }

  void add(Attribute attribute) {
    if (inline_size_ < kInline) {
      inline_[inline_size_++] = std::move(attribute);
      return;
    }
    if (overflow_.empty()) overflow_.assign(inline_, inline_ + kInline);
    overflow_.push_back(std::move(attribute));
  }
  void add(std::string_view key, Value value) { add(Attribute{key, std::move(value)}); }

  std::size_t size() const noexcept { return overflow_.empty() ? inline_size_ : overflow_.size(); }
  bool empty() const noexcept { return inline_size_ == 0; }
  const Attribute* begin() const noexcept { return overflow_.empty() ? inline_ : overflow_.data(); }
  const Attribute* end() const noexcept { return begin() + size(); }

 private:
  std::size_t inline_size_ = 0;
  Attribute inline_[kInline];
  std::vector<Attribute> overflow_;  // holds all of them once there are more than kInline
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VALUE_H_
