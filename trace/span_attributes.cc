// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_attributes.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "tracebus/core/content.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/value_codec.h"
#include "tracebus/core/value_view.h"
#include "tracebus/trace/percent_text.h"

namespace tracebus {
inline namespace v1 {

void SpanAttributes::set_long_name(std::string_view name) noexcept {
  const std::string_view kept = cut_utf8(name, kNameBytesMax);
  truncated_bytes_ = name.size() - kept.size();
  if (truncated_bytes_ != 0) traits_ |= kLosses;
  char* const place = reserve(kept.size());
  if (place == nullptr) return;
  copy_text(place, kept.data(), kept.size());
  end_name(kept.size());
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
  Item* const item = add_ordinary(key, type);
  if (item == nullptr) [[unlikely]]
    return set_scalar_slowly(key, type, word);
  item->slot = word;
}

void SpanAttributes::set_scalar_slowly(const SpanKey& key, ValueType type,
                                       std::uint64_t word) noexcept {
  if (Item* const item = place_of(key, type); item != nullptr) item->slot = word;
}

void SpanAttributes::set_text(const SpanKey& key, ValueType type, std::string_view text) noexcept {
  if (text.size() > bytes_max_ - used_ || text.size() > kSpanTextBytesMax) [[unlikely]]
    return set_text_slowly(key, type, text);
  Item* const item = add_ordinary(key, type);
  if (item == nullptr) [[unlikely]]
    return set_text_slowly(key, type, text);
  char* const place = bytes_ + used_;
  keep_text(*item, text.size());
  copy_text(place, text.data(), text.size());
}

void SpanAttributes::set_text_slowly(const SpanKey& key, ValueType type,
                                     std::string_view text) noexcept {
  if (Item* const item = place_of(key, type); item != nullptr) store_text(*item, type, text);
}

inline SpanAttributes::Item* SpanAttributes::add_ordinary(const SpanKey& key,
                                                          ValueType type) noexcept {
  const std::uint16_t number = key.ordinary_number();
  Item* const end = end_;
  if (number == 0 || (traits_ & kInlineKeys) != 0 || end == items_end_) [[unlikely]]
    return nullptr;
  for (const Item* item = items_; item != end; ++item) {
    if (item->key() == number) [[unlikely]]
      return nullptr;
  }
  end->descriptor = descriptor_word(number, type);
  end_ = end + 1;
  return end;
}

SpanAttributes::Item* SpanAttributes::place_of(const SpanKey& key, ValueType type) noexcept {
  for (Item* item = items_; item != end_; ++item) {
    if (!has_name(*item, key)) continue;
    drop_value(*item, type);
    return item;
  }
  return add(key, type);
}

// A key may have got its number after it was set here by its text, or the other way round.
bool SpanAttributes::has_name(const Item& item, const SpanKey& key) const noexcept {
  const std::uint16_t number = key.key().number();
  if (item.key() != 0 && number != 0) return item.key() == number;
  return key_of(item) == key.name();
}

// Null if there is no room, or the key is none that a caller may set.
SpanAttributes::Item* SpanAttributes::add(const SpanKey& key, ValueType type) noexcept {
  if ((end_ == items_end_ && !grow_items()) || !admit(*end_, key, type)) return refused();
  end_->slot = 0;
  return end_++;
}

SpanAttributes::Item* SpanAttributes::refused() noexcept {
  ++dropped_;
  traits_ |= kLosses;
  return nullptr;
}

bool SpanAttributes::admit(Item& item, const SpanKey& key, ValueType type) noexcept {
  if (const AttributeKey known = key.key(); known.is_registered()) {
    if (known.is_reserved() || is_span_field(known)) return false;
    if (known.is_content()) traits_ |= kContent;
    item.descriptor = descriptor_word(known.number(), type);
    return true;
  }
  const std::string_view name = key.name();
  if (name.empty() || name.size() > kNameBytesMax) return false;
  char* const place = reserve(name.size());
  if (place == nullptr) return false;
  if (is_content_name(name)) traits_ |= kContent;
  copy_text(place, name.data(), name.size());
  item.descriptor = descriptor_word(0, type, static_cast<std::uint32_t>(name.size()));
  item.key_offset = used_;
  used_ += item.key_length();
  traits_ |= kInlineKeys;
  return true;
}

void SpanAttributes::store_text(Item& item, ValueType type, std::string_view text) noexcept {
  if (text.size() > kSpanTextBytesMax) [[unlikely]] {
    const std::string_view kept = type == ValueType::kString ? cut_utf8(text, kSpanTextBytesMax)
                                                             : text.substr(0, kSpanTextBytesMax);
    truncated_bytes_ += text.size() - kept.size();
    traits_ |= kLosses;
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
  if (holds_content(key_of(item), value)) traits_ |= kContent;
  encode_body(value, place);
  keep_text(item, *body);
}

inline void SpanAttributes::keep_text(Item& item, std::size_t bytes) noexcept {
  item.slot = std::bit_cast<std::uint64_t>(TextRef{used_, static_cast<std::uint32_t>(bytes)});
  used_ += static_cast<std::uint32_t>(bytes);
}

// The key stays, with null for a value.
void SpanAttributes::give_up(Item& item) noexcept {
  ++dropped_;
  traits_ |= kLosses;
  item.descriptor = descriptor_word(item.key(), ValueType::kNull, item.key_length());
  item.slot = 0;
}

// For a value of that type in its place.
void SpanAttributes::drop_value(Item& item, ValueType type) noexcept {
  if (item.has_text()) left_behind_ += item.text().length;
  if (item.has_text() || type >= ValueType::kString) traits_ |= kOutOfOrder;
  item.descriptor = descriptor_word(item.key(), type, item.key_length());
  item.slot = 0;
}

char* SpanAttributes::reserve(std::size_t bytes) noexcept {
  if (bytes > bytes_max_ - used_ && !move_bytes(bytes)) return nullptr;
  return bytes_ + used_;
}

// To where there is room for more, without what nobody refers to any longer.
bool SpanAttributes::move_bytes(std::size_t more) noexcept {
  const std::size_t needed = text_bytes() + more;
  if (needed > kSpanBytesMax) return false;
  const std::size_t room = std::min(std::bit_ceil(2 * needed), 2 * kSpanBytesMax);
  char* const moved = static_cast<char*>(std::malloc(room));
  if (moved == nullptr) return false;
  std::uint32_t at = name_ref().length;
  std::memcpy(moved, bytes_, at);
  for (Item& item : std::span(items_, end_)) {
    if (item.key() == 0) {
      std::memcpy(moved + at, bytes_ + item.key_offset, item.key_length());
      item.key_offset = at;
      at += item.key_length();
    }
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
  left_behind_ = 0;
  return true;
}

bool SpanAttributes::grow_items() noexcept {
  const auto size = static_cast<std::size_t>(end_ - items_);
  if (size >= kSpanAttributesMax) return false;
  const std::size_t room = std::min(2 * size, kSpanAttributesMax);
  Item* const moved = static_cast<Item*>(std::malloc(room * sizeof(Item)));
  if (moved == nullptr) return false;
  std::memcpy(moved, items_, size * sizeof(Item));
  if (items_ != inline_items_) std::free(items_);
  items_ = moved;
  end_ = moved + size;
  items_end_ = moved + room;
  return true;
}

void SpanAttributes::free_heap() noexcept {
  if (items_ != inline_items_) std::free(items_);
  if (bytes_ != inline_bytes_) std::free(bytes_);
}

std::string_view SpanAttributes::key_of(const Item& item) const noexcept {
  if (item.key() != 0) return AttributeKey(item.key()).name();
  return {bytes_ + item.key_offset, item.key_length()};
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
