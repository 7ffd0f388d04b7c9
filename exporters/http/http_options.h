// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_OPTIONS_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tracebus {
inline namespace v1 {

// What is sent with every request. Values are secrets: no message of ours has them.
struct HttpHeader {
  std::string name;
  std::string value;
};

inline constexpr std::size_t kResponseBytesMax = std::size_t{4} << 20;  // OTLP's limit
inline constexpr std::size_t kResponseHeaderBytesMax = std::size_t{64} << 10;
inline constexpr std::size_t kHttpRequestsMax = 64;

struct HttpOptions {
  // http:// or https://. A name and password in it are sent as basic authentication, and they and
  // the query are left out of all messages. http:// is never used in place of https://.
  std::string url;
  std::vector<HttpHeader> headers = {};
  bool put = false;  // in the place of POST

  // PEM files. Without ca_file the system's own authorities count.
  std::string ca_file = {};
  std::string client_certificate_file = {};
  std::string client_key_file = {};
  // Takes any certificate of any host, so that anybody on the way can read and change what is sent.
  // Said on standard error when the client is made.
  bool insecure = false;

  // Connects to this socket of the machine's own instead of the URL's host.
  std::string unix_socket = {};
  // No proxy. Otherwise libcurl's rules: http_proxy, HTTPS_PROXY, ALL_PROXY and NO_PROXY in the
  // environment (https://curl.se/libcurl/c/libcurl-env.html).
  bool direct = false;

  std::size_t requests_max = 4;  // at once, each with a connection; 1 to kHttpRequestsMax
  std::chrono::milliseconds connect_timeout{10'000};  // of an attempt; 1 to 3,600,000
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_OPTIONS_H_
