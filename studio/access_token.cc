// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/access_token.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kScheme = "Bearer ";
constexpr std::string_view kCookie = "tracebus_token=";

}  // namespace

AccessToken AccessToken::random() {
  std::array<unsigned char, kTokenBytes> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "no random token");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  AccessToken token;
  for (const unsigned char byte : bytes) {
    token.text_ += kDigits[byte >> 4];
    token.text_ += kDigits[byte & 15];
  }
  return token;
}

bool AccessToken::is_own(std::string_view text) const noexcept {
  if (text.size() != text_.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    difference |= static_cast<unsigned char>(text[i]) ^ static_cast<unsigned char>(text_[i]);
  }
  return difference == 0;
}

bool AccessToken::admits_header(const HttpCall& call) const noexcept {
  return call.authorization.starts_with(kScheme) &&
         is_own(call.authorization.substr(kScheme.size()));
}

bool AccessToken::admits(const HttpCall& call) const noexcept {
  if (!is_needed() || admits_header(call)) return true;
  if (call.method != "GET" && call.method != "HEAD") return false;
  for (std::string_view rest = call.cookie; !rest.empty();) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    const std::size_t end = rest.find(';');
    const std::string_view pair = rest.substr(0, end);
    if (pair.starts_with(kCookie) && is_own(pair.substr(kCookie.size()))) return true;
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return false;
}

std::string AccessToken::set_cookie() const {
  return std::string(kCookie) + text_ + "; Path=/; SameSite=Strict; HttpOnly";
}

}  // namespace v1
}  // namespace tracebus
