// SPDX-License-Identifier: Apache-2.0
//
// Resource: who it is that the events come from, as OTLP says it once for a whole request
// (opentelemetry-specification, resource/sdk.md).
//
//   service.name                       unknown_service:<program> unless it is set
//   telemetry.sdk.name, .language, .version   tracebus, cpp, and version()
//
// Thread safety: const functions may be called from any number of threads.
#ifndef TRACEBUS_EXPORTERS_OTLP_RESOURCE_H_
#define TRACEBUS_EXPORTERS_OTLP_RESOURCE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tracebus {
inline namespace v1 {

class Resource {
 public:
  using Value = std::variant<std::string, bool, std::int64_t, double>;
  struct Attribute {
    std::string key;
    Value value;
    bool operator==(const Attribute&) const = default;
  };

  // With what stands above.
  Resource();

  // The same and OTEL_RESOURCE_ATTRIBUTES (a key_value_list.h); OTEL_SERVICE_NAME wins over a
  // service.name in it. What is ill-formed is left out and told to warnings, if there are any. An
  // empty variable counts as not set. A process must not change its environment meanwhile.
  static Resource from_env(std::vector<std::string>* warnings = nullptr);

  // In the place of what was called key. An empty service.name is as none: the default comes back.
  void set(std::string_view key, Value value);

  const std::vector<Attribute>& attributes() const noexcept { return attributes_; }
  std::string_view service_name() const noexcept;

  // The bytes of a message Resource (resource/v1/resource.proto). Text that is not UTF-8 gets
  // U+FFFD in its place.
  std::string encoded() const;

 private:
  std::vector<Attribute> attributes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_RESOURCE_H_
