// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/key_patterns.h"

#include <array>

#include "tracebus/core/glob.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kPartEnds = "./:";

// Writes what counts of the text to out, and returns how many bytes that is.
std::size_t loosen(std::string_view text, char* out) noexcept {
  std::size_t length = 0;
  for (const char c : text) {
    if (c == '-' || c == '_' || c == ' ') continue;
    out[length++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return length;
}

constexpr std::uint64_t bit_of(std::size_t number) noexcept {
  return std::uint64_t{1} << number % 64;
}

std::string_view last_part(std::string_view key) noexcept {
  const std::size_t end = key.find_last_of(kPartEnds);
  return end == std::string_view::npos ? key : key.substr(end + 1);
}

}  // namespace

KeyPatterns::KeyPatterns(std::span<const std::string> patterns) {
  for (const std::string& pattern : patterns) {
    std::string loose(pattern.size(), '\0');
    loose.resize(loosen(pattern, loose.data()));
    if (loose.empty()) continue;
    if (loose.find_first_of("*?") == std::string::npos) {
      name_lengths_ |= bit_of(loose.size());
      name_beginnings_ |= bit_of(static_cast<unsigned char>(loose.front()));
      names_.insert(std::move(loose));
    } else if (loose.front() == '*' && loose.find_first_of("*?./:", 1) == std::string::npos) {
      endings_.push_back(loose.substr(1));
    } else {
      globs_.push_back(std::move(loose));
    }
  }
}

std::span<const std::string> KeyPatterns::secrets() {
  // No "*token": token counts are what traces are read for.
  static const std::vector<std::string> kSecrets = {"authorization",
                                                    "proxy_authorization",
                                                    "cookie",
                                                    "set_cookie",
                                                    "*password",
                                                    "*passwd",
                                                    "pwd",
                                                    "*passphrase",
                                                    "*secret",
                                                    "*secret_key",
                                                    "*api_key",
                                                    "*private_key",
                                                    "*access_key",
                                                    "*access_token",
                                                    "*refresh_token",
                                                    "*auth_token",
                                                    "*bearer_token",
                                                    "*id_token",
                                                    "*session_token",
                                                    "*csrf_token",
                                                    "token",
                                                    "x_auth",
                                                    "credential",
                                                    "credentials",
                                                    "connection_string",
                                                    "secret_access_key",
                                                    "signing_key",
                                                    "encryption_key",
                                                    "ssn",
                                                    "credit_card",
                                                    "card_number",
                                                    "cvv",
                                                    "cvc"};
  return kSecrets;
}

bool KeyPatterns::matches(std::string_view key) const {
  if (empty()) return false;
  std::array<char, 128> place;
  std::string heap;
  char* loose = place.data();
  if (key.size() > place.size()) {
    heap.resize(key.size());
    loose = heap.data();
  }
  const std::string_view whole(loose, loosen(key, loose));
  return matches_loose(whole, last_part(whole));
}

// Most keys have a length or a first byte that no name has.
bool KeyPatterns::has_name(std::string_view key) const noexcept {
  if (key.empty() || (name_lengths_ & bit_of(key.size())) == 0) return false;
  return (name_beginnings_ & bit_of(static_cast<unsigned char>(key.front()))) != 0 &&
         names_.contains(key);
}

bool KeyPatterns::matches_loose(std::string_view whole, std::string_view last) const noexcept {
  if (whole.empty()) return false;
  if (has_name(whole) || (last.size() != whole.size() && has_name(last))) return true;
  // What the last part ends in, the whole does.
  for (const std::string& ending : endings_) {
    if ((ending.empty() || ending.back() == whole.back()) && whole.ends_with(ending)) return true;
  }
  for (const std::string& glob : globs_) {
    if (matches_glob(glob, whole)) return true;
    if (glob.find_first_of(kPartEnds) == std::string::npos && matches_glob(glob, last)) return true;
  }
  return false;
}

}  // namespace v1
}  // namespace tracebus
