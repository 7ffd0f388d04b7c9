// SPDX-License-Identifier: Apache-2.0
//
// HttpUrl: an address, and what of it may be shown.
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_URL_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_URL_H_

#include <absl/status/statusor.h>

#include <string>

namespace tracebus {
inline namespace v1 {

struct HttpUrl {
  std::string without_credentials;  // to connect to
  std::string user;                 // decoded
  std::string password;
  std::string shown;  // scheme, host, port if given, and path
  bool is_https = false;

  // InvalidArgument, which does not repeat the text, for what is no http:// or https:// URL.
  static absl::StatusOr<HttpUrl> parse(const std::string& text);
};

// The host, and the port if one is given, of where a response says to go; what is no URL of a host
// is "the same host". Safe to print.
std::string host_of_location(const std::string& location);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_URL_H_
