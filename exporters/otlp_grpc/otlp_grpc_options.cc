// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/otlp_grpc_options.h"

#include <utility>

#include "tracebus/exporters/otlp/otlp_environment.h"

namespace tracebus {
inline namespace v1 {

OtlpGrpcOptions OtlpGrpcOptions::from_env(std::vector<std::string>* warnings, OtlpSignal signal) {
  const OtlpEnvironment environment(warnings, signal);
  OtlpGrpcOptions options;
  options.resource = Resource::from_env(warnings);
  environment.set_text("ENDPOINT", options.endpoint);
  environment.set_flag("INSECURE", options.insecure);
  for (KeyValueList::Member& member : environment.headers()) {
    options.headers.push_back({std::move(member.key), std::move(member.value)});
  }
  environment.set_timeout(options.timeout);
  environment.set_gzip(options.gzip);
  environment.set_text("CERTIFICATE", options.ca_file);
  environment.set_text("CLIENT_CERTIFICATE", options.client_certificate_file);
  environment.set_text("CLIENT_KEY", options.client_key_file);
  const auto protocol = environment.find("PROTOCOL");
  if (protocol && lower_case(protocol->value) != "grpc") {
    environment.warn_of(*protocol, "grpc, which this exporter speaks");
  }
  return options;
}

}  // namespace v1
}  // namespace tracebus
