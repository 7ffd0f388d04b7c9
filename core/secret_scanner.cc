// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/secret_scanner.h"

#include <algorithm>
#include <array>
#include <bit>

namespace tracebus {
inline namespace v1 {
namespace {

// --- Classes of bytes ---
enum ByteClass : std::uint16_t {
  kDigit = 1,
  kUpper = 2,
  kLower = 4,
  kUnderscore = 8,
  kDash = 16,
  kDot = 32,
  kBase64 = 64,  // + / =
  kTilde = 128,
  kLocalMark = 256,  // ! # $ & ' * and others that a mailbox may have
  kSpace = 512,      // space, tab
  kValueEnd = 1024,  // ends a value that is not in quotes
  kLineEnd = 2048,   // line feed, carriage return
  kHostEnd = 4096,   // ends the part of a URL that may hold a password
  kAlnum = kDigit | kUpper | kLower,
  kWord = kAlnum | kUnderscore,
  kToken = kWord | kDash,
  kLocal = kToken | kDot | kLocalMark,
};

constexpr std::array<std::uint16_t, 256> make_classes() {
  std::array<std::uint16_t, 256> classes{};
  const auto mark = [&classes](std::string_view bytes, int byte_class) {
    for (const char c : bytes) {
      auto& entry = classes[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint16_t>(entry | byte_class);
    }
  };
  mark("0123456789", kDigit);
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", kUpper);
  mark("abcdefghijklmnopqrstuvwxyz", kLower);
  mark("_", kUnderscore);
  mark("-", kDash);
  mark(".", kDot);
  mark("+/=", kBase64);
  mark("~", kTilde);
  mark("+%!#$&*", kLocalMark);
  mark(" \t", kSpace | kValueEnd | kHostEnd);
  mark(",;&)]}<>\"'|`", kValueEnd);
  mark("\n\r", kValueEnd | kLineEnd | kHostEnd);
  mark("/?#\"'<>`\\", kHostEnd);
  return classes;
}
constexpr std::array<std::uint16_t, 256> kClasses = make_classes();

bool is(char c, int byte_class) noexcept {
  return (kClasses[static_cast<unsigned char>(c)] & byte_class) != 0;
}

// --- Where something may begin ---
enum Trigger : std::uint8_t {
  kNone = 0,
  kAtSign,
  kPercent,
  kAssign,  // '=' and ':'
  kPlus,
  kParenthesis,
  kHyphen,
  // From here on, only where a word begins.
  kDigits,
  kLetter,  // the first of a known prefix, or of a scheme's word
};

// Tokens that are known by how they begin.
struct KeyPrefix {
  std::string_view text;
  std::uint16_t rest_class;
  std::uint8_t rest_min;
  std::uint8_t rest_max = 0;  // 0: any
};
constexpr KeyPrefix kPrefixes[] = {
    {"sk-", kToken, 16},
    {"sk_live_", kAlnum, 10},
    {"sk_test_", kAlnum, 10},
    {"rk_live_", kAlnum, 10},
    {"rk_test_", kAlnum, 10},
    {"whsec_", kAlnum, 16},
    {"pk-lf-", kToken, 16},
    {"ghp_", kAlnum, 30},
    {"gho_", kAlnum, 30},
    {"ghu_", kAlnum, 30},
    {"ghs_", kAlnum, 30},
    {"ghr_", kAlnum, 30},
    {"github_pat_", kWord, 30},
    {"glpat-", kToken, 16},
    {"xoxb-", kToken, 10},
    {"xoxp-", kToken, 10},
    {"xoxa-", kToken, 10},
    {"xoxr-", kToken, 10},
    {"xoxs-", kToken, 10},
    {"xapp-", kToken, 10},
    {"AKIA", kUpper | kDigit, 16, 16},
    {"ASIA", kUpper | kDigit, 16, 16},
    {"AIza", kToken, 30},
    {"hf_", kAlnum, 20},
    {"npm_", kAlnum, 30},
    {"pypi-", kToken, 30},
    {"gsk_", kAlnum, 20},
    {"xai-", kAlnum, 20},
    {"r8_", kAlnum, 20},
    {"pplx-", kAlnum, 20},
    {"SG.", kToken | kDot, 20},
    {"ya29.", kToken, 20},
    {"dop_v1_", kAlnum, 30},
    {"lsv2_", kWord, 20},
    {"nvapi-", kToken, 20},
    {"tvly-", kToken, 16},
    {"shpat_", kAlnum, 20},
    {"eyJ", kToken | kDot, 16},
};
constexpr std::string_view kJwtPrefix = "eyJ";
constexpr std::size_t kRunMax = std::size_t{1} << 24;  // all there can be in a record

constexpr std::array<std::uint8_t, 256> make_triggers() {
  std::array<std::uint8_t, 256> triggers{};
  for (const KeyPrefix& prefix : kPrefixes) {
    triggers[static_cast<unsigned char>(prefix.text.front())] = kLetter;
  }
  for (const char c : std::string_view("bB")) triggers[static_cast<unsigned char>(c)] = kLetter;
  for (const char c : std::string_view("0123456789")) {
    triggers[static_cast<unsigned char>(c)] = kDigits;
  }
  triggers['@'] = kAtSign;
  triggers['%'] = kPercent;
  triggers['='] = triggers[':'] = kAssign;
  triggers['+'] = kPlus;
  triggers['('] = kParenthesis;
  triggers['-'] = kHyphen;
  return triggers;
}
constexpr std::array<std::uint8_t, 256> kTriggers = make_triggers();

// Which of kPrefixes begin with a byte.
static_assert(std::size(kPrefixes) <= 64);
constexpr std::array<std::uint64_t, 256> make_prefixes_of() {
  std::array<std::uint64_t, 256> masks{};
  for (std::size_t i = 0; i < std::size(kPrefixes); ++i) {
    masks[static_cast<unsigned char>(kPrefixes[i].text.front())] |= std::uint64_t{1} << i;
  }
  return masks;
}
constexpr std::array<std::uint64_t, 256> kPrefixesOf = make_prefixes_of();

// Which bytes may come second where a known prefix or a scheme's word begins, by the first: a bit
// for each class of them.
constexpr std::uint32_t second_bit(char second) noexcept {
  return 1u << (static_cast<unsigned char>(second) % 32);
}
constexpr std::array<std::uint32_t, 256> make_seconds_of() {
  std::array<std::uint32_t, 256> bits{};
  for (const KeyPrefix& prefix : kPrefixes) {
    bits[static_cast<unsigned char>(prefix.text[0])] |= second_bit(prefix.text[1]);
  }
  // "bearer" and "basic", large or small.
  for (const char c : std::string_view("bB")) {
    for (const char second : std::string_view("eEaA")) {
      bits[static_cast<unsigned char>(c)] |= second_bit(second);
    }
  }
  return bits;
}
constexpr std::array<std::uint32_t, 256> kSecondsOf = make_seconds_of();

bool same_letters(std::string_view text, std::string_view lower) noexcept {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(),
                    [](char a, char b) { return (is(a, kUpper) ? a - 'A' + 'a' : a) == b; });
}

// Whether a dot with something before it is followed by two letters. What is glued to the name is
// masked with it.
bool has_top_domain(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return is(c, kUpper | kLower); };
  for (std::size_t dot = name.find('.', 1); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    if (name.size() - dot < 3) return false;
    if (is_letter(name[dot + 1]) && is_letter(name[dot + 2])) return true;
  }
  return false;
}

}  // namespace

// Random texts have digits or capitals; names with dashes have neither.
SecretScanner::SecretScanner(std::string_view text, const Options& options) noexcept
    : text_(text), options_(options), next_random_(kDigit | kUpper), next_dot_(kDot) {}

inline bool SecretScanner::begins_word() const noexcept {
  return at_ == 0 || at_ == floor_ || !is(text_[at_ - 1], kAlnum) ||
         (at_ >= 2 && text_[at_ - 2] == '\\' && follows_escape());
}

std::optional<SecretMatch> SecretScanner::next() {
  const std::size_t begin = at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const std::uint8_t trigger = kTriggers[static_cast<unsigned char>(c)];
    const bool in_word = is(c, kAlnum) && !begins_word();
    // Nearly all of a text: what begins nothing, and letters and digits within words.
    if (trigger != kNone && !in_word && may_match(trigger)) {
      if (Match match = at_trigger(trigger); match && match->begin < match->end) {
        steps_ += at_ - std::min(begin, at_);
        at_ = floor_ = match->end;
        return match;
      }
    }
    ++at_;
    if (is(c, kAlnum)) skip_word();
  }
  steps_ += at_ - begin;
  return std::nullopt;
}

// To the end of the word that at_ is in. Behind an escape another may begin.
inline void SecretScanner::skip_word() noexcept {
  if (at_ >= 2 && text_[at_ - 2] == '\\') return;
  const char* next = text_.data() + at_;
  const char* const end = text_.data() + text_.size();
  while (next != end && is(*next, kAlnum)) ++next;
  at_ = static_cast<std::size_t>(next - text_.data());
}

// What the next byte tells, so that few scanners are called in vain.
inline bool SecretScanner::may_match(std::uint8_t trigger) const noexcept {
  if (trigger == kLetter) {
    return (kSecondsOf[static_cast<unsigned char>(text_[at_])] & second_bit(at(at_ + 1))) != 0;
  }
  return trigger != kHyphen || at(at_ + 1) == '-';
}

SecretScanner::Match SecretScanner::at_trigger(std::uint8_t trigger) {
  switch (trigger) {
    case kAtSign:
      return email(at_, 1);
    case kPercent:
      return text_.substr(at_).starts_with("%40") ? email(at_, 3) : std::nullopt;
    case kAssign:
      if (Match match = url_credentials()) return match;
      return assignment();
    case kDigits:
      return digits();
    case kPlus:
      return phone();
    case kParenthesis:
      return national_phone();
    case kHyphen:
      return private_key();
    default:
      if (Match match = key_by_prefix()) return match;
      return after_scheme_word();
  }
}

// Behind an escape such as "\n", which a JSON text within a text has, a word begins as well.
// REQUIRES: a backslash and another byte come before.
bool SecretScanner::follows_escape() const noexcept {
  return std::string_view("nrtbf").find(text_[at_ - 1]) != std::string_view::npos;
}

bool SecretScanner::ends_word(std::size_t end) const noexcept { return !is(at(end), kWord); }

std::size_t SecretScanner::run(std::size_t begin, std::uint16_t byte_class,
                               std::size_t bytes_max) noexcept {
  const std::size_t last = std::min(text_.size(), begin + std::min(bytes_max, kRunMax));
  std::size_t end = begin;
  while (end < last && is(text_[end], byte_class)) ++end;
  steps_ += end - begin;
  return end;
}

std::size_t SecretScanner::whole_run(std::size_t begin, std::uint16_t byte_class) noexcept {
  Run* known = runs_.data();
  while (known->byte_class != byte_class && known->byte_class != 0) ++known;
  known->byte_class = byte_class;
  // A run that was found before ends where this one does, if this one begins within it.
  if (begin < known->begin || begin >= known->end) {
    *known = {byte_class, begin, run(begin, byte_class, kRunMax)};
  }
  return known->end;
}

std::size_t SecretScanner::NextByte::from(std::size_t begin, std::string_view text) noexcept {
  at_ = std::max(at_, begin);
  while (at_ < text.size() && !is(text[at_], class_)) ++at_;
  return at_;
}

// RFC 5321 allows 64 bytes before the sign and 255 behind it. Neither side has a sign in it, so
// what is looked at twice is what lies between two signs.
SecretScanner::Match SecretScanner::email(std::size_t sign, std::size_t sign_bytes) {
  if (!wants(RedactionRule::kEmail)) return std::nullopt;
  std::size_t begin = sign;
  const std::size_t lowest = std::max(floor_, sign - std::min<std::size_t>(sign, 64));
  while (begin > lowest && is(text_[begin - 1], kLocal)) --begin;
  steps_ += sign - begin;
  if (begin == sign) return std::nullopt;
  const std::size_t host = sign + sign_bytes;
  std::size_t end = host_name_end(host);
  if (is_cut(end)) return SecretMatch{begin, end, RedactionRule::kEmail};
  while (end > host && is(text_[end - 1], kDash | kDot)) --end;
  if (!has_top_domain(text_.substr(host, end - host))) return std::nullopt;
  return SecretMatch{begin, end, RedactionRule::kEmail};
}

// Two dashes end it, but those of "xn--" (RFC 5890, section 2.3.1).
std::size_t SecretScanner::host_name_end(std::size_t begin) noexcept {
  const std::size_t end = run(begin, kAlnum | kDash | kDot, 255);
  const std::string_view name = text_.substr(begin, end - begin);
  for (std::size_t at = name.find("--"); at != std::string_view::npos;
       at = name.find("--", at + 2)) {
    if (!name.substr(0, at).ends_with("xn")) return begin + at;
  }
  return end;
}

SecretScanner::Match SecretScanner::key_by_prefix() {
  const std::string_view rest = text_.substr(at_);
  std::uint64_t left = kPrefixesOf[static_cast<unsigned char>(rest.front())];
  for (; left != 0; left &= left - 1) {
    const KeyPrefix& prefix = kPrefixes[std::countr_zero(left)];
    if (at(at_ + 1) != prefix.text[1] || !rest.starts_with(prefix.text)) continue;
    const bool jwt = prefix.text == kJwtPrefix;
    const RedactionRule rule = jwt ? RedactionRule::kJwt : RedactionRule::kApiKey;
    if (!wants(rule)) continue;
    const std::size_t begin = at_ + prefix.text.size();
    const std::size_t end = whole_run(begin, prefix.rest_class);
    const std::string_view secret = text_.substr(begin, end - begin);
    if (is_cut(end) && !secret.empty()) return SecretMatch{at_, end, rule};
    if (secret.size() < prefix.rest_min || next_random_.from(begin, text_) >= end) continue;
    if (prefix.rest_max != 0 && (secret.size() > prefix.rest_max || !ends_word(end))) continue;
    if (jwt && next_dot_.from(begin, text_) >= end) continue;
    return SecretMatch{at_, end, rule};
  }
  return std::nullopt;
}

// RFC 6750, section 2.1, and RFC 7617, section 2. The word stays, what follows it is masked.
SecretScanner::Match SecretScanner::after_scheme_word() {
  const char first = text_[at_];
  if (!wants(RedactionRule::kBearer) || (first != 'b' && first != 'B')) return std::nullopt;
  const bool bearer = same_letters(text_.substr(at_, 6), "bearer");
  if (!bearer && !same_letters(text_.substr(at_, 5), "basic")) return std::nullopt;
  const std::size_t word_end = at_ + (bearer ? 6 : 5);
  const std::size_t begin = run(word_end, kSpace, 8);
  if (begin == word_end) return std::nullopt;
  const std::uint16_t token = bearer ? kToken | kDot | kBase64 | kTilde : kAlnum | kBase64;
  const std::size_t end = run(begin, token, kRunMax);
  const SecretMatch match{begin, end, RedactionRule::kBearer};
  if (end != begin && is_cut(end)) return match;
  const std::string_view secret = text_.substr(begin, end - begin);
  if (secret.size() < 8) return std::nullopt;
  const bool random =
      std::any_of(secret.begin(), secret.end(), [](char c) { return is(c, kDigit) || c == '='; });
  return random || secret.size() >= 24 ? Match(match) : std::nullopt;
}

// RFC 7468. One that does not end goes on to the end of the text.
SecretScanner::Match SecretScanner::private_key() {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kEnd = "-----END ";
  if (!wants(RedactionRule::kPrivateKey)) return std::nullopt;
  if (!text_.substr(at_).starts_with(kBegin)) return std::nullopt;
  steps_ += 64;
  if (text_.substr(at_, 64).find("PRIVATE KEY") == std::string_view::npos) return std::nullopt;
  std::size_t end = text_.find(kEnd, at_ + kBegin.size());
  if (end != std::string_view::npos) end = text_.find("-----", end + kEnd.size());
  end = end == std::string_view::npos ? text_.size() : end + 5;
  steps_ += end - at_;
  return SecretMatch{at_, end, RedactionRule::kPrivateKey};
}

// RFC 3986, section 3.2.1.
SecretScanner::Match SecretScanner::url_credentials() {
  if (!wants(RedactionRule::kUrlCredentials)) return std::nullopt;
  if (!text_.substr(at_).starts_with("://")) return std::nullopt;
  constexpr std::size_t kBytesMax = 512;
  const std::size_t last = std::min(text_.size(), at_ + kBytesMax);
  std::size_t colon = 0;
  std::size_t sign = 0;
  std::size_t end = at_ + 3;
  for (; end < last && !is(text_[end], kHostEnd); ++end) {
    if (text_[end] == ':' && colon == 0) colon = end;
    if (text_[end] == '@') sign = end;
  }
  steps_ += end - at_;
  if (colon == 0) return std::nullopt;
  if (sign == 0 && is_cut(end)) sign = end;
  if (sign <= colon + 1) return std::nullopt;
  return SecretMatch{at_ + 3, sign, RedactionRule::kUrlCredentials};
}

}  // namespace v1
}  // namespace tracebus
