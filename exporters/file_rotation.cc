// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/file_rotation.h"

#include <cerrno>

#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string numbered(const std::string& path, std::uint32_t number) {
  return path + "." + std::to_string(number);
}

}  // namespace

absl::Status rotate_file(FileSystem& file_system, const std::string& path,
                         std::uint32_t files_max) {
  // Only the names up to the first free one move, so a gap costs no file.
  std::uint32_t free = 1;
  for (FileStatus found; free < files_max; ++free) {
    const IoResult result = file_system.status_at(numbered(path, free), found);
    if (result.error == ENOENT) break;
    if (!result.ok()) return file_error(result.error, "look at", numbered(path, free));
  }
  for (; free > 0; --free) {
    const std::string from = free == 1 ? path : numbered(path, free - 1);
    const IoResult renamed = file_system.rename(from, numbered(path, free));
    if (!renamed.ok()) return file_error(renamed.error, "rotate", from);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> set_file_aside(FileSystem& file_system, const std::string& path) {
  for (std::uint32_t number = 1; number <= kUnsyncedFilesMax; ++number) {
    const std::string aside = numbered(path + ".unsynced", number);
    FileStatus found;
    if (file_system.status_at(aside, found).error != ENOENT) continue;
    const IoResult renamed = file_system.rename(path, aside);
    if (!renamed.ok()) return file_error(renamed.error, "set aside", path);
    return aside;
  }
  return absl::ResourceExhaustedError("there are " + std::to_string(kUnsyncedFilesMax) +
                                      " files '" + path + ".unsynced.*' already; remove them");
}

}  // namespace v1
}  // namespace tracebus
