// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_CONFIG_EXPORTER_FACTORY_H_
#define TRACEBUS_CONFIG_EXPORTER_FACTORY_H_

#include "tracebus/exporters/exporter_spec.h"

namespace tracebus {
inline namespace v1 {

// Knows every exporter that this build has, but for otlp-grpc, which is for those who link gRPC to
// add: factory.add("otlp-grpc", "...", make_otlp_grpc).
ExporterFactory exporter_factory();

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_EXPORTER_FACTORY_H_
