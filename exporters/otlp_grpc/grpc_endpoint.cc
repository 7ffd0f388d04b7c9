// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/grpc_endpoint.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/otlp/otlp_environment.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr unsigned kPortMax = 65535;

absl::Status refuse(std::string_view text, const std::string& why) {
  std::string shown;
  append_visible_quoted(shown, text, '\'');
  return absl::InvalidArgumentError(shown + " is no endpoint of gRPC: " + why +
                                    "; give http://HOST:PORT, https://HOST:PORT or HOST:PORT");
}

// What hosts' names and addresses are made of; a name may be in any script once it is encoded.
bool is_host(std::string_view host) noexcept {
  const bool is_address = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (is_address) host = host.substr(1, host.size() - 2);
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_mark = is_address ? c == ':' || c == '.' || c == '%' : c == '.' || c == '-';
    return is_letter || (c >= '0' && c <= '9') || is_mark || c == '_';
  });
}

bool is_port(std::string_view text) noexcept {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc() && parsed.ptr == end && port >= 1 && port <= kPortMax;
}

}  // namespace

absl::StatusOr<GrpcEndpoint> GrpcEndpoint::parse(std::string_view text, bool insecure) {
  GrpcEndpoint endpoint = {.with_tls = !insecure, .target = {}, .shown = {}};
  std::string_view rest = text;
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    const std::string name = lower_case(text.substr(0, scheme));
    rest.remove_prefix(scheme + 3);
    if (rest.find('@') == std::string_view::npos && name != "http" && name != "https") {
      return refuse(text, "its scheme is neither http nor https");
    }
    endpoint.with_tls = name == "https";
  }
  if (rest.find('@') != std::string_view::npos) {
    return absl::InvalidArgumentError(
        "an endpoint of gRPC has no place for a name and password; put what it asks for into a "
        "header, as authorization=Basic%20...");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos) {
    return refuse(text, "it has a path, which gRPC has no place for");
  }
  const std::size_t bracket = rest.find(']');
  const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = rest.substr(0, colon);
  const std::string_view port = colon != std::string_view::npos ? rest.substr(colon + 1)
                                : endpoint.with_tls             ? "443"
                                                                : "80";
  if (!is_host(host)) return refuse(text, "it names no host");
  if (!is_port(port)) return refuse(text, "its port is not from 1 to 65535");
  const std::string place = std::string(host) + ':' + std::string(port);
  endpoint.target = "dns:///" + place;
  endpoint.shown = (endpoint.with_tls ? "https://" : "http://") + place;
  return endpoint;
}

}  // namespace v1
}  // namespace tracebus
