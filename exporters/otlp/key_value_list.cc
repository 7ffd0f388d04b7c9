// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/key_value_list.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// 16 for what is no digit.
constexpr unsigned hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (text[0] != '%') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 3 || hex_digit(text[1]) > 15 || hex_digit(text[2]) > 15) return std::nullopt;
    out += static_cast<char>(hex_digit(text[1]) << 4 | hex_digit(text[2]));
    text.remove_prefix(3);
  }
  return out;
}

// Why it was left out; nothing if it was not.
std::string_view add_member(std::string_view text, std::vector<KeyValueList::Member>& members) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return "has no '='";
  std::optional<std::string> key = percent_decoded(trimmed(text.substr(0, equals)));
  std::optional<std::string> value = percent_decoded(trimmed(text.substr(equals + 1)));
  if (!key || !value) return "has a '%' without two hexadecimal digits";
  if (key->empty()) return "has no key";
  members.push_back({*std::move(key), *std::move(value)});
  return {};
}

}  // namespace

KeyValueList parse_key_value_list(std::string_view text) {
  KeyValueList list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t comma = text.find(',');
    const std::string_view member = trimmed(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (member.empty()) continue;
    const std::string_view fault = add_member(member, list.members);
    if (fault.empty()) continue;
    list.faults.push_back("member " + std::to_string(number) + " ");
    list.faults.back() += fault;
  }
  return list;
}

}  // namespace v1
}  // namespace tracebus
