// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tracebus/studio/http_call.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return made;
}

}  // namespace

HttpGuard::HttpGuard(unsigned port, std::string_view host)
    : port_(":" + std::to_string(port)), is_anywhere_(host == "0.0.0.0" || host == "::") {
  const auto add = [&](const std::string& name) {
    own_.push_back(name + port_);
    if (port == 80) own_.push_back(name);
  };
  for (const char* const name : {"localhost", "localhost.", "127.0.0.1", "[::1]"}) add(name);
  if (host.empty() || is_anywhere_) return;
  const bool is_v6 = host.find(':') != host.npos;
  add(is_v6 ? "[" + lower(host) + "]" : lower(host));
}

bool HttpGuard::is_own(std::string_view host, std::string_view local_address) const {
  if (std::ranges::find(own_, lower(host)) != own_.end()) return true;
  // A page that another name leads here by a trick still says that name.
  return is_anywhere_ && !local_address.empty() && lower(host) == lower(local_address) + port_;
}

bool HttpGuard::admits(const HttpHead& head, HttpReply& reply) const {
  const auto refuse = [&](int status, std::string text) {
    reply = {.status = status, .body = std::move(text) + "\n"};
    return false;
  };
  if (head.hosts > 1 || (head.hosts == 0 && !head.is_http_1_0)) {
    return refuse(400, "a request has one Host header");
  }
  if (!head.target.starts_with('/')) return refuse(400, "the target of a request begins with /");
  if (head.lengths > 1 || (head.lengths != 0 && head.is_chunked)) {
    return refuse(400, "a request says once how long its body is");
  }
  if (head.hosts == 1 && !is_own(head.host, head.local_address)) {
    return refuse(421, "this is " + own_.front() + ", for this machine alone; ask for it so");
  }
  const auto is_own_page = [&](std::string_view origin) {
    return origin.starts_with("http://") && is_own(origin.substr(7), head.local_address);
  };
  if (head.origins > 1 || (head.origins == 1 && !is_own_page(head.origin))) {
    return refuse(403, "pages of others are not answered");
  }
  return true;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace v1
}  // namespace tracebus
