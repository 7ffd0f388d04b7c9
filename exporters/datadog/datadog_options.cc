// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/datadog/datadog_options.h"

#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

class Warnings {
 public:
  explicit Warnings(std::vector<std::string>* to) noexcept : to_(to) {}
  void add(std::string text) const {
    if (to_ != nullptr) to_->push_back(std::move(text));
  }

 private:
  std::vector<std::string>* const to_;
};

bool is_port(std::string_view text) noexcept {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc() && parsed.ptr == end && port >= 1 && port <= 65535;
}

std::string agent_url(const Warnings& warnings) {
  if (std::string url = variable("DD_TRACE_AGENT_URL"); !url.empty()) return url;
  std::string host = variable("DD_AGENT_HOST");
  if (host.empty()) host = "localhost";
  if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";  // IPv6
  std::string port = variable("DD_TRACE_AGENT_PORT");
  if (!port.empty() && !is_port(port)) {
    std::string text = "DD_TRACE_AGENT_PORT is '";
    append_visible(text, port);
    warnings.add(text + "', which is not a number from 1 to 65535; it is left out");
    port.clear();
  }
  return "http://" + host + ":" + (port.empty() ? "8126" : port);
}

std::string_view without_blanks(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// No warning has the value of a tag.
std::vector<DatadogTag> parse_tags(std::string_view text, const Warnings& warnings) {
  std::vector<DatadogTag> tags;
  const char separator = text.find(',') != std::string_view::npos ? ',' : ' ';
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view member = without_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (member.empty()) continue;
    const std::size_t colon = member.find(':');
    const std::string_view key = without_blanks(member.substr(0, colon));
    if (colon == std::string_view::npos || key.empty()) {
      warnings.add("DD_TAGS: member " + std::to_string(number) +
                   " is not key:value, so it is left out; give key:value,key:value");
      continue;
    }
    tags.push_back({std::string(key), std::string(without_blanks(member.substr(colon + 1)))});
  }
  return tags;
}

}  // namespace

DatadogOptions DatadogOptions::from_env(std::vector<std::string>* warnings) {
  const Warnings told(warnings);
  DatadogOptions options;
  options.http.url = agent_url(told);
  options.service = variable("DD_SERVICE");
  options.env = variable("DD_ENV");
  options.version = variable("DD_VERSION");
  for (DatadogTag& tag : parse_tags(variable("DD_TAGS"), told)) {
    std::string* const own = tag.key == "service"   ? &options.service
                             : tag.key == "env"     ? &options.env
                             : tag.key == "version" ? &options.version
                                                    : nullptr;
    if (own == nullptr) {
      options.tags.push_back(std::move(tag));
    } else if (own->empty()) {
      *own = std::move(tag.value);
    }
  }
  return options;
}

}  // namespace v1
}  // namespace tracebus
