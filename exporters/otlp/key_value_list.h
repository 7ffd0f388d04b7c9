// SPDX-License-Identifier: Apache-2.0
//
// Lists of keys and values as OpenTelemetry's variables hold them (OTEL_RESOURCE_ATTRIBUTES,
// OTEL_EXPORTER_OTLP_HEADERS):
//
//   service.version=1.2,deployment.environment.name=night%2Cshift
//
// The syntax is W3C Baggage's, without properties behind a semicolon: members apart by commas,
// spaces around what is between them ignored, keys and values percent-encoded.
#ifndef TRACEBUS_EXPORTERS_OTLP_KEY_VALUE_LIST_H_
#define TRACEBUS_EXPORTERS_OTLP_KEY_VALUE_LIST_H_

#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

struct KeyValueList {
  struct Member {
    std::string key;    // not empty
    std::string value;  // decoded, so any bytes
    bool operator==(const Member&) const = default;
  };
  std::vector<Member> members;  // in their order; a key given twice is there twice
  // What was left out and why, "member 2 has no '='". Names no value: it may be a secret.
  std::vector<std::string> faults;
};

// Members that are ill-formed are left out, and the others stay.
KeyValueList parse_key_value_list(std::string_view text);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_KEY_VALUE_LIST_H_
