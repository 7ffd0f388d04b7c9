// SPDX-License-Identifier: Apache-2.0
//
// PageFormat: the two text formats that Prometheus reads, and which one a request asks for.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_PAGE_FORMAT_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_PAGE_FORMAT_H_

#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

enum class PageFormat : std::uint8_t {
  kText,         // Prometheus text exposition format 0.0.4
  kOpenMetrics,  // OpenMetrics 1.0
};

constexpr std::string_view content_type_of(PageFormat format) noexcept {
  return format == PageFormat::kText
             ? std::string_view("text/plain; version=0.0.4; charset=utf-8")
             : std::string_view("application/openmetrics-text; version=1.0.0; charset=utf-8");
}

// By the values of an Accept header (RFC 9110, section 12.5.1): OpenMetrics if it is named, with a
// weight above 0 and no less than that of plain text; else text, whatever is asked for.
PageFormat page_format_for(std::string_view accept) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_PAGE_FORMAT_H_
