// SPDX-License-Identifier: Apache-2.0
//
// write_whole_file: a file whose content is replaced at once.
#ifndef TRACEBUS_EXPORTERS_WHOLE_FILE_H_
#define TRACEBUS_EXPORTERS_WHOLE_FILE_H_

#include <absl/status/status.h>

#include <string>
#include <string_view>

#include "tracebus/exporters/file_system.h"

namespace tracebus {
inline namespace v1 {

// Whoever opens path finds the old content or the new one, whole, also after a power loss: bytes go
// into "path.new", onto the disk, and that file takes the place of path. It is for its owner alone
// (0600). Makes folders that are missing. What is no regular file, such as a device, a FIFO or a
// symbolic link, is refused: FailedPrecondition. After an error path is as it was; the message says
// what to do.
// Not for two writers of one path at the same time. Thread safety: any thread.
absl::Status write_whole_file(FileSystem& file_system, const std::string& path,
                              std::string_view bytes);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_WHOLE_FILE_H_
