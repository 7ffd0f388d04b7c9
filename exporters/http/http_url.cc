// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_url.h"

#include <absl/status/status.h>
#include <curl/curl.h>

#include <memory>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Parts = std::unique_ptr<CURLU, UrlCleanup>;

Parts parts_of(const std::string& text) {
  Parts parts(curl_url());
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
  return parts;
}

// Empty if there is none.
std::string part_of(const Parts& parts, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(parts.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string part = text;
  curl_free(text);
  return part;
}

std::string host_and_port(const Parts& parts) {
  const std::string port = part_of(parts, CURLUPART_PORT);
  return part_of(parts, CURLUPART_HOST) + (port.empty() ? port : ":" + port);
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

}  // namespace

absl::StatusOr<HttpUrl> HttpUrl::parse(const std::string& text) {
  const Parts parts = parts_of(text);
  const std::string scheme = parts ? part_of(parts, CURLUPART_SCHEME) : std::string();
  if (scheme != "http" && scheme != "https") {
    return absl::InvalidArgumentError("the address is no http:// or https:// URL");
  }
  HttpUrl url;
  url.is_https = scheme == "https";
  url.user = part_of(parts, CURLUPART_USER, CURLU_URLDECODE);
  url.password = part_of(parts, CURLUPART_PASSWORD, CURLU_URLDECODE);
  url.shown = visible(scheme + "://" + host_and_port(parts) + part_of(parts, CURLUPART_PATH));
  curl_url_set(parts.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(parts.get(), CURLUPART_PASSWORD, nullptr, 0);
  url.without_credentials = part_of(parts, CURLUPART_URL);
  return url;
}

std::string host_of_location(const std::string& location) {
  const Parts parts = parts_of(location);
  if (!parts || location.find("://") == std::string::npos) return "the same host";
  return visible(host_and_port(parts));
}

}  // namespace v1
}  // namespace tracebus
