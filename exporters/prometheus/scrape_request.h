// SPDX-License-Identifier: Apache-2.0
//
// ScrapeAnswer: what becomes of a request for the page, as a pure function of its head.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_REQUEST_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_REQUEST_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/exporters/prometheus/page_format.h"

namespace tracebus {
inline namespace v1 {

struct ScrapeRequest {
  std::string_view method;
  std::string_view target;
  bool is_http_1_0 = false;
  int hosts = 0;                 // how many Host headers there are
  std::string_view host = {};    // of several all
  std::string_view origin = {};  // empty: none
  std::string_view accept = {};  // of several all, with commas between
};

struct ScrapeSite {
  std::string authority;  // of the address that it listens at, as "127.0.0.1:9464"
  std::uint16_t port = 0;
  // Listens to this machine alone: then a page of somebody else that a browser here shows is not
  // to read ours by giving its name our address (DNS rebinding), so Host has to be of this machine.
  bool is_loopback = true;
};

struct ScrapeAnswer {
  int status = 200;
  bool has_page = false;  // the metrics; else text is the body
  PageFormat format = PageFormat::kText;
  std::string text = {};
};

ScrapeAnswer answer_to(const ScrapeRequest& request, const ScrapeSite& site);

// Whether a Host header names this machine, or the address, and the port.
bool is_host_of_this_machine(std::string_view host, const ScrapeSite& site);

std::string_view reason_phrase_of(int status) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_REQUEST_H_
