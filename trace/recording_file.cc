// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_file.h"

#include <cerrno>
#include <cstdint>

#include "tracebus/core/ids.h"
#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {
namespace {

int write_all(FileSystem& files, int descriptor, std::string_view text) {
  while (!text.empty()) {
    const IoResult wrote = files.write(descriptor, text);
    if (!wrote.ok()) return wrote.error;
    if (wrote.value == 0) return EIO;
    text.remove_prefix(static_cast<std::size_t>(wrote.value));
  }
  return 0;
}

// Writes a new file and forces it onto the disk. 0, or an errno.
int write_file(FileSystem& files, const std::string& path, std::string_view text) {
  const IoResult opened = files.open_append(path);
  if (!opened.ok()) return opened.error;
  const int descriptor = static_cast<int>(opened.value);
  int error = write_all(files, descriptor, text);
  if (error == 0) error = files.sync(descriptor).error;
  const int close_error = files.close(descriptor).error;
  return error != 0 ? error : close_error;
}

absl::Status check_replaceable(FileSystem& files, const std::string& path) {
  if (path.empty()) {
    return absl::InvalidArgumentError("cannot save to '': give the path of a file");
  }
  FileStatus there;
  if (!files.status_at(path, there).ok() || there.is_regular) return absl::OkStatus();
  if (there.is_directory) return file_error(EISDIR, "save to", path);
  return absl::InvalidArgumentError("cannot save to '" + path +
                                    "': what is there is no regular file, and would be replaced; "
                                    "give the path of a file");
}

}  // namespace

absl::Status replace_file(FileSystem& files, const std::string& path, std::string_view text) {
  const absl::Status replaceable = check_replaceable(files, path);
  if (!replaceable.ok()) return replaceable;
  const std::string folder = parent_directory(path);
  if (const IoResult made = make_directories(files, folder); !made.ok()) {
    return file_error(made.error, "make the folder of", path);
  }
  SpanId unique;
  fill_random(unique.bytes.data(), unique.bytes.size());
  const std::string beside = path + ".new." + unique.hex();
  int error = write_file(files, beside, text);
  if (error == 0) error = files.rename(beside, path).error;
  if (error != 0) {
    files.remove(beside);
    return file_error(error, "save to", path);
  }
  files.sync_directory(folder);  // the name may lag behind a power loss, the old file then stands
  return absl::OkStatus();
}

}  // namespace v1
}  // namespace tracebus
