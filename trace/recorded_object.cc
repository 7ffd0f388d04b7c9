// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recorded_object.h"

#include <cstdint>
#include <unordered_map>

#include "tracebus/core/value_codec.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Few members are compared with each other: a table of them would cost more.
constexpr std::size_t kFewMembers = 16;

class KeyPlaces {
 public:
  // Where key was kept before; if nowhere, kept itself, and from now on it is there.
  std::size_t find_or_add(const std::vector<Attribute>& members, std::size_t kept,
                          std::string_view key) {
    if (members.size() > kFewMembers) return places_.try_emplace(key, kept).first->second;
    std::size_t place = 0;
    while (place < kept && members[place].key != key) ++place;
    return place;
  }

 private:
  std::unordered_map<std::string_view, std::size_t> places_;
};

void keep_each_key_once(std::vector<Attribute>& members) {
  KeyPlaces places;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::size_t place = places.find_or_add(members, kept, members[i].key);
    if (place < kept) {
      members[place].value = std::move(members[i].value);
    } else {
      if (kept != i) members[kept] = std::move(members[i]);
      ++kept;
    }
  }
  members.resize(kept);
}

}  // namespace

std::optional<RecordedObject> RecordedObject::of(std::vector<Attribute> members) {
  keep_each_key_once(members);
  const Value object = Value::object(std::move(members));
  const std::optional<std::size_t> size = encoded_body_size(object);
  if (!size) return std::nullopt;
  std::string body(*size, '\0');
  encode_body(object, body.data());
  return RecordedObject(std::move(body));
}

std::optional<ValueView> RecordedObject::find(std::string_view key) const noexcept {
  for (const AttributeView& member : view()) {
    if (member.key == key) return member.value;
  }
  return std::nullopt;
}

std::string_view RecordedObject::text(std::string_view key) const noexcept {
  const std::optional<ValueView> value = find(key);
  return value && value->type() == ValueType::kString ? value->as_string() : std::string_view();
}

std::vector<Attribute> RecordedObject::members() const {
  std::vector<Attribute> members;
  members.reserve(view().size());
  for (const AttributeView& member : view()) {
    members.push_back({member.key, member.value.to_value()});
  }
  return members;
}

}  // namespace v1
}  // namespace tracebus
