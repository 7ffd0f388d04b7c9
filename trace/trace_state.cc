// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_state.h"

#include <algorithm>
#include <utility>

#include "tracebus/trace/header_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Member = TraceState::Member;

// Members larger than this are the first to go (section 3.3.1.5).
constexpr std::size_t kLargeMemberBytes = 128;

constexpr bool is_key_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_key(std::string_view text) noexcept {
  constexpr std::string_view kMarks = "_-*/@";
  if (text.empty() || text.size() > kTraceStateKeyBytesMax || !is_key_start(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_key_start(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) noexcept {
  if (text.empty() || text.size() > kTraceStateValueBytesMax || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::size_t bytes_of(const Member& member) noexcept {
  return member.key.size() + 1 + member.value.size();
}

// With a comma between any two.
std::size_t bytes_of(std::span<const Member> members) noexcept {
  std::size_t bytes = members.empty() ? 0 : members.size() - 1;
  for (const Member& member : members) bytes += bytes_of(member);
  return bytes;
}

auto find_key(std::span<const Member> members, std::string_view key) noexcept {
  return std::find_if(members.begin(), members.end(),
                      [key](const Member& member) { return member.key == key; });
}

// Appends the members of a line. False: one is ill-formed, or they are too many.
bool append_members(std::string_view line, std::size_t& count, std::vector<Member>& members) {
  while (!line.empty()) {
    std::string_view value = trim_whitespace(take_until(',', line));
    if (value.empty()) continue;
    const bool has_value = value.find('=') != std::string_view::npos;
    const std::string_view key = take_until('=', value);
    if (!has_value || !is_key(key) || !is_value(value)) return false;
    ++count;
    if (count > kTraceStateMembersMax) return false;
    if (find_key(members, key) != std::span<const Member>(members).end()) continue;
    members.push_back({std::string(key), std::string(value)});
  }
  return true;
}

// Takes members off the end, those that may go, until the others fit.
template <class MayGo>
void drop_from_end(std::vector<Member>& members, std::size_t bytes_max, const MayGo& may_go) {
  for (std::size_t i = members.size(); i-- > 0 && bytes_of(members) > bytes_max;) {
    if (may_go(members[i])) members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

TraceState::TraceState(std::vector<Member> members) {
  if (members.empty()) return;
  members_ = std::make_shared<const std::vector<Member>>(std::move(members));
}

std::optional<TraceState> TraceState::parse(std::span<const std::string_view> lines) {
  std::size_t count = 0;
  std::vector<Member> members;
  for (const std::string_view line : lines) {
    if (!append_members(line, count, members)) return std::nullopt;
  }
  return TraceState(std::move(members));
}

std::optional<TraceState> TraceState::parse(std::string_view line) {
  return parse(std::span(&line, 1));
}

std::span<const Member> TraceState::members() const noexcept {
  if (members_ == nullptr) return {};
  return *members_;
}

std::optional<std::string_view> TraceState::get(std::string_view key) const noexcept {
  const auto found = find_key(members(), key);
  if (found == members().end()) return std::nullopt;
  return found->value;
}

std::optional<TraceState> TraceState::with(std::string_view key, std::string_view value) const {
  if (!is_key(key) || !is_value(value)) return std::nullopt;
  std::vector<Member> changed = {{std::string(key), std::string(value)}};
  for (const Member& member : members()) {
    if (member.key != key && changed.size() < kTraceStateMembersMax) changed.push_back(member);
  }
  return TraceState(std::move(changed));
}

TraceState TraceState::without(std::string_view key) const {
  if (!get(key)) return *this;
  std::vector<Member> others(members().begin(), members().end());
  std::erase_if(others, [key](const Member& member) { return member.key == key; });
  return TraceState(std::move(others));
}

TraceState TraceState::truncated(std::size_t bytes_max) const {
  if (text_bytes() <= bytes_max) return *this;
  std::vector<Member> kept(members().begin(), members().end());
  drop_from_end(kept, bytes_max,
                [](const Member& member) { return bytes_of(member) > kLargeMemberBytes; });
  drop_from_end(kept, bytes_max, [](const Member&) { return true; });
  return TraceState(std::move(kept));
}

std::size_t TraceState::text_bytes() const noexcept { return bytes_of(members()); }

std::string TraceState::text() const {
  std::string text;
  text.reserve(text_bytes());
  for (const Member& member : members()) {
    if (!text.empty()) text += ',';
    text += member.key;
    text += '=';
    text += member.value;
  }
  return text;
}

bool TraceState::operator==(const TraceState& other) const noexcept {
  return std::equal(members().begin(), members().end(), other.members().begin(),
                    other.members().end());
}

}  // namespace v1
}  // namespace tracebus
