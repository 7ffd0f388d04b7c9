// SPDX-License-Identifier: Apache-2.0
//
// SpanAttributes: what an open span keeps, encoded so that its records are copies of it.
//
// Thread safety: none.
//
// Invariants
//  1. There are at most kSpanAttributesMax attributes, each key once, with at most kSpanBytesMax of
//     text; what does not fit is counted in dropped() or truncated_bytes().
//  2. No heap for up to kInlineItems attributes with up to kInlineBytes of text, the name included.
//     Without memory for more, what would need it is dropped.
#ifndef TRACEBUS_TRACE_SPAN_ATTRIBUTES_H_
#define TRACEBUS_TRACE_SPAN_ATTRIBUTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tracebus/core/copy_text.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/span_attribute.h"

namespace tracebus {
inline namespace v1 {

class SpanAttributes {
 public:
  static constexpr std::size_t kInlineItems = 8;
  static constexpr std::size_t kInlineBytes = 192;

  // One attribute. Its texts are ranges of bytes().
  struct Item {
    std::uint64_t descriptor;  // an AttributeDescriptor, written and copied in one piece
    std::uint64_t slot;  // the value, or the TextRef of a text, bytes or a nested value's body
    std::uint32_t key_offset;  // of an inline key alone; else not initialised

    std::uint16_t key() const noexcept { return static_cast<std::uint16_t>(descriptor); }
    ValueType type() const noexcept { return static_cast<ValueType>(descriptor >> 16 & 0xff); }
    std::uint32_t key_length() const noexcept {
      return static_cast<std::uint32_t>(descriptor >> 32);
    }
    bool has_text() const noexcept { return type() >= ValueType::kString; }
    TextRef text() const noexcept { return std::bit_cast<TextRef>(slot); }
  };

  explicit SpanAttributes(std::string_view name) noexcept {
    if (name.size() > kInlineBytes) [[unlikely]] {
      set_long_name(name);
      return;
    }
    copy_text(inline_bytes_, name.data(), name.size());
    end_name(name.size());
  }
  SpanAttributes(const SpanAttributes&) = delete;
  SpanAttributes& operator=(const SpanAttributes&) = delete;
  ~SpanAttributes() {
    if (items_ != inline_items_ || bytes_ != inline_bytes_) [[unlikely]]
      free_heap();
  }

  // Replaces the value of a key that is there. Refuses the names that spans use themselves.
  void set(const SpanKey& key, const Value& value) noexcept;
  // The same for values of which the compiler knows the type: scalars, and text or bytes.
  void set_scalar(const SpanKey& key, ValueType type, std::uint64_t word) noexcept;
  void set_text(const SpanKey& key, ValueType type, std::string_view text) noexcept;

  std::string_view name() const noexcept { return {bytes_, name_ref().length}; }  // of the span
  TextRef name_ref() const noexcept { return std::bit_cast<TextRef>(name_slot_); }
  std::span<const Item> items() const noexcept { return {items_, end_}; }
  const char* bytes() const noexcept { return bytes_; }
  std::string_view key_of(const Item& item) const noexcept;
  std::string_view text_of(const Item& item) const noexcept {
    return {bytes_ + item.text().offset, item.text().length};
  }
  Value value_of(const Item& item) const;  // texts are borrowed

  // Of the name and all inline keys and values, as records take them.
  std::size_t text_bytes() const noexcept { return used_ - left_behind_; }
  // Whether bytes() is the name and then the texts of the values in their order, without a gap.
  bool is_flat() const noexcept { return (traits_ & (kInlineKeys | kOutOfOrder)) == 0; }
  // Neither content nor losses.
  bool is_plain() const noexcept { return (traits_ & (kContent | kLosses)) == 0; }
  std::uint32_t dropped() const noexcept { return dropped_; }
  std::uint64_t truncated_bytes() const noexcept { return truncated_bytes_; }

 private:
  enum Trait : std::uint8_t { kContent = 1, kLosses = 2, kInlineKeys = 4, kOutOfOrder = 8 };

  [[gnu::noinline, gnu::cold]] void set_long_name(std::string_view name) noexcept;
  void end_name(std::size_t bytes) noexcept {
    used_ = static_cast<std::uint32_t>(bytes);
    name_slot_ = std::bit_cast<std::uint64_t>(TextRef{0, used_});
  }
  // The place of an ordinary key that is new and has room; else null: place_of knows what to do.
  Item* add_ordinary(const SpanKey& key, ValueType type) noexcept;
  // The place of a key for a value of that type, which is to be stored; null if there is none.
  Item* place_of(const SpanKey& key, ValueType type) noexcept;
  bool has_name(const Item& item, const SpanKey& key) const noexcept;
  Item* add(const SpanKey& key, ValueType type) noexcept;
  Item* refused() noexcept;
  bool admit(Item& item, const SpanKey& key, ValueType type) noexcept;
  [[gnu::noinline, gnu::cold]] void set_scalar_slowly(const SpanKey& key, ValueType type,
                                                      std::uint64_t word) noexcept;
  [[gnu::noinline, gnu::cold]] void set_text_slowly(const SpanKey& key, ValueType type,
                                                    std::string_view text) noexcept;
  // REQUIRES: the item has no text.
  void store_text(Item& item, ValueType type, std::string_view text) noexcept;
  [[gnu::noinline, gnu::cold]] void store_nested(Item& item, const Value& value) noexcept;
  void keep_text(Item& item, std::size_t bytes) noexcept;
  void give_up(Item& item) noexcept;
  void drop_value(Item& item, ValueType type) noexcept;
  // Room for more bytes behind the texts, or null.
  char* reserve(std::size_t bytes) noexcept;
  bool move_bytes(std::size_t more) noexcept;
  bool grow_items() noexcept;
  [[gnu::noinline, gnu::cold]] void free_heap() noexcept;

  Item* items_ = inline_items_;
  Item* end_ = inline_items_;                       // of those in use
  Item* items_end_ = inline_items_ + kInlineItems;  // of the room for them
  char* bytes_ = inline_bytes_;
  std::uint32_t used_ = 0;  // of bytes_, with what replaced values left behind
  std::uint32_t bytes_max_ = kInlineBytes;
  std::uint32_t left_behind_ = 0;
  std::uint64_t name_slot_ = 0;  // a TextRef in one piece, as an Item's slot
  std::uint64_t truncated_bytes_ = 0;
  std::uint32_t dropped_ = 0;
  std::uint8_t traits_ = 0;
  Item inline_items_[kInlineItems];  // not initialised
  char inline_bytes_[kInlineBytes];
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_ATTRIBUTES_H_
