// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_environment.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kTimeoutMsMax = 3'600'000;

}  // namespace

std::optional<OtlpEnvironment::Variable> OtlpEnvironment::find(const std::string& what) const {
  const char* const signal = signal_ == OtlpSignal::kMetrics ? "METRICS_" : "TRACES_";
  if (auto own = find_as("OTEL_EXPORTER_OTLP_" + (signal + what))) return own;
  return find_as("OTEL_EXPORTER_OTLP_" + what);
}

std::optional<OtlpEnvironment::Variable> OtlpEnvironment::find_as(const std::string& name) {
  const char* const text = std::getenv(name.c_str());
  if (text == nullptr || *text == '\0') return std::nullopt;
  return Variable{name, text};
}

void OtlpEnvironment::set_text(const std::string& what, std::string& to) const {
  if (auto variable = find(what)) to = std::move(variable->value);
}

void OtlpEnvironment::set_timeout(std::chrono::milliseconds& to) const {
  const auto timeout = find("TIMEOUT");
  if (!timeout) return;
  std::int64_t count = 0;
  const char* const end = timeout->value.data() + timeout->value.size();
  const auto parsed = std::from_chars(timeout->value.data(), end, count);
  if (parsed.ec != std::errc() || parsed.ptr != end || count < 1 || count > kTimeoutMsMax) {
    warn_of(*timeout, "a number of milliseconds from 1 to 3600000");
    return;
  }
  to = std::chrono::milliseconds(count);
}

void OtlpEnvironment::set_flag(const std::string& what, bool& to) const {
  const auto flag = find(what);
  if (!flag) return;
  const std::string value = lower_case(flag->value);
  if (value != "true" && value != "false") {
    warn_of(*flag, "true or false");
    return;
  }
  to = value == "true";
}

void OtlpEnvironment::set_gzip(bool& to) const {
  const auto compression = find("COMPRESSION");
  if (!compression) return;
  const std::string value = lower_case(compression->value);
  if (value != "gzip" && value != "none") {
    warn_of(*compression, "gzip or none");
    return;
  }
  to = value == "gzip";
}

std::vector<KeyValueList::Member> OtlpEnvironment::headers() const {
  const auto headers = find("HEADERS");
  if (!headers) return {};
  KeyValueList list = parse_key_value_list(headers->value);
  for (const std::string& fault : list.faults) warn(headers->name + ": " + fault);
  return std::move(list.members);
}

void OtlpEnvironment::warn_of(const Variable& variable, const std::string& expected) const {
  std::string text = variable.name + " is '";
  append_visible(text, variable.value);
  warn(text + "', which is not " + expected + "; it is left out");
}

void OtlpEnvironment::warn(const std::string& text) const {
  if (warnings_ != nullptr) warnings_->push_back(text);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

}  // namespace v1
}  // namespace tracebus
