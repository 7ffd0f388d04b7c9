// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/whole_file.h"

#include <cerrno>
#include <cstddef>

#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {
namespace {

absl::Status write_all(FileSystem& file_system, int descriptor, const std::string& path,
                       std::string_view bytes) {
  while (!bytes.empty()) {
    const IoResult written = file_system.write(descriptor, bytes);
    if (!written.ok()) return file_error(written.error, "write", path);
    if (written.value == 0) return file_error(EIO, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written.value));
  }
  const IoResult synced = file_system.sync(descriptor);
  return synced.ok() ? absl::OkStatus() : file_error(synced.error, "force onto the disk", path);
}

absl::Status write_new(FileSystem& file_system, const std::string& path, std::string_view bytes) {
  // One that an earlier attempt left would be appended to.
  const IoResult removed = file_system.remove(path);
  if (!removed.ok() && removed.error != ENOENT) return file_error(removed.error, "remove", path);
  const IoResult opened = file_system.open_append(path);
  if (!opened.ok()) return file_error(opened.error, "open", path);
  const int descriptor = static_cast<int>(opened.value);
  const absl::Status written = write_all(file_system, descriptor, path, bytes);
  const IoResult closed = file_system.close(descriptor);
  if (!written.ok()) return written;
  return closed.ok() ? absl::OkStatus() : file_error(closed.error, "close", path);
}

// Nothing may be there, or a file like the one that takes its place.
absl::Status check_place(FileSystem& file_system, const std::string& path) {
  FileStatus found;
  const IoResult looked = file_system.status_at(path, found);
  if (!looked.ok()) {
    return looked.error == ENOENT ? absl::OkStatus() : file_error(looked.error, "look at", path);
  }
  if (found.is_regular) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "cannot write '" + path + "': " +
      (found.is_directory ? "it is a folder" : "it is there, and no regular file") +
      "; give the path of a file");
}

}  // namespace

absl::Status write_whole_file(FileSystem& file_system, const std::string& path,
                              std::string_view bytes) {
  const std::string folder = parent_directory(path);
  const IoResult made = make_directories(file_system, folder);
  if (!made.ok()) return file_error(made.error, "make folder", folder);
  const std::string beside = path + ".new";
  for (const std::string& place : {path, beside}) {
    if (absl::Status status = check_place(file_system, place); !status.ok()) return status;
  }
  const absl::Status written = write_new(file_system, beside, bytes);
  if (!written.ok()) {
    file_system.remove(beside);
    return written;
  }
  const IoResult renamed = file_system.rename(beside, path);
  if (!renamed.ok()) {
    file_system.remove(beside);
    return file_error(renamed.error, "replace", path);
  }
  const IoResult synced = file_system.sync_directory(folder);
  return synced.ok() ? absl::OkStatus() : file_error(synced.error, "force onto the disk", folder);
}

}  // namespace v1
}  // namespace tracebus
