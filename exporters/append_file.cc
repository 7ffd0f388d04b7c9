// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/append_file.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {

AppendFile::AppendFile(FileSystem& file_system, std::string path, const Framing& framing,
                       int descriptor)
    : file_system_(file_system), path_(std::move(path)), framing_(framing),
      descriptor_(descriptor) {}

AppendFile::~AppendFile() { close(); }

absl::StatusOr<std::unique_ptr<AppendFile>> AppendFile::open(FileSystem& file_system,
                                                             const std::string& path,
                                                             const Framing& framing) {
  if (path.empty()) {
    return absl::InvalidArgumentError("the path is empty; give the path of a file to write to");
  }
  if (path.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("the path holds a NUL byte; give the path of a file");
  }
  IoResult opened = file_system.open_append(path);
  if (opened.error == ENOENT) {
    const std::string folder = parent_directory(path);
    const IoResult made = make_directories(file_system, folder);
    if (!made.ok()) return file_error(made.error, "make the folder", folder);
    opened = file_system.open_append(path);
  }
  if (!opened.ok()) return file_error(opened.error, "open for appending", path);
  std::unique_ptr<AppendFile> file(
      new AppendFile(file_system, path, framing, static_cast<int>(opened.value)));
  absl::Status status = file->inspect();
  if (!status.ok()) return status;
  return file;
}

absl::Status AppendFile::inspect() {
  const IoResult found = file_system_.status(descriptor_, status_);
  if (!found.ok()) return file_error(found.error, "look at", path_);
  if (!status_.is_regular && !status_.is_character_device) {
    return absl::InvalidArgumentError("cannot append to '" + path_ +
                                      "': it is no file; give the path of a regular file");
  }
  if (!status_.is_regular) return absl::OkStatus();
  size_bytes_ = status_.size_bytes;
  const absl::StatusOr<Framing::End> end =
      framing_.find_end(FileBytes(file_system_, descriptor_, path_, size_bytes_));
  if (!end.ok()) return end.status();
  whole_end_ = end->offset;
  has_rest_ = whole_end_ != size_bytes_;
  is_torn_ = end->is_torn;
  mend();  // if it fails, then every append tries again
  durable_bytes_ = size_bytes_;
  return absl::OkStatus();
}

AppendFile::Appended AppendFile::append(std::string_view bytes) {
  if (const int error = mend(); error != 0) return {.error = error};
  const std::string_view preamble = framing_.preamble();
  if (preamble.empty()) return write(bytes);
  refresh();  // whoever emptied the file took the preamble with the rest
  if (size_bytes_ != 0) return write(bytes);
  std::string begun(preamble);
  begun += bytes;
  Appended result = write(begun);
  result.kept_bytes -= std::min(result.kept_bytes, preamble.size());
  return result;
}

AppendFile::Appended AppendFile::write(std::string_view bytes) {
  Appended result;
  const std::uint64_t begin = size_bytes_;
  std::size_t written = 0;
  while (written < bytes.size() && result.error == 0) {
    const IoResult wrote = file_system_.write(descriptor_, bytes.substr(written));
    if (wrote.ok()) written += static_cast<std::size_t>(wrote.value);
    result.error = wrote.ok() && wrote.value == 0 ? EIO : wrote.error;
  }
  size_bytes_ += written;
  const bool all = written == bytes.size();
  result.kept_bytes = all ? written : framing_.whole_bytes(bytes.substr(0, written));
  if (result.kept_bytes == written) return result;
  whole_end_ = begin + result.kept_bytes;
  has_rest_ = true;
  take_back_rest();  // if it fails, then mend does it
  return result;
}

// EPERM where there is no taking back: others have written as well, or the file may only grow.
int AppendFile::take_back_rest() {
  FileStatus now;
  const IoResult found = file_system_.status(descriptor_, now);
  if (!found.ok()) return found.error;
  if (!now.is_regular || now.size_bytes != size_bytes_) return EPERM;
  const int error = cut(whole_end_);
  has_rest_ = error != 0;
  return error;
}

int AppendFile::cut(std::uint64_t size_bytes) {
  const IoResult truncated = file_system_.truncate(descriptor_, size_bytes);
  if (!truncated.ok()) return truncated.error;
  size_bytes_ = size_bytes;
  durable_bytes_ = std::min(durable_bytes_, size_bytes_);
  started_bytes_ = std::min(started_bytes_, size_bytes_);
  return 0;
}

int AppendFile::mend() {
  if (const int error = has_rest_ ? take_back_rest() : 0; error != 0) {
    if (error != EPERM || framing_.terminator().empty()) return error;
    has_rest_ = false;
    is_torn_ = true;
  }
  return is_torn_ ? terminate() : 0;
}

int AppendFile::terminate() {
  const std::string_view terminator = framing_.terminator();
  const IoResult wrote = file_system_.write(descriptor_, terminator);
  if (!wrote.ok()) return wrote.error;
  if (wrote.value == 0) return EIO;
  size_bytes_ += terminator.size();  // of one byte: there is no shorter write
  is_torn_ = false;
  return 0;
}

int AppendFile::sync() {
  if (!status_.is_regular || sync_error_ != 0) return sync_error_;
  refresh();
  sync_error_ = file_system_.sync(descriptor_).error;
  if (sync_error_ == 0 && !is_folder_synced_) {
    sync_error_ = file_system_.sync_directory(parent_directory(path_)).error;
    is_folder_synced_ = sync_error_ == 0;
  }
  if (sync_error_ != 0) return sync_error_;
  durable_bytes_ = size_bytes_;
  is_shared_ = false;
  return 0;
}

int AppendFile::start_sync(std::uint64_t bytes_min) {
  if (!status_.is_regular || sync_error_ != 0) return sync_error_;
  const std::uint64_t begin = std::max(started_bytes_, durable_bytes_);
  if (size_bytes_ < begin + bytes_min) return 0;
  const int error = file_system_.start_writeback(descriptor_, begin, size_bytes_ - begin).error;
  started_bytes_ = size_bytes_;
  // Any other means that there is no such call for this file.
  if (error == EIO || error == ENOSPC || error == EDQUOT) sync_error_ = error;
  return sync_error_;
}

int AppendFile::abandon() {
  if (sync_error_ == 0) sync_error_ = EIO;
  if (!status_.is_regular) return 0;
  FileStatus now;
  const IoResult found = file_system_.status(descriptor_, now);
  if (!found.ok()) return found.error;
  const bool is_ours = !is_shared_ && now.size_bytes == size_bytes_;
  if (is_ours && now.size_bytes > durable_bytes_) return cut(durable_bytes_);
  size_bytes_ = now.size_bytes;
  return 0;
}

int AppendFile::close() {
  if (descriptor_ < 0) return 0;
  const IoResult closed = file_system_.close(std::exchange(descriptor_, -1));
  return closed.error == EINTR ? 0 : closed.error;
}

void AppendFile::refresh() noexcept {
  FileStatus now;
  if (!status_.is_regular || !file_system_.status(descriptor_, now).ok()) return;
  if (now.size_bytes == size_bytes_) return;
  is_shared_ = true;
  size_bytes_ = now.size_bytes;
  durable_bytes_ = std::min(durable_bytes_, size_bytes_);
  started_bytes_ = std::min(started_bytes_, size_bytes_);
}

bool AppendFile::is_at(const std::string& path) {
  FileStatus now;
  const IoResult found = file_system_.status_at(path, now);
  if (found.error == ENOENT) return false;
  // A character device is reached through any name it has, and is never rotated.
  return !found.ok() || !status_.is_regular || now.is_same_file(status_);
}

}  // namespace v1
}  // namespace tracebus
