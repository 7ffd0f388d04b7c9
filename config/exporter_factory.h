// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_CONFIG_EXPORTER_FACTORY_H_
#define TRACEBUS_CONFIG_EXPORTER_FACTORY_H_

#include "tracebus/exporters/exporter_spec.h"

namespace tracebus {
inline namespace v1 {

// Knows every exporter that this build has.
ExporterFactory exporter_factory();

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_EXPORTER_FACTORY_H_
