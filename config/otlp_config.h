// SPDX-License-Identifier: Apache-2.0
//
// OTLP as config files write it: {"endpoint": "http://collector:4318", "headers": {...}, ...}.
#ifndef TRACEBUS_CONFIG_OTLP_CONFIG_H_
#define TRACEBUS_CONFIG_OTLP_CONFIG_H_

#include "tracebus/config/config_object.h"
#include "tracebus/config/exporter_config.h"
#include "tracebus/config/otlp_settings.h"

namespace tracebus {
inline namespace v1 {

// Problems are noted with the object, and none of them has the value of a header.
OtlpSettings read_otlp(ConfigObject object, const ExporterConfigRules& rules);

// What is not said is as the OTEL_EXPORTER_OTLP_ variables have it, now.
ExporterConfig::Make make_otlp(const OtlpSettings& settings);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_OTLP_CONFIG_H_
