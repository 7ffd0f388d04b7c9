// SPDX-License-Identifier: Apache-2.0
//
// ValueView: a value of a record as a reader sees it. Views borrow from the record and are valid as
// long as the EventView they came from.
//
// Nested values are encoded as
//   element := u8 type, then: nothing | u8 bool | i64 | f64 | u32 length, bytes | u32 length, body
//   body of an array  := u32 count, count elements
//   body of an object := u32 count, count of {u32 key length, key, element}
// without alignment. The slot of a nested attribute refers to its body.
#ifndef TRACEBUS_CORE_VALUE_VIEW_H_
#define TRACEBUS_CORE_VALUE_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

class ArrayView;
class ObjectView;

class ValueView {
 public:
  ValueView() noexcept = default;
  static ValueView of_bool(bool value) noexcept { return {ValueType::kBool, value ? 1u : 0u, {}}; }
  static ValueView of_int64(std::int64_t value) noexcept {
    return {ValueType::kInt64, static_cast<std::uint64_t>(value), {}};
  }
  static ValueView of_double_bits(std::uint64_t bits) noexcept {
    return {ValueType::kDouble, bits, {}};
  }
  // type: kString, kBytes, or kArray or kObject with the body.
  static ValueView of_text(ValueType type, std::string_view text) noexcept {
    return {type, 0, text};
  }

  ValueType type() const noexcept { return type_; }
  bool is_null() const noexcept { return type_ == ValueType::kNull; }
  bool is_number() const noexcept {
    return type_ == ValueType::kInt64 || type_ == ValueType::kDouble;
  }

  // REQUIRES: the type fits the accessor.
  bool as_bool() const noexcept { return bits_ != 0; }
  std::int64_t as_int64() const noexcept { return static_cast<std::int64_t>(bits_); }
  double as_double() const noexcept {
    double value;
    std::memcpy(&value, &bits_, sizeof value);
    return value;
  }
  std::string_view as_string() const noexcept { return text_; }
  Bytes as_bytes() const noexcept { return std::as_bytes(std::span(text_)); }
  ArrayView as_array() const noexcept;
  ObjectView as_object() const noexcept;

  // Any number as a double; 0 for what is no number.
  double to_double() const noexcept {
    if (type_ == ValueType::kInt64) return static_cast<double>(as_int64());
    return type_ == ValueType::kDouble ? as_double() : 0.0;
  }

  // The same value for emitting it again. Text is borrowed from this view.
  Value to_value() const;

 private:
  ValueView(ValueType type, std::uint64_t bits, std::string_view text) noexcept
      : type_(type), bits_(bits), text_(text) {}

  ValueType type_ = ValueType::kNull;
  std::uint64_t bits_ = 0;
  std::string_view text_;
};

struct AttributeView {
  std::string_view key;
  ValueView value;
};

// Walks encoded elements. REQUIRES: the bytes are well formed, as writers make them and
// check_record proves of foreign ones.
class EncodedCursor {
 public:
  explicit EncodedCursor(const char* at) noexcept : at_(at) {}
  std::uint32_t read_u32() noexcept {
    std::uint32_t value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string_view read_text() noexcept {
    const std::uint32_t length = read_u32();
    const std::string_view text(at_, length);
    at_ += length;
    return text;
  }
  ValueView read_element() noexcept;
  const char* at() const noexcept { return at_; }

 private:
  const char* at_;
};

// Range over the elements of an array, or the members of an object, in their order.
template <class Item>
class EncodedRange {
 public:
  class iterator {
   public:
    iterator(const char* at, std::uint32_t left) noexcept : cursor_(at), left_(left) { read(); }
    const Item& operator*() const noexcept { return item_; }
    const Item* operator->() const noexcept { return &item_; }
    iterator& operator++() noexcept {
      --left_;
      read();
      return *this;
    }
    bool operator==(const iterator& other) const noexcept { return left_ == other.left_; }

   private:
    void read() noexcept {
      if (left_ == 0) return;
      if constexpr (std::is_same_v<Item, AttributeView>) item_.key = cursor_.read_text();
      value_of(item_) = cursor_.read_element();
    }
    static ValueView& value_of(AttributeView& item) noexcept { return item.value; }
    static ValueView& value_of(ValueView& item) noexcept { return item; }

    EncodedCursor cursor_;
    std::uint32_t left_;
    Item item_;
  };

  explicit EncodedRange(std::string_view body) noexcept : body_(body) {
    size_ = body.size() < sizeof size_ ? 0 : EncodedCursor(body.data()).read_u32();
  }
  std::uint32_t size() const noexcept { return size_; }
  // An empty body may have no address to count from.
  iterator begin() const noexcept {
    return size_ == 0 ? end() : iterator(body_.data() + sizeof size_, size_);
  }
  iterator end() const noexcept { return iterator(nullptr, 0); }

 private:
  std::string_view body_;
  std::uint32_t size_;
};

class ArrayView : public EncodedRange<ValueView> {
 public:
  using EncodedRange::EncodedRange;
};
class ObjectView : public EncodedRange<AttributeView> {
 public:
  using EncodedRange::EncodedRange;
};

inline ArrayView ValueView::as_array() const noexcept { return ArrayView(text_); }
inline ObjectView ValueView::as_object() const noexcept { return ObjectView(text_); }

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VALUE_VIEW_H_
