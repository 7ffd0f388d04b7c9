// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_attributes.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "tracebus/core/content.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/core/value_codec.h"
#include "tracebus/core/value_view.h"
#include "tracebus/trace/percent_text.h"

namespace tracebus {
inline namespace v1 {

void SpanAttributes::set_name(std::string_view name) noexcept {
  const std::string_view kept = name.size() <= kNameBytesMax ? name : cut_utf8(name, kNameBytesMax);
  truncated_bytes_ = name.size() - kept.size();
  char* const place = reserve(kept.size());
  if (place == nullptr) return;
  copy_text(place, kept.data(), kept.size());
  used_ = name_bytes_ = static_cast<std::uint32_t>(kept.size());
}

void SpanAttributes::set(const SpanKey& key, const Value& value) noexcept {
  if (value.is_scalar()) return set_scalar(key, value.type(), value.scalar_word());
  if (value.type() == ValueType::kString) return set_text(key, value.type(), value.as_string());
  if (value.type() == ValueType::kBytes) {
    const auto* const bytes = reinterpret_cast<const char*>(value.as_bytes().data());
    return set_text(key, value.type(), {bytes, value.as_bytes().size()});
  }
  if (Item* const item = place_of(key, value.type()); item != nullptr) store_nested(*item, value);
}

void SpanAttributes::set_scalar(const SpanKey& key, ValueType type, std::uint64_t word) noexcept {
  Item* const item = place_of(key, type);
  if (item == nullptr) [[unlikely]]
    return;
  item->slot = word;
}

void SpanAttributes::set_text(const SpanKey& key, ValueType type, std::string_view text) noexcept {
  Item* const item = place_of(key, type);
  if (item == nullptr) [[unlikely]]
    return;
  store_text(*item, type, text);
}

inline SpanAttributes::Item* SpanAttributes::place_of(const SpanKey& key, ValueType type) noexcept {
  const bool by_name = has_inline_keys_ || key.number == 0;
  for (Item *item = items_, *const end = items_ + size_; item != end; ++item) {
    if (by_name ? !has_name(*item, key) : item->descriptor.key != key.number) continue;
    drop_value(*item, type);
    return item;
  }
  return add(key, type);
}

// A key may have got its number after it was set here by its text, or the other way round.
bool SpanAttributes::has_name(const Item& item, const SpanKey& key) const noexcept {
  if (item.descriptor.key != 0 && key.number != 0) return item.descriptor.key == key.number;
  return key_of(item) == key.name;
}

// Null if there is no room, or the key is none that a caller may set.
inline SpanAttributes::Item* SpanAttributes::add(const SpanKey& key, ValueType type) noexcept {
  if (size_ == items_max_ && !grow_items()) [[unlikely]]
    return refused();
  Item& item = items_[size_];
  item.descriptor = {key.number, static_cast<std::uint8_t>(type), 0, 0};
  item.slot = 0;
  item.key_offset = 0;
  if (!key.ordinary && !admit(item, key)) [[unlikely]]
    return refused();
  ++size_;
  return &item;
}

SpanAttributes::Item* SpanAttributes::refused() noexcept {
  ++dropped_;
  return nullptr;
}

bool SpanAttributes::admit(Item& item, const SpanKey& key) noexcept {
  if (key.number != 0) {
    if (key.key().is_reserved() || is_span_field(key.key())) return false;
    has_content_ = true;
    return true;
  }
  const std::string_view name = key.name;
  if (name.empty() || name.size() > kNameBytesMax) return false;
  char* const place = reserve(name.size());
  if (place == nullptr) return false;
  has_content_ = has_content_ || is_content_name(name);
  copy_text(place, name.data(), name.size());
  item.descriptor.key_length = static_cast<std::uint32_t>(name.size());
  item.key_offset = used_;
  used_ += item.descriptor.key_length;
  text_bytes_ += item.descriptor.key_length;
  has_inline_keys_ = true;
  return true;
}

inline void SpanAttributes::store_text(Item& item, ValueType type, std::string_view text) noexcept {
  if (text.size() > kSpanTextBytesMax) [[unlikely]] {
    const std::string_view kept = type == ValueType::kString ? cut_utf8(text, kSpanTextBytesMax)
                                                             : text.substr(0, kSpanTextBytesMax);
    truncated_bytes_ += text.size() - kept.size();
    text = kept;
  }
  char* const place = reserve(text.size());
  if (place == nullptr) [[unlikely]]
    return give_up(item);
  copy_text(place, text.data(), text.size());
  keep_text(item, text.size());
}

void SpanAttributes::store_nested(Item& item, const Value& value) noexcept {
  const std::optional<std::size_t> body = encoded_body_size(value);
  char* const place = body && *body <= kSpanTextBytesMax ? reserve(*body) : nullptr;
  if (place == nullptr) return give_up(item);
  has_content_ = has_content_ || holds_content(key_of(item), value);
  encode_body(value, place);
  keep_text(item, *body);
}

inline void SpanAttributes::keep_text(Item& item, std::size_t bytes) noexcept {
  item.slot = std::bit_cast<std::uint64_t>(TextRef{used_, static_cast<std::uint32_t>(bytes)});
  used_ += static_cast<std::uint32_t>(bytes);
  text_bytes_ += static_cast<std::uint32_t>(bytes);
}

// The key stays, with null for a value.
void SpanAttributes::give_up(Item& item) noexcept {
  ++dropped_;
  item.descriptor.type = static_cast<std::uint8_t>(ValueType::kNull);
  item.slot = 0;
}

// For a value of that type in its place.
void SpanAttributes::drop_value(Item& item, ValueType type) noexcept {
  if (item.has_text()) text_bytes_ -= item.text().length;
  in_order_ = false;
  item.descriptor.type = static_cast<std::uint8_t>(type);
  item.slot = 0;
}

inline char* SpanAttributes::reserve(std::size_t bytes) noexcept {
  if (bytes > bytes_max_ - used_ && !move_bytes(bytes)) [[unlikely]]
    return nullptr;
  return bytes_ + used_;
}

// To where there is room for more, without what nobody refers to any longer.
bool SpanAttributes::move_bytes(std::size_t more) noexcept {
  const std::size_t needed = std::size_t{name_bytes_} + text_bytes_ + more;
  if (needed > kSpanBytesMax) return false;
  const std::size_t room = std::min(std::bit_ceil(2 * needed), 2 * kSpanBytesMax);
  char* const moved = static_cast<char*>(std::malloc(room));
  if (moved == nullptr) return false;
  std::memcpy(moved, bytes_, name_bytes_);
  std::uint32_t at = name_bytes_;
  for (std::uint32_t i = 0; i < size_; ++i) {
    Item& item = items_[i];
    std::memcpy(moved + at, bytes_ + item.key_offset, item.descriptor.key_length);
    item.key_offset = at;
    at += item.descriptor.key_length;
    if (!item.has_text()) continue;
    const TextRef ref = item.text();
    std::memcpy(moved + at, bytes_ + ref.offset, ref.length);
    item.slot = std::bit_cast<std::uint64_t>(TextRef{at, ref.length});
    at += ref.length;
  }
  if (bytes_ != inline_bytes_) std::free(bytes_);
  bytes_ = moved;
  bytes_max_ = static_cast<std::uint32_t>(room);
  used_ = at;
  return true;
}

bool SpanAttributes::grow_items() noexcept {
  if (size_ >= kSpanAttributesMax) return false;
  const std::size_t room = std::min<std::size_t>(2 * std::size_t{items_max_}, kSpanAttributesMax);
  Item* const moved = static_cast<Item*>(std::malloc(room * sizeof(Item)));
  if (moved == nullptr) return false;
  std::memcpy(moved, items_, size_ * sizeof(Item));
  if (items_ != inline_items_) std::free(items_);
  items_ = moved;
  items_max_ = static_cast<std::uint32_t>(room);
  return true;
}

void SpanAttributes::free_heap() noexcept {
  if (items_ != inline_items_) std::free(items_);
  if (bytes_ != inline_bytes_) std::free(bytes_);
}

std::string_view SpanAttributes::key_of(const Item& item) const noexcept {
  if (item.descriptor.key != 0) return AttributeKey(item.descriptor.key).name();
  return {bytes_ + item.key_offset, item.descriptor.key_length};
}

Value SpanAttributes::value_of(const Item& item) const {
  switch (item.type()) {
    case ValueType::kBool:
      return item.slot != 0;
    case ValueType::kInt64:
      return static_cast<std::int64_t>(item.slot);
    case ValueType::kDouble:
      return std::bit_cast<double>(item.slot);
    case ValueType::kString:
      return text_of(item);
    case ValueType::kBytes:
      return std::as_bytes(std::span(text_of(item)));
    case ValueType::kArray:
    case ValueType::kObject:
      return ValueView::of_text(item.type(), text_of(item)).to_value();
    case ValueType::kNull:
      break;
  }
  return {};
}

}  // namespace v1
}  // namespace tracebus
