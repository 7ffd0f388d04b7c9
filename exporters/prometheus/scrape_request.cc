// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/scrape_request.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

ScrapeAnswer refusal(int status, std::string text) {
  return {.status = status, .text = std::move(text) + "\n"};
}

}  // namespace

bool is_host_of_this_machine(std::string_view host, const ScrapeSite& site) {
  std::string lower(host);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  const std::string ours = ":" + std::to_string(site.port);
  constexpr std::array<std::string_view, 4> kNames = {"localhost", "localhost.", "127.0.0.1",
                                                      "[::1]"};
  const auto is_called = [&](std::string_view name) { return lower == std::string(name) + ours; };
  return lower == site.authority || std::ranges::any_of(kNames, is_called);
}

ScrapeAnswer answer_to(const ScrapeRequest& request, const ScrapeSite& site) {
  if (request.hosts > 1 || (request.hosts == 0 && !request.is_http_1_0)) {
    return refusal(400, "a request has one Host header");
  }
  const bool is_from_browser = !request.origin.empty();
  if (site.is_loopback && request.hosts == 1 && !is_host_of_this_machine(request.host, site)) {
    return refusal(421, "this is " + site.authority + ", for this machine alone; ask for it so");
  }
  if (is_from_browser && request.origin != "http://" + std::string(request.host)) {
    return refusal(403, "pages of others do not read this one");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return refusal(405, "only GET and HEAD are answered");
  }
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path == "/metrics") {
    return {.has_page = true, .format = page_format_for(request.accept)};
  }
  if (path == "/") return refusal(200, "tracebus: metrics for Prometheus are at /metrics");
  return refusal(404, "there is nothing here; metrics for Prometheus are at /metrics");
}

std::string_view reason_phrase_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Internal Server Error";
  }
}

}  // namespace v1
}  // namespace tracebus
