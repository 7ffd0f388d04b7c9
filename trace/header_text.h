// SPDX-License-Identifier: Apache-2.0
//
// The smallest parts of header values: RFC 7230's optional whitespace, tokens, lists and names.
// Every function is linear in what it reads, and allocates nothing.
#ifndef TRACEBUS_TRACE_HEADER_TEXT_H_
#define TRACEBUS_TRACE_HEADER_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Without the spaces and tabs (OWS, section 3.2.3) around it.
constexpr std::string_view trim_whitespace(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes what stands before the first separator off rest, and the separator.
constexpr std::string_view take_until(char separator, std::string_view& rest) noexcept {
  const std::size_t at = rest.find(separator);
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return piece;
}

constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// As names of header fields are compared (section 3.2).
constexpr bool same_header_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lower_case(x) == lower_case(y);
         });
}

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether text is a token (section 3.2.6): at least one letter, digit or mark.
constexpr bool is_token(std::string_view text) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_HEADER_TEXT_H_
