// SPDX-License-Identifier: Apache-2.0
//
// Replaces a file at once.
#ifndef TRACEBUS_TRACE_RECORDING_FILE_H_
#define TRACEBUS_TRACE_RECORDING_FILE_H_

#include <absl/status/status.h>

#include <string>
#include <string_view>

#include "tracebus/exporters/file_system.h"

namespace tracebus {
inline namespace v1 {

// Afterwards, path has all of text on the disk, or what it had before: text is written beside it
// and then renamed. Errors say what to do; what was written beside it is removed then.
absl::Status replace_file(FileSystem& files, const std::string& path, std::string_view text);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDING_FILE_H_
