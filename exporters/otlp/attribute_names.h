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
#include "tracebus/exporters/otlp/small_attribute.h"

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

  explicit AttributeNames(Profile profile) : profile_(profile) {}

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
  std::uint64_t span_ = 0;
  std::vector<Key> keys_;  // by number
  std::deque<Name> names_;
  std::unordered_map<std::string, Name*, TextHash, std::equal_to<>> by_text_;
  std::vector<std::string_view> inline_keys_;  // of this span, without an entry
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_ATTRIBUTE_NAMES_H_
