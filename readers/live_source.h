// SPDX-License-Identifier: Apache-2.0
//
// Sources that are still written to: a pipe, or a file that grows.
#ifndef TRACEBUS_READERS_LIVE_SOURCE_H_
#define TRACEBUS_READERS_LIVE_SOURCE_H_

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "tracebus/readers/byte_source.h"

namespace tracebus {
inline namespace v1 {

// Asked ten times a second and more while there is nothing to read: true ends the source, once all
// that is there was read. Called by the thread that reads.
using StopReading = std::function<bool()>;

// What comes out of a descriptor, such as that of standard input, until its end. It is not closed.
std::unique_ptr<ByteSource> live_source(int descriptor, StopReading stop);

// A file that others append to: its end is waited at. One that was cut to less than what was read
// begins anew, and so does another file that took its name, such as after a rotation; the old one
// is read to its end before, and a line that it did not finish ends there. Errors as of
// open_file_source; DataLoss if reading fails.
absl::StatusOr<std::unique_ptr<ByteSource>> follow_file(const std::string& path, StopReading stop);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_LIVE_SOURCE_H_
