// SPDX-License-Identifier: Apache-2.0
//
// The names of files that are no longer written to.
//
// Rotated: "trace.jsonl.1" is the youngest, ".2" the one before, and so on; renaming makes room,
// and the oldest goes when there are files_max of them. Numbers rather than times, because the
// bound then holds without listing the folder, over restarts and whatever the clock does.
// Set aside after a failed fsync: "trace.jsonl.unsynced.1", ".2", ...: never overwritten.
#ifndef TRACEBUS_EXPORTERS_FILE_ROTATION_H_
#define TRACEBUS_EXPORTERS_FILE_ROTATION_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "tracebus/exporters/file_system.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::uint32_t kRotatedFilesMax = 10000;
inline constexpr std::uint32_t kUnsyncedFilesMax = 1000;

// Renames path to path.1, after path.1 to path.2 and so on up to path.<files_max>. When one rename
// fails, the files keep their contents, and a later call goes on from there.
// REQUIRES: 1 <= files_max <= kRotatedFilesMax.
absl::Status rotate_file(FileSystem& file_system, const std::string& path, std::uint32_t files_max);

// Renames path to the first free path.unsynced.<n>, and returns that.
absl::StatusOr<std::string> set_file_aside(FileSystem& file_system, const std::string& path);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_FILE_ROTATION_H_
