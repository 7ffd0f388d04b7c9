// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/trace/random_header.h"

#include <utility>
#include <vector>

namespace tracebus::testing {
namespace {

constexpr std::string_view kKeyStart = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kKeyMarks = "abz019_-*/@";
constexpr std::string_view kTokens = "azAZ09!#$%&'*+-.^_`|~";
// What headers are made of, so that damage hits their grammar.
constexpr std::string_view kDamage = ",;=% \t\"\\-0aAzF\x7F\x80\n";

}  // namespace

std::string RandomHeader::text(std::string_view alphabet, std::size_t bytes_max) {
  std::string text(below(bytes_max + 1), '\0');
  for (char& c : text) {
    c = alphabet.empty() ? static_cast<char>(below(256)) : alphabet[below(alphabet.size())];
  }
  return text;
}

std::string RandomHeader::utf8(std::size_t characters_max) {
  constexpr std::string_view kCharacters[] = {"a",
                                              "Z",
                                              "0",
                                              " ",
                                              "%",
                                              "+",
                                              ",",
                                              ";",
                                              "=",
                                              "\"",
                                              "\\",
                                              "\t",
                                              "\n",
                                              std::string_view("\0", 1),
                                              "\x7F",
                                              "\xC3\xB6",
                                              "\xE2\x82\xAC",
                                              "\xEF\xBF\xBD",
                                              "\xF0\x9F\x98\x80"};
  std::string text;
  for (std::size_t i = below(characters_max + 1); i > 0; --i) {
    text += kCharacters[below(std::size(kCharacters))];
  }
  return text;
}

TraceParent RandomHeader::trace_parent() {
  TraceParent parent{.sampled = below(2) == 0, .random = below(2) == 0};
  for (std::uint8_t& byte : parent.trace_id.bytes) byte = static_cast<std::uint8_t>(below(256));
  for (std::uint8_t& byte : parent.span_id.bytes) byte = static_cast<std::uint8_t>(below(256));
  parent.trace_id.bytes[below(16)] |= 1;
  parent.span_id.bytes[below(8)] |= 1;
  return parent;
}

TraceState RandomHeader::trace_state() {
  TraceState state;
  for (std::size_t i = below(kTraceStateMembersMax + 4); i > 0; --i) {
    const std::string key = kKeyStart[below(kKeyStart.size())] + text(kKeyMarks, 255);
    std::string value;
    for (std::size_t size = below(256); size > 0; --size) {
      const char c = static_cast<char>(' ' + below(95));
      value += c == ',' || c == '=' ? '.' : c;
    }
    state = state.with(key, value + "x").value();
  }
  return state;
}

Baggage RandomHeader::baggage() {
  Baggage baggage;
  for (std::size_t i = below(kBaggageMembersMax + 4); i > 0; --i) {
    std::vector<BaggageProperty> properties(below(4));
    for (BaggageProperty& property : properties) {
      property.key = "p" + text(kTokens, 3);
      if (below(2) == 0) property.value = utf8(5);
    }
    const auto more = baggage.with("k" + text(kTokens, 5), utf8(30), properties);
    if (more) baggage = *more;
  }
  return baggage;
}

std::string RandomHeader::damaged(std::string text) {
  for (std::size_t i = 1 + below(4); i > 0; --i) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t size = below(8);
    switch (below(4)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.insert(at, 1, kDamage[below(kDamage.size())]);
        break;
      case 2:
        text.erase(at, size);
        break;
      default:
        text.insert(below(text.size() + 1), text.substr(at, size));
    }
  }
  return text;
}

}  // namespace tracebus::testing
