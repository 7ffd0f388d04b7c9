// SPDX-License-Identifier: Apache-2.0
//
// AccessToken: who may ask a server that more than this machine can reach.
#ifndef TRACEBUS_STUDIO_ACCESS_TOKEN_H_
#define TRACEBUS_STUDIO_ACCESS_TOKEN_H_

#include <string>
#include <string_view>

#include "tracebus/studio/http_call.h"

namespace tracebus {
inline namespace v1 {

class AccessToken {
 public:
  // Lets everybody in.
  AccessToken() = default;
  // 256 random bits of the system's. Throws std::system_error where it has none.
  static AccessToken random();

  bool is_needed() const noexcept { return !text_.empty(); }
  // 64 hex digits; empty: none is needed.
  const std::string& text() const noexcept { return text_; }

  // By "Authorization: Bearer TOKEN", and what changes nothing also by the cookie: streams,
  // downloads and a second tab of a browser cannot send the header. How long it takes says nothing
  // of the token.
  bool admits(const HttpCall& call) const noexcept;
  // What sets the cookie, which is no script's to read, and no other site's to send.
  std::string set_cookie() const;

 private:
  bool admits_header(const HttpCall& call) const noexcept;
  bool is_own(std::string_view text) const noexcept;

  std::string text_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_ACCESS_TOKEN_H_
