// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/replay_difference.h"

#include <algorithm>
#include <string_view>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kMessageBytes = 16;  // what a role counts, and a message of one side only
constexpr std::size_t kBeforeBytes = 12;   // of the excerpts
constexpr std::size_t kAfterBytes = 36;

std::size_t common_front(std::string_view a, std::string_view b) noexcept {
  const auto parted = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(parted.in1 - a.begin());
}

std::size_t text_distance(std::string_view a, std::string_view b) noexcept {
  const std::size_t front = common_front(a, b);
  a.remove_prefix(front);
  b.remove_prefix(front);
  std::size_t back = 0;
  while (back < std::min(a.size(), b.size()) && a[a.size() - 1 - back] == b[b.size() - 1 - back]) {
    ++back;
  }
  return std::max(a.size(), b.size()) - back;
}

bool is_inside_character(std::string_view text, std::size_t at) noexcept {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

void append_excerpt(std::string& out, std::string_view text, std::size_t at) {
  std::size_t begin = at < kBeforeBytes ? 0 : at - kBeforeBytes;
  while (begin > 0 && is_inside_character(text, begin)) --begin;
  std::size_t end = std::min(text.size(), at + kAfterBytes);
  while (is_inside_character(text, end)) ++end;
  if (begin > 0) out += "...";
  append_visible_quoted(out, text.substr(begin, end - begin), '"');
  if (end < text.size()) out += "...";
}

std::size_t size_of(const RecordedMessage& message) noexcept {
  return kMessageBytes + message.content.size();
}

std::string visible(std::string_view text) {
  std::string safe;
  append_visible(safe, text.substr(0, kAfterBytes));
  return safe;
}

std::string describe(const RecordedMessage& recorded, const RecordedMessage& asked) {
  if (recorded.role != asked.role) {
    return "has role '" + visible(recorded.role) + "' in the recording, asked as '" +
           visible(asked.role) + "'";
  }
  if (recorded.content == asked.content) return "has another name";
  const std::size_t at = common_front(recorded.content, asked.content);
  std::string text =
      "(" + visible(asked.role) + ") differs from byte " + std::to_string(at) + " on: recorded ";
  append_excerpt(text, recorded.content, at);
  append_excerpt(text += ", asked ", asked.content, at);
  return text;
}

}  // namespace

RequestDifference difference_of(std::span<const RecordedMessage> recorded,
                                std::span<const RecordedMessage> asked) {
  RequestDifference difference;
  const std::size_t common = std::min(recorded.size(), asked.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (recorded[i] == asked[i]) continue;
    if (difference.text.empty()) {
      difference.text = "message " + std::to_string(i + 1) + " " + describe(recorded[i], asked[i]);
    }
    difference.distance += 1 + text_distance(recorded[i].content, asked[i].content);
    if (recorded[i].role != asked[i].role) difference.distance += kMessageBytes;
  }
  const bool asked_more = asked.size() > common;
  for (const RecordedMessage& message : (asked_more ? asked : recorded).subspan(common)) {
    difference.distance += size_of(message);
  }
  if (difference.text.empty() && recorded.size() != asked.size()) {
    difference.text = "it has " + std::to_string(recorded.size()) + " messages, asked were " +
                      std::to_string(asked.size());
  }
  if (difference.text.empty()) difference.text = "the same request";
  return difference;
}

}  // namespace v1
}  // namespace tracebus
