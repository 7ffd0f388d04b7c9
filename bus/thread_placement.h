// SPDX-License-Identifier: Apache-2.0
//
// Puts a thread of the bus where the host wants it.
#ifndef TRACEBUS_BUS_THREAD_PLACEMENT_H_
#define TRACEBUS_BUS_THREAD_PLACEMENT_H_

#include <absl/status/status.h>

#include "tracebus/bus/options.h"

namespace tracebus {
inline namespace v1 {

// Binds the calling thread to options.cpus, and sets its nice value. Empty cpus and a nice of 0
// leave it as it is, which is as the thread that started it. The thread runs on whatever could be
// fulfilled; FailedPrecondition says what could not, why, and what to do. Threads that this one
// starts are placed alike, unless they are placed themselves.
// REQUIRES: validate() accepts the options.
absl::Status place_this_thread(const ThreadOptions& options);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_THREAD_PLACEMENT_H_
