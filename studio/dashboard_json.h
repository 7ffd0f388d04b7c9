// SPDX-License-Identifier: Apache-2.0
//
// A dashboard as the JSON of /api/dashboard. Nothing that nobody said is a number there.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_DASHBOARD_JSON_H_
#define TRACEBUS_STUDIO_DASHBOARD_JSON_H_

#include <string>

#include "tracebus/studio/dashboard.h"

namespace tracebus {
inline namespace v1 {

std::string dashboard_json(const Dashboard& dashboard);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_DASHBOARD_JSON_H_
