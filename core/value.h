// SPDX-License-Identifier: Apache-2.0
//
// Value, Attribute and Payload: what a caller puts into an event the friendly way.
//
// All three borrow text and bytes: what they point to must live until emit returns, which it does
// when the event is written inside the call. Nested arrays and objects are owned.
#ifndef TRACEBUS_CORE_VALUE_H_
#define TRACEBUS_CORE_VALUE_H_

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
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

// A kind and sixteen bytes. Copying one without nested values is copying bits, which is what the
// friendly way to emit does with each attribute.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<Attribute>;

  Value() noexcept {}
  Value(std::nullptr_t) noexcept {}
  Value(bool value) noexcept : held_(std::int64_t{value ? 1 : 0}), type_(ValueType::kBool) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value)
  noexcept : held_(to_int64(value)), type_(ValueType::kInt64) {}
  template <std::floating_point T>
  Value(T value) noexcept : held_(static_cast<double>(value)), type_(ValueType::kDouble) {}
  Value(std::string_view text) noexcept : held_(text), type_(ValueType::kString) {}
  Value(const char* text) noexcept : Value(std::string_view(text)) {}
  template <class T>
    requires(std::convertible_to<const T&, std::string_view> && !std::same_as<T, std::string_view>)
  Value(const T& text)
  noexcept : Value(static_cast<std::string_view>(text)) {}
  Value(Bytes bytes) noexcept : held_(bytes), type_(ValueType::kBytes) {}

  Value(const Value& other) noexcept : held_(other.held_), type_(other.type_) {
    if (is_nested()) [[unlikely]]
      share_nested();
  }
  Value(Value&& other) noexcept
      : held_(other.held_), type_(std::exchange(other.type_, ValueType::kNull)) {}
  Value& operator=(Value other) noexcept {
    std::swap(held_, other.held_);
    std::swap(type_, other.type_);
    return *this;
  }
  ~Value() {
    if (is_nested()) [[unlikely]]
      drop_nested();
  }

  static Value array(std::vector<Value> values);
  static Value object(std::vector<Attribute> members);

  ValueType type() const noexcept { return type_; }
  bool is_nested() const noexcept { return type_ >= ValueType::kArray; }

  // REQUIRES: the type fits the accessor.
  bool as_bool() const noexcept { return held_.int64 != 0; }
  std::int64_t as_int64() const noexcept { return held_.int64; }
  double as_double() const noexcept { return held_.real; }
  std::string_view as_string() const noexcept { return held_.text; }
  Bytes as_bytes() const noexcept { return held_.bytes; }
  // The eight bytes that are all of a null, boolean, integer or double.
  bool is_scalar() const noexcept { return type_ <= ValueType::kDouble; }
  std::uint64_t scalar_word() const noexcept {
    std::uint64_t word;
    std::memcpy(&word, &held_, sizeof word);
    return word;
  }
  const Array& as_array() const noexcept;
  const Object& as_object() const noexcept;

 private:
  // What copies of an array or object share.
  struct Nested;

  // Copied by words: then the compiler sees through the copy of a value that was just made, and
  // leaves it out.
  struct Words {
    std::uint64_t first;
    std::uint64_t second;
  };
  union Held {
    Held() noexcept : words{0, 0} {}
    explicit Held(std::int64_t value) noexcept : words{static_cast<std::uint64_t>(value), 0} {}
    explicit Held(double value) noexcept : words{std::bit_cast<std::uint64_t>(value), 0} {}
    explicit Held(std::string_view value) noexcept : text(value) {}
    explicit Held(Bytes value) noexcept : bytes(value) {}
    Held(const Held& other) noexcept : words{other.words.first, other.words.second} {}
    Held& operator=(const Held&) noexcept = default;
    Words words;
    std::int64_t int64;  // also of a boolean
    double real;
    std::string_view text;
    Bytes bytes;
    Nested* nested;
  };

  Value(ValueType type, Nested* nested) noexcept : type_(type) { held_.nested = nested; }
  void share_nested() const noexcept;
  void drop_nested() const noexcept;

  Held held_;
  ValueType type_ = ValueType::kNull;
};

struct Attribute {
  std::string_view key;
  Value value;
};

struct Value::Nested {
  std::atomic<std::uint32_t> shares{1};
  Array array;
  Object object;
};

inline Value Value::array(std::vector<Value> values) {
  return {ValueType::kArray, new Nested{.array = std::move(values), .object = {}}};
}
inline Value Value::object(std::vector<Attribute> members) {
  return {ValueType::kObject, new Nested{.array = {}, .object = std::move(members)}};
}
inline const Value::Array& Value::as_array() const noexcept { return held_.nested->array; }
inline const Value::Object& Value::as_object() const noexcept { return held_.nested->object; }
inline void Value::share_nested() const noexcept {
  held_.nested->shares.fetch_add(1, std::memory_order_relaxed);  // whoever copies has a share
}
[[gnu::noinline, gnu::cold]] inline void Value::drop_nested() const noexcept {
  // Release and acquire pair with each other: the last one to drop sees all uses ended.
  if (held_.nested->shares.fetch_sub(1, std::memory_order_acq_rel) == 1) delete held_.nested;
}

// The attributes of an event, in the caller's order. A key given twice is kept twice; readers take
// the last. No heap for up to kInline attributes.
class Payload {
 public:
  static constexpr std::size_t kInline = 8;

  Payload() noexcept {}
  Payload(std::initializer_list<Attribute> attributes)
      : Payload(std::span<const Attribute>(attributes.begin(), attributes.size())) {}
  explicit Payload(std::span<const Attribute> attributes) {
    if (attributes.size() > kInline) [[unlikely]] {
      start_overflow(attributes);
      return;
    }
    for (const Attribute& attribute : attributes) add_inline(attribute);
  }
  Payload(const Payload& other) : Payload(std::span<const Attribute>(other)) {}
  Payload(Payload&& other) noexcept { take(other); }
  Payload& operator=(Payload other) noexcept {
    clear();
    take(other);
    return *this;
  }
  ~Payload() { clear(); }

  void add(Attribute attribute) {
    if (!overflowed_ && inline_size_ < kInline) [[likely]] {
      add_inline(std::move(attribute));
    } else {
      add_to_overflow(std::move(attribute));
    }
  }
  void add(std::string_view key, Value value) { add(Attribute{key, std::move(value)}); }

  std::size_t size() const noexcept { return overflowed_ ? overflow_.size() : inline_size_; }
  bool empty() const noexcept { return size() == 0; }
  const Attribute* begin() const noexcept { return overflowed_ ? overflow_.data() : inline_; }
  const Attribute* end() const noexcept { return begin() + size(); }

 private:
  template <class T>
  void add_inline(T&& attribute) noexcept {
    owning_ |= attribute.value.is_nested();
    // The key by words, as Value's copies are.
    const std::string_view key(attribute.key.data(), attribute.key.size());
    new (inline_ + inline_size_++) Attribute{key, std::forward<T>(attribute).value};
  }
  [[gnu::noinline, gnu::cold]] void add_to_overflow(Attribute attribute) {
    if (!overflowed_) {
      Payload all;
      all.start_overflow({inline_, inline_size_});
      *this = std::move(all);
    }
    overflow_.push_back(std::move(attribute));
  }
  // REQUIRES: empty.
  [[gnu::noinline, gnu::cold]] void start_overflow(std::span<const Attribute> attributes) {
    std::vector<Attribute> all;
    all.reserve(attributes.size() + kInline);
    all.assign(attributes.begin(), attributes.end());
    std::construct_at(&overflow_, std::move(all));
    overflowed_ = owning_ = true;
  }
  // REQUIRES: empty. Attributes are moved by their bytes: nothing points into one.
  void take(Payload& other) noexcept {
    overflowed_ = other.overflowed_;
    owning_ = other.owning_;
    if (overflowed_) [[unlikely]]
      return take_overflow(other);
    inline_size_ = std::exchange(other.inline_size_, 0);
    std::memcpy(static_cast<void*>(inline_), static_cast<const void*>(other.inline_),
                inline_size_ * sizeof(Attribute));
    other.owning_ = false;
  }
  // Out of line also because g++ 12 takes what no small payload has for read uninitialised.
  [[gnu::noinline, gnu::cold]] void take_overflow(Payload& other) noexcept {
    std::construct_at(&overflow_, std::move(other.overflow_));
    other.clear();
  }
  void clear() noexcept {
    if (owning_) [[unlikely]]
      destroy();
    inline_size_ = 0;
    overflowed_ = owning_ = false;
  }
  [[gnu::noinline, gnu::cold]] void destroy() noexcept {
    if (overflowed_) {
      std::destroy_at(&overflow_);
    } else {
      std::destroy_n(inline_, inline_size_);
    }
  }

  std::uint32_t inline_size_ = 0;
  bool overflowed_ = false;
  bool owning_ = false;  // there is something to destroy: nested values, or overflow_
  union {
    Attribute inline_[kInline];        // the first inline_size_ live, unless overflowed_
    std::vector<Attribute> overflow_;  // lives if overflowed_, and holds all
  };
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VALUE_H_
