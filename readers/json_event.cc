// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_event.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "tracebus/readers/told_time.h"

namespace tracebus {
inline namespace v1 {
namespace {

enum Role : std::uint8_t {
  kTimestampRole,
  kEventTypeRole,
  kAgentRole,
  kPatternRole,
  kPayloadRole,
  kRunIdRole,
  kTraceIdRole,
  kSpanIdRole,
  kParentSpanIdRole,
  kOriginRole,
  kRoles,
};

struct RoleKey {
  std::string_view key;
  Role role;
};

// Our own keys stand in the order in which we write them. Where a line has several keys of one
// role, the first of them in this table has it, and the others are payload.
constexpr RoleKey kRoleKeys[] = {
    {"timestamp", kTimestampRole},
    {"event_type", kEventTypeRole},
    {"agent_name", kAgentRole},
    {"pattern_type", kPatternRole},
    {"payload", kPayloadRole},
    {"run_id", kRunIdRole},
    {"trace_id", kTraceIdRole},
    {"span_id", kSpanIdRole},
    {"parent_span_id", kParentSpanIdRole},
    {"origin", kOriginRole},
    {"type", kEventTypeRole},
    {"event", kEventTypeRole},
    {"agent", kAgentRole},
    {"pattern", kPatternRole},
    {"ts", kTimestampRole},
    {"time", kTimestampRole},
    {"runId", kRunIdRole},
    {"traceId", kTraceIdRole},
    {"spanId", kSpanIdRole},
    {"parent_id", kParentSpanIdRole},
    {"parentSpanId", kParentSpanIdRole},
    {"parentId", kParentSpanIdRole},
};
constexpr std::size_t kRoleKeyCount = std::size(kRoleKeys);

// By length, which letters such keys begin with, a bit each: most other keys are told apart by it.
constexpr std::size_t kRoleKeyLongest = 14;
constexpr auto kFirstLetters = [] {
  std::array<std::uint32_t, kRoleKeyLongest + 1> letters{};
  for (const RoleKey& each : kRoleKeys) letters[each.key.size()] |= 1u << (each.key[0] & 31);
  return letters;
}();
constexpr bool may_be_role_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > kRoleKeyLongest) return false;
  return (kFirstLetters[key.size()] >> (key[0] & 31) & 1) != 0;
}

// Looks up keys in kRoleKeys. Each search begins behind the last hit, because the members of a line
// tend to come in the order of the table.
class RoleKeySearch {
 public:
  // The index of key, or kRoleKeyCount.
  std::size_t find(std::string_view key) noexcept {
    if (!may_be_role_key(key)) return kRoleKeyCount;
    for (std::size_t tried = 0; tried < kRoleKeyCount; ++tried) {
      const std::size_t index = (first_ + tried) % kRoleKeyCount;
      if (kRoleKeys[index].key != key) continue;
      first_ = index + 1;
      return index;
    }
    return kRoleKeyCount;
  }

 private:
  std::size_t first_ = 0;
};

bool is_number(const JsonMember& member) noexcept { return !member.number.empty(); }
bool is_integer(const JsonMember& member) noexcept {
  return member.value.type() == ValueType::kInt64;
}
bool is_string(const JsonMember& member) noexcept {
  return member.value.type() == ValueType::kString;
}

// Whether the value of member can play the role. If not, the member is payload.
bool fits(const JsonMember& member, Role role) noexcept {
  switch (role) {
    case kTimestampRole:
      return is_number(member) || is_string(member);
    case kPayloadRole:
      return member.value.type() == ValueType::kObject;
    case kOriginRole:
      return member.origin.has_value();
    case kRunIdRole:
    case kTraceIdRole:
    case kSpanIdRole:
    case kParentSpanIdRole:
      return is_string(member) || is_integer(member);
    default:
      return is_string(member);
  }
}

// Which members play which roles.
class Cast {
 public:
  explicit Cast(std::span<const JsonMember> members) noexcept {
    std::array<const JsonMember*, kRoleKeyCount + 1> last{};
    RoleKeySearch search;
    for (const JsonMember& member : members) last[search.find(member.key)] = &member;
    for (std::size_t i = 0; i < kRoleKeyCount; ++i) {
      const Role role = kRoleKeys[i].role;
      if (players_[role] == nullptr && last[i] != nullptr && fits(*last[i], role)) {
        players_[role] = last[i];
      }
    }
  }

  const JsonMember* operator[](Role role) const noexcept { return players_[role]; }

  // The text of the member in the role; empty if there is none.
  std::string_view text(Role role) const noexcept {
    if (players_[role] == nullptr) return {};
    return is_string(*players_[role]) ? players_[role]->value.as_string() : players_[role]->number;
  }

  // Whether a member of this key plays a role; then all that have it but the last are void.
  bool has(std::size_t role_key) const noexcept {
    if (role_key == kRoleKeyCount) return false;
    const JsonMember* const player = players_[kRoleKeys[role_key].role];
    return player != nullptr && player->key == kRoleKeys[role_key].key;
  }

 private:
  std::array<const JsonMember*, kRoles> players_{};
};

std::optional<Timestamp> time_of(std::string_view text, bool ours) noexcept {
  return ours ? parse_decimal_seconds(text) : told_time(text);
}

// Ours is binary, and written as hex; any other text is foreign. Zeros stand for no id, but not in
// our own lines: ids that are none are left out there, so zeros were somebody's text.
template <class Id>
void set_id(std::string_view text, bool ours, Id& id, std::string_view& foreign) noexcept {
  const std::optional<Id> binary = Id::from_hex(text);
  if (binary && (*binary || !ours)) {
    id = *binary;
  } else {
    foreign = text;
  }
}

// The recorder keeps the pattern of a run in the metadata of its first line.
std::string_view recorded_pattern(std::span<const JsonMember> members) noexcept {
  std::string_view pattern;
  for (const JsonMember& member : members) {
    if (member.key != "metadata" || member.value.type() != ValueType::kObject) continue;
    for (const Attribute& attribute : member.value.as_object()) {
      const bool text = attribute.value.type() == ValueType::kString;
      if (text && attribute.key == "pattern_type") pattern = attribute.value.as_string();
    }
  }
  return pattern;
}

void fill_payload(std::span<const JsonMember> members, const Cast& cast, Payload& payload) {
  RoleKeySearch search;
  for (const JsonMember& member : members) {
    if (!cast.has(search.find(member.key))) {
      payload.add(member.key, member.value);
    } else if (&member == cast[kPayloadRole]) {
      for (const Attribute& attribute : member.value.as_object()) payload.add(attribute);
    }
  }
}

}  // namespace

absl::Status event_of(std::span<const JsonMember> members, TraceEvent& event) {
  event = TraceEvent{};
  const Cast cast(members);
  if (cast[kEventTypeRole] == nullptr) {
    return absl::InvalidArgumentError("not an event: \"event_type\" is missing or no string");
  }
  event.event_type = cast.text(kEventTypeRole);
  event.agent_name = cast.text(kAgentRole);
  event.pattern_type = cast.text(kPatternRole);
  const bool recorder = cast[kPatternRole] == nullptr && event.event_type == "pattern_start";
  if (recorder) event.pattern_type = recorded_pattern(members);

  const JsonMember* const origin = cast[kOriginRole];
  const bool ours = origin != nullptr;
  if (ours) event.origin = origin->origin;
  if (const std::string_view text = cast.text(kTimestampRole); !text.empty()) {
    event.timestamp = time_of(text, ours);
    if (!event.timestamp) {
      return absl::InvalidArgumentError("\"timestamp\" is no time: neither a number nor ISO 8601");
    }
  }
  set_id(cast.text(kRunIdRole), ours, event.ids.run_id, event.foreign_ids.run_id);
  set_id(cast.text(kTraceIdRole), ours, event.ids.trace_id, event.foreign_ids.trace_id);
  set_id(cast.text(kSpanIdRole), ours, event.ids.span_id, event.foreign_ids.span_id);
  set_id(cast.text(kParentSpanIdRole), ours, event.ids.parent_span_id,
         event.foreign_ids.parent_span_id);
  fill_payload(members, cast, event.payload);
  return absl::OkStatus();
}

}  // namespace v1
}  // namespace tracebus
