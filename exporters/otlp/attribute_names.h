// SPDX-License-Identifier: Apache-2.0
//
// AttributeNames: what attributes are called in one profile, with each name encoded once, and which
// names one span has used already.
//
// Names of an OTLP span are unique (opentelemetry-specification, common/README.md, "Attribute
// Collections"), and a profile may call two attributes the same. So each name has a number here,
// and a span marks those that it uses.
//
// Thread safety: one thread at a time. Memory is bounded by the registry of keys.
#ifndef TRACEBUS_EXPORTERS_OTLP_ATTRIBUTE_NAMES_H_
#define TRACEBUS_EXPORTERS_OTLP_ATTRIBUTE_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/profile.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/exporters/ended_span.h"
#include "tracebus/exporters/otlp/small_attribute.h"
#include "tracebus/exporters/otlp/unique_names.h"

namespace tracebus {
inline namespace v1 {

class AttributeNames {
 public:
  struct Name {
    KeyField small;             // KeyValue.key, with its tag and length
    std::uint64_t used_by = 0;  // the span that used it last
    std::string field;          // as small, however long
    std::size_t text_bytes = 0;

    // The name alone, as UTF-8.
    std::string_view text() const noexcept {
      return std::string_view(field).substr(field.size() - text_bytes);
    }
  };
  // What is told of the attributes with a key.
  enum class Telling : std::uint8_t { kUnseen, kAlways, kWithContent, kNever };
  struct Key {
    Name* name = nullptr;
    Telling telling = Telling::kUnseen;

    // Of a key that was entered.
    bool is_told(bool with_content) const noexcept {
      return telling == Telling::kAlways || (with_content && telling == Telling::kWithContent);
    }
  };

  explicit AttributeNames(Profile profile);

  // A registered key, with what the profile calls it, which is its own name where it has no other.
  // Fields of a span (core/span_kind.h) are told where the profile has a word for them.
  const Key& of(AttributeKey key) {
    const std::size_t number = key.number();
    if (number < keys_.size() && keys_[number].telling != Telling::kUnseen) [[likely]]
      return keys_[number];
    return enter(key);
  }
  // The name as it is, in no profile; null if it has not been entered.
  Name* find(std::string_view name) noexcept;
  // The same, entered if need be: for names that the code chooses.
  Name& named(std::string_view name);
  // What the profile calls key, or key itself.
  std::string_view told(std::string_view key) const noexcept {
    const std::string_view name = attribute_name(profile_, key);
    return name.empty() ? key : name;
  }

  // From here on, no name is used.
  void begin_span() noexcept {
    ++span_;
    inline_keys_.clear();
  }
  // Whether the span had not used the name before.
  bool use(Name& name) const noexcept {
    const bool is_first = name.used_by != span_;
    name.used_by = span_;
    return is_first;
  }
  // The same of a key without a number, which may have no entry here. Of more than
  // kInlineKeysCompared none counts as unused.
  bool use_inline(std::string_view told);

  // Begins a span, and calls write(attribute, told, name) for each of its attributes that is to be
  // told; name is null for a key without a number. Fields of the span go into fields. Whether all
  // of them have different names: if not, what was written does not count, but told_once.
  template <class Write>
  bool each_told(const RecordLayout& record, bool with_content, EndedSpan& fields, Write write);
  // The attributes with names of which each is used once (unique_names.h), and is used from here
  // on; how many were left out is added to dropped.
  std::vector<ToldAttribute> told_once(const RecordLayout& record, bool with_content,
                                       std::uint64_t& dropped);
  // Whether what each span of ours says first is an attribute, too.
  bool tells_first_fields() const noexcept { return tells_first_fields_; }

  // Whether there may be content to hide that no key's class tells of.
  static bool hides_by_text(const RecordLayout& record, bool with_content) noexcept {
    return !with_content && (record.header.flags & kHasContent) != 0;
  }

 private:
  static constexpr std::size_t kInlineKeysCompared = 16;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  const Key& enter(AttributeKey key);

  const Profile profile_;
  bool tells_first_fields_ = false;
  std::uint64_t span_ = 0;
  std::vector<Key> keys_;  // by number
  std::deque<Name> names_;
  std::unordered_map<std::string, Name*, TextHash, std::equal_to<>> by_text_;
  std::vector<std::string_view> inline_keys_;  // of this span, without an entry
};

template <class Write>
bool AttributeNames::each_told(const RecordLayout& record, bool with_content, EndedSpan& fields,
                               Write write) {
  begin_span();
  bool clash = false;
  const bool hides = hides_by_text(record, with_content);
  const auto visit = [&](const RecordAttribute& attribute) {
    if (hides && record.is_content(attribute)) return;
    if (!attribute.key.is_registered()) [[unlikely]] {
      const std::string_view told_name = told(attribute.inline_key);
      clash |= !use_inline(told_name);
      write(attribute, told_name, static_cast<Name*>(nullptr));
      return;
    }
    const Key& key = of(attribute.key);
    if (!key.is_told(with_content)) return fields.take(record, attribute);
    clash |= !use(*key.name);
    write(attribute, key.name->text(), key.name);
  };
  if (fields.first != 0 && !tells_first_fields_) {
    record.each_described(fields.first, visit);
  } else {
    record.each_attribute(visit);
  }
  return !clash;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_ATTRIBUTE_NAMES_H_
