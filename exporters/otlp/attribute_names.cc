// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/attribute_names.h"

#include <algorithm>
#include <utility>

#include "tracebus/exporters/otlp/any_value.h"

namespace tracebus {
inline namespace v1 {

AttributeNames::AttributeNames(Profile profile) : profile_(profile) {
  for (const AttributeDescriptor& field : kFirstSpanFields) {
    tells_first_fields_ |= of(AttributeKey(field.key)).is_told(true);
  }
}

AttributeNames::Name* AttributeNames::find(std::string_view name) noexcept {
  const auto found = by_text_.find(name);
  return found == by_text_.end() ? nullptr : found->second;
}

AttributeNames::Name& AttributeNames::named(std::string_view name) {
  Name*& entry = by_text_[std::string(name)];
  if (entry == nullptr) {
    entry = &names_.emplace_back();
    std::string field(1 + kVarintBytesMax + utf8_bytes(name), '\0');
    const char* const end = write_utf8_field(field.data(), kKeyTag, name);
    field.resize(static_cast<std::size_t>(end - field.data()));
    if (field.size() <= KeyField::kRoom) {
      entry->small.bytes = static_cast<std::uint8_t>(field.size());
      field.copy(entry->small.text, field.size());
    }
    entry->field = std::move(field);
    entry->text_bytes = utf8_bytes(name);
  }
  return *entry;
}

bool AttributeNames::use_inline(std::string_view told) {
  if (Name* const name = find(told)) return use(*name);
  if (std::ranges::find(inline_keys_, told) != inline_keys_.end()) return false;
  inline_keys_.push_back(told);
  return inline_keys_.size() <= kInlineKeysCompared;
}

std::vector<ToldAttribute> AttributeNames::told_once(const RecordLayout& record, bool with_content,
                                                     std::uint64_t& dropped) {
  std::vector<ToldAttribute> attributes;
  const bool hides = hides_by_text(record, with_content);
  record.each_attribute([&](const RecordAttribute& attribute) {
    if (hides && record.is_content(attribute)) return;
    const bool is_registered = attribute.key.is_registered();
    if (is_registered && !of(attribute.key).is_told(with_content)) return;
    const std::string_view key = is_registered ? attribute.key.name() : attribute.inline_key;
    attributes.push_back({attribute, key, told(key)});
  });
  dropped += make_names_unique(attributes);
  begin_span();
  for (const ToldAttribute& each : attributes) {
    if (Name* const name = find(each.told)) use(*name);
  }
  return attributes;
}

// The class of a key is decided before its first event (core/attribute_key.h).
const AttributeNames::Key& AttributeNames::enter(AttributeKey key) {
  if (keys_.size() <= key.number()) keys_.resize(key.number() + std::size_t{1});
  Key& entry = keys_[key.number()];
  entry.name = &named(told(key.name()));
  const bool silent_field = is_span_field(key) && key != kSpanTruncatedBytes &&
                            attribute_name(profile_, key.name()).empty();
  if (key.is_reserved() || silent_field) {
    entry.telling = Telling::kNever;
  } else {
    entry.telling = key.is_content() ? Telling::kWithContent : Telling::kAlways;
  }
  return entry;
}

}  // namespace v1
}  // namespace tracebus
