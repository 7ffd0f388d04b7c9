// SPDX-License-Identifier: Apache-2.0
//
// Of SecretScanner: what is made of digits.
#include <algorithm>
#include <array>

#include "tracebus/core/secret_scanner.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kCardDigitsMin = 13;
constexpr std::size_t kCardDigitsMax = 19;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
int value_of(char digit) noexcept { return digit - '0'; }

// ISO/IEC 7812-1, annex B.
bool has_check_digit(std::string_view digits) noexcept {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i-- != 0; doubled = !doubled) {
    const int value = value_of(digits[i]) * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

// Whether cards that begin so are issued: with these numbers of digits, both ends included.
struct Issuer {
  int first;  // of the first four digits
  int last;
  std::size_t digits_min;
  std::size_t digits_max;
};
constexpr Issuer kIssuers[] = {
    {4000, 4999, 13, 19}, {5100, 5599, 16, 16}, {2221, 2720, 16, 16}, {3400, 3499, 15, 15},
    {3700, 3799, 15, 15}, {6011, 6011, 16, 19}, {6440, 6599, 16, 19}, {3528, 3589, 16, 19},
    {3000, 3059, 14, 19}, {3600, 3699, 14, 19}, {3800, 3999, 16, 19}, {6200, 6299, 16, 19},
    {5000, 5099, 13, 19}, {5600, 5899, 13, 19}, {6304, 6304, 13, 19}, {6759, 6763, 13, 19},
};

int first_four(std::string_view digits) noexcept {
  int number = 0;
  for (const char c : digits.substr(0, 4)) number = 10 * number + value_of(c);
  return number;
}

bool is_issued(std::string_view digits) noexcept {
  const int begin = first_four(digits);
  return std::any_of(std::begin(kIssuers), std::end(kIssuers), [&](const Issuer& issuer) {
    return begin >= issuer.first && begin <= issuer.last && digits.size() >= issuer.digits_min &&
           digits.size() <= issuer.digits_max;
  });
}
bool may_be_issued(std::string_view digits) noexcept {
  const int begin = first_four(digits);
  return std::any_of(std::begin(kIssuers), std::end(kIssuers), [begin](const Issuer& issuer) {
    return begin >= issuer.first && begin <= issuer.last;
  });
}

}  // namespace

// Each rule looks at a fixed number of bytes only, and only where a group of digits begins.
SecretScanner::Match SecretScanner::digits() {
  if (at_ > floor_) {
    const char before = text_[at_ - 1];
    if (before == '_') return std::nullopt;
    const bool fraction = before == '.' && at_ - floor_ >= 2 && is_digit(text_[at_ - 2]);
    if (fraction) return std::nullopt;
  }
  if (Match match = card()) return match;
  if (Match match = social_security()) return match;
  if (Match match = national_phone()) return match;
  return ipv4();
}

// Groups of digits, with one space or dash between two.
SecretScanner::Match SecretScanner::card() {
  if (!wants(RedactionRule::kCard) || !is_digit(at(at_ + 3))) return std::nullopt;
  std::array<char, kCardDigitsMax> digits;
  std::size_t count = 0;
  std::size_t found = 0;
  std::size_t end = at_;
  for (; count < kCardDigitsMax && is_digit(at(end)); ++end) {
    digits[count++] = text_[end];
    if (is_digit(at(end + 1))) continue;
    const std::string_view all(digits.data(), count);
    if (count >= kCardDigitsMin && !is_word(at(end + 1)) && is_issued(all) &&
        has_check_digit(all)) {
      found = end + 1;
    }
    if ((at(end + 1) == ' ' || at(end + 1) == '-') && is_digit(at(end + 2))) ++end;
  }
  steps_ += end - at_;
  const bool begun =
      count >= 8 && count < kCardDigitsMax && is_cut(end) && may_be_issued({digits.data(), count});
  if (found == 0 && begun) found = end;
  if (found == 0) return std::nullopt;
  return SecretMatch{at_, found, RedactionRule::kCard};
}

// Numbers that were never given out are none: area 000, 666 and from 900 on, group 00, serial 0000.
SecretScanner::Match SecretScanner::social_security() {
  if (!wants(RedactionRule::kSsn)) return std::nullopt;
  constexpr std::string_view kShape = "ddd-dd-dddd";
  const char separator = at(at_ + 3);
  if (separator != '-' && separator != ' ') return std::nullopt;
  steps_ += kShape.size();
  std::size_t i = 0;
  for (; i < kShape.size() && at_ + i < text_.size(); ++i) {
    const char c = text_[at_ + i];
    if (kShape[i] == 'd' ? !is_digit(c) : c != separator) return std::nullopt;
  }
  const std::string_view number = text_.substr(at_, i);
  const SecretMatch match{at_, at_ + i, RedactionRule::kSsn};
  if (i < kShape.size()) return is_cut(at_ + i) && i >= 6 ? Match(match) : std::nullopt;
  if (is_word(at(match.end)) || (at(match.end) == '-' && is_digit(at(match.end + 1)))) {
    return std::nullopt;
  }
  const std::string_view area = number.substr(0, 3);
  if (area == "000" || area == "666" || area[0] == '9') return std::nullopt;
  if (number.substr(4, 2) == "00" || number.substr(7) == "0000") return std::nullopt;
  return match;
}

// ITU-T E.164: a plus, then 8 to 15 digits, with single marks between them.
SecretScanner::Match SecretScanner::phone() {
  if (!wants(RedactionRule::kPhone) || !is_digit(at(at_ + 1))) return std::nullopt;
  if (at_ > floor_ && (is_word(text_[at_ - 1]) || text_[at_ - 1] == '+')) return std::nullopt;
  constexpr std::string_view kMarks = " -.()/";
  std::size_t count = 0;
  std::size_t marks = 0;
  std::size_t found = 0;  // the end of the last group that may be the number's last
  std::size_t end = at_ + 1;
  for (; count <= 15 && marks <= 2 && end < text_.size(); ++end) {
    if (is_digit(text_[end])) {
      ++count;
      marks = 0;
      if (count >= 8 && count <= 15 && !is_word(at(end + 1))) found = end + 1;
    } else if (kMarks.find(text_[end]) != std::string_view::npos) {
      ++marks;
    } else {
      break;
    }
  }
  steps_ += end - at_;
  if (found == 0 && count >= 5 && is_cut(end)) found = end;
  if (found == 0) return std::nullopt;
  return SecretMatch{at_, found, RedactionRule::kPhone};
}

// Of North America: (ddd) ddd-dddd, ddd-ddd-dddd and ddd.ddd.dddd; area and exchange begin with 2
// to 9.
SecretScanner::Match SecretScanner::national_phone() {
  if (!wants(RedactionRule::kPhone)) return std::nullopt;
  const char mark = at(at_ + (text_[at_] == '(' ? 4 : 3));
  if (mark != ')' && mark != '-' && mark != '.') return std::nullopt;
  constexpr std::array<std::string_view, 4> kShapes = {"(Ndd) Ndd-dddd", "(Ndd)Ndd-dddd",
                                                       "Ndd-Ndd-dddd", "Ndd.Ndd.dddd"};
  for (const std::string_view shape : kShapes) {
    const std::string_view number = text_.substr(at_, shape.size());
    steps_ += shape.size();
    const auto fits = [](char c, char wanted) {
      if (wanted == 'd') return is_digit(c);
      return wanted == 'N' ? c >= '2' && c <= '9' : c == wanted;
    };
    if (!std::equal(number.begin(), number.end(), shape.begin(), shape.end(), fits)) continue;
    const std::size_t end = at_ + shape.size();
    if (is_word(at(end)) || (at(end) == '-' && is_digit(at(end + 1)))) continue;
    return SecretMatch{at_, end, RedactionRule::kPhone};
  }
  return std::nullopt;
}

SecretScanner::Match SecretScanner::ipv4() {
  if (!wants(RedactionRule::kIpv4)) return std::nullopt;
  std::size_t end = at_;
  for (int part = 0; part < 4; ++part) {
    if (part != 0 && at(end++) != '.') return std::nullopt;
    int number = 0;
    const std::size_t begin = end;
    for (; end - begin < 4 && is_digit(at(end)); ++end) number = 10 * number + value_of(text_[end]);
    steps_ += end - begin;
    if (end == begin || end - begin > 3 || number > 255) return std::nullopt;
  }
  if (is_word(at(end)) || (at(end) == '.' && is_digit(at(end + 1)))) return std::nullopt;
  return SecretMatch{at_, end, RedactionRule::kIpv4};
}

}  // namespace v1
}  // namespace tracebus
