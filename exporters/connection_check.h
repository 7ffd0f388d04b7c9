// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_CONNECTION_CHECK_H_
#define TRACEBUS_EXPORTERS_CONNECTION_CHECK_H_

#include <absl/status/status.h>

#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

// What an exporter is as well that can say, before there are events, whether they would arrive.
class ConnectionCheck {
 public:
  virtual ~ConnectionCheck() = default;

  // OK: the receiver answered a request without events. Else what it or the network says: never
  // what is secret. Returns by the deadline. REQUIRES: the exporter is on no bus.
  virtual absl::Status check_connection(Deadline deadline) = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_CONNECTION_CHECK_H_
