// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/baggage.h"

#include <algorithm>
#include <utility>

#include "tracebus/trace/header_text.h"
#include "tracebus/trace/percent_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A key, and what stands behind its equals sign: a member without its properties, or a property.
struct Part {
  std::string_view key;
  std::optional<std::string_view> value;

  // In bytes, without the whitespace that may stand in it.
  std::size_t size() const noexcept { return key.size() + (value ? 1 + value->size() : 0); }
};

// baggage-octet (section 3.3.1): printable ASCII without space, quote, comma, semicolon, backslash.
constexpr bool is_baggage_octet(char c) noexcept {
  return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
}

// None if ill-formed.
std::optional<Part> parse_part(std::string_view text) noexcept {
  const bool has_value = text.find('=') != std::string_view::npos;
  Part part;
  part.key = trim_whitespace(take_until('=', text));
  if (!is_token(part.key)) return std::nullopt;
  if (!has_value) return part;
  part.value = trim_whitespace(text);
  if (!std::all_of(part.value->begin(), part.value->end(), is_baggage_octet)) return std::nullopt;
  return part;
}

// Calls take(part) with each property. False: one is ill-formed. Empty ones are left out: a
// semicolon at the end is no reason to lose a member.
template <class Take>
bool for_each_property(std::string_view properties, const Take& take) {
  while (!properties.empty()) {
    const std::string_view piece = trim_whitespace(take_until(';', properties));
    if (piece.empty()) continue;
    const std::optional<Part> property = parse_part(piece);
    if (!property) return false;
    take(*property);
  }
  return true;
}

// A member of a header, checked, before anything is allocated for it.
struct CheckedMember {
  Part part;
  std::string_view properties;
  std::size_t size = 0;  // of its text, in bytes
};

std::optional<CheckedMember> check_member(std::string_view piece) noexcept {
  CheckedMember member;
  const std::optional<Part> part = parse_part(take_until(';', piece));
  if (!part || !part->value) return std::nullopt;
  member.part = *part;
  member.properties = piece;
  member.size = part->size();
  const auto add_size = [&member](const Part& property) { member.size += 1 + property.size(); };
  if (!for_each_property(piece, add_size)) return std::nullopt;
  return member;
}

void append_part(std::string& out, const Part& part) {
  out += part.key;
  if (!part.value) return;
  out += '=';
  out += *part.value;
}

BaggageMember member_of(const CheckedMember& checked) {
  BaggageMember member{.key = std::string(checked.part.key),
                       .value = percent_decoded(*checked.part.value),
                       .text = {}};
  member.text.reserve(checked.size);
  append_part(member.text, checked.part);
  for_each_property(checked.properties, [&member](const Part& property) {
    member.text += ';';
    append_part(member.text, property);
  });
  return member;
}

// None if a key is no token.
std::optional<BaggageMember> make_member(std::string_view key, std::string_view value,
                                         std::span<const BaggageProperty> properties) {
  if (!is_token(key)) return std::nullopt;
  std::string text(key);
  text += '=';
  append_percent_encoded(text, value);
  for (const BaggageProperty& property : properties) {
    if (!is_token(property.key)) return std::nullopt;
    text += ';';
    text += property.key;
    if (!property.value) continue;
    text += '=';
    append_percent_encoded(text, *property.value);
  }
  const std::optional<CheckedMember> checked = check_member(text);
  return checked ? std::optional(member_of(*checked)) : std::nullopt;
}

auto find_key(std::span<const BaggageMember> members, std::string_view key) noexcept {
  return std::find_if(members.begin(), members.end(),
                      [key](const BaggageMember& member) { return member.key == key; });
}

}  // namespace

std::vector<BaggageProperty> BaggageMember::properties() const {
  std::string_view rest = text;
  take_until(';', rest);
  std::vector<BaggageProperty> found;
  for_each_property(rest, [&found](const Part& property) {
    BaggageProperty read{.key = std::string(property.key), .value = std::nullopt};
    if (property.value) read.value = percent_decoded(*property.value);
    found.push_back(std::move(read));
  });
  return found;
}

// A list in the making. Holds: at most kBaggageMembersMax members of different keys, whose text
// takes at most kBaggageBytesMax bytes.
class Baggage::Builder {
 public:
  explicit Builder(std::span<const Member> members = {})
      : members_(members.begin(), members.end()) {
    for (const Member& member : members_) bytes_ += member.text.size() + 1;
  }

  // Whether there is room for a member of that key.
  bool has_room(std::string_view key, std::size_t size) const noexcept {
    const auto same = find_key(members_, key);
    const bool replaces = same != std::span<const Member>(members_).end();
    if (!replaces && members_.size() == kBaggageMembersMax) return false;
    const std::size_t bytes = bytes_ - (replaces ? same->text.size() + 1 : 0);
    return bytes + size <= kBaggageBytesMax;
  }

  // REQUIRES: has_room for it.
  void put(Member member) {
    const auto same = std::find_if(members_.begin(), members_.end(),
                                   [&](const Member& other) { return other.key == member.key; });
    bytes_ += member.text.size() + 1;
    if (same == members_.end()) {
      members_.push_back(std::move(member));
      return;
    }
    bytes_ -= same->text.size() + 1;
    *same = std::move(member);
  }

  Baggage build() { return Baggage(std::move(members_)); }

 private:
  std::vector<Member> members_;
  std::size_t bytes_ = 0;  // of their text, each with a comma behind it
};

Baggage::Baggage(std::vector<Member> members) {
  if (members.empty()) return;
  members_ = std::make_shared<const std::vector<Member>>(std::move(members));
}

ParsedBaggage Baggage::parse(std::span<const std::string_view> lines) {
  Builder builder;
  std::size_t dropped = 0;
  for (std::string_view line : lines) {
    while (!line.empty()) {
      const std::string_view piece = trim_whitespace(take_until(',', line));
      if (piece.empty()) continue;
      const std::optional<CheckedMember> member = check_member(piece);
      if (!member || !builder.has_room(member->part.key, member->size)) {
        ++dropped;
        continue;
      }
      builder.put(member_of(*member));
    }
  }
  return {.baggage = builder.build(), .dropped_members = dropped};
}

ParsedBaggage Baggage::parse(std::string_view line) { return parse(std::span(&line, 1)); }

std::span<const Baggage::Member> Baggage::members() const noexcept {
  if (members_ == nullptr) return {};
  return *members_;
}

std::optional<std::string_view> Baggage::get(std::string_view key) const noexcept {
  const auto found = find_key(members(), key);
  if (found == members().end()) return std::nullopt;
  return found->value;
}

std::optional<Baggage> Baggage::with(std::string_view key, std::string_view value,
                                     std::span<const Property> properties) const {
  std::optional<Member> member = make_member(key, value, properties);
  Builder builder(members());
  if (!member || !builder.has_room(key, member->text.size())) return std::nullopt;
  builder.put(*std::move(member));
  return builder.build();
}

Baggage Baggage::without(std::string_view key) const {
  if (!get(key)) return *this;
  std::vector<Member> others(members().begin(), members().end());
  std::erase_if(others, [key](const Member& member) { return member.key == key; });
  return Baggage(std::move(others));
}

ParsedBaggage Baggage::joined(const Baggage& other) const {
  Builder builder(members());
  std::size_t dropped = 0;
  for (const Member& member : other.members()) {
    if (get(member.key)) continue;
    if (builder.has_room(member.key, member.text.size())) {
      builder.put(member);
    } else {
      ++dropped;
    }
  }
  return {.baggage = builder.build(), .dropped_members = dropped};
}

std::size_t Baggage::text_bytes() const noexcept {
  std::size_t bytes = empty() ? 0 : members().size() - 1;
  for (const Member& member : members()) bytes += member.text.size();
  return bytes;
}

std::string Baggage::text() const {
  std::string text;
  text.reserve(text_bytes());
  for (const Member& member : members()) {
    if (!text.empty()) text += ',';
    text += member.text;
  }
  return text;
}

bool Baggage::operator==(const Baggage& other) const {
  return std::equal(members().begin(), members().end(), other.members().begin(),
                    other.members().end());
}

}  // namespace v1
}  // namespace tracebus
