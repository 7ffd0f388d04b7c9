// SPDX-License-Identifier: Apache-2.0
//
// OtlpEnvironment: OTEL_EXPORTER_OTLP_..., as exporters of any transport read it
// (opentelemetry-specification, protocol/exporter.md). Of each variable the one of the signal
// alone, such as OTEL_EXPORTER_OTLP_TRACES_..., wins; an empty one counts as not set. Logs, which
// go along with traces, have only an endpoint of their own.
//
// What is ill-formed is left out and told to warnings, if there are any; no warning has the value
// of a header. A process must not change its environment meanwhile.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_ENVIRONMENT_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_ENVIRONMENT_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/otlp/key_value_list.h"
#include "tracebus/exporters/otlp/otlp_signal.h"

namespace tracebus {
inline namespace v1 {

class OtlpEnvironment {
 public:
  struct Variable {
    std::string name;
    std::string value;
  };

  explicit OtlpEnvironment(std::vector<std::string>* warnings,
                           OtlpSignal signal = OtlpSignal::kTraces) noexcept
      : warnings_(warnings), signal_(signal) {}

  // what: "ENDPOINT" and so on.
  std::optional<Variable> find(const std::string& what) const;
  static std::optional<Variable> find_as(const std::string& name);

  void set_text(const std::string& what, std::string& to) const;
  void set_timeout(std::chrono::milliseconds& to) const;   // 1 to 3,600,000
  void set_flag(const std::string& what, bool& to) const;  // true or false
  void set_gzip(bool& to) const;                           // of COMPRESSION
  std::vector<KeyValueList::Member> headers() const;

  void warn_of(const Variable& variable, const std::string& expected) const;

 private:
  void warn(const std::string& text) const;

  std::vector<std::string>* const warnings_;
  const OtlpSignal signal_;
};

// In lower case, as far as it is ASCII.
std::string lower_case(std::string_view text);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_ENVIRONMENT_H_
