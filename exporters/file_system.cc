// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace tracebus {
inline namespace v1 {
namespace {

template <class Call>
IoResult uninterrupted(Call call) {
  for (;;) {
    const IoResult result = call();
    if (result.error != EINTR) return result;
  }
}

// What a system call returned, in our terms.
template <class Integer>
IoResult result_of(Integer returned) {
  if (returned < 0) return IoResult::failure(errno);
  return IoResult::of(static_cast<std::int64_t>(returned));
}

FileStatus status_of(const struct stat& found) {
  return {.size_bytes = static_cast<std::uint64_t>(found.st_size),
          .device = static_cast<std::uint64_t>(found.st_dev),
          .inode = static_cast<std::uint64_t>(found.st_ino),
          .is_regular = S_ISREG(found.st_mode),
          .is_directory = S_ISDIR(found.st_mode),
          .is_character_device = S_ISCHR(found.st_mode)};
}

class PosixFileSystem final : public FileSystem {
 private:
  IoResult do_open_append(const std::string& path) override {
    constexpr int kFlags =
        O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    return result_of(::open(path.c_str(), kFlags, 0600));
  }
  IoResult do_close(int descriptor) override { return result_of(::close(descriptor)); }
  IoResult do_write(int descriptor, std::string_view bytes) override {
    return result_of(::write(descriptor, bytes.data(), bytes.size()));
  }
  IoResult do_read_at(int descriptor, char* out, std::size_t bytes, std::uint64_t offset) override {
    return result_of(::pread(descriptor, out, bytes, static_cast<off_t>(offset)));
  }
  IoResult do_status(int descriptor, FileStatus& out) override {
    struct stat found;
    const IoResult result = result_of(::fstat(descriptor, &found));
    if (result.ok()) out = status_of(found);
    return result;
  }
  IoResult do_status_at(const std::string& path, FileStatus& out) override {
    struct stat found;
    const IoResult result = result_of(::lstat(path.c_str(), &found));
    if (result.ok()) out = status_of(found);
    return result;
  }
  IoResult do_truncate(int descriptor, std::uint64_t size_bytes) override {
    return result_of(::ftruncate(descriptor, static_cast<off_t>(size_bytes)));
  }
  IoResult do_sync(int descriptor) override { return result_of(::fdatasync(descriptor)); }
  IoResult do_start_writeback(int descriptor, std::uint64_t offset, std::uint64_t bytes) override {
    return result_of(::sync_file_range(descriptor, static_cast<off64_t>(offset),
                                       static_cast<off64_t>(bytes), SYNC_FILE_RANGE_WRITE));
  }
  IoResult do_sync_directory(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return IoResult::failure(errno);
    const IoResult result = result_of(::fsync(descriptor));
    ::close(descriptor);
    return result;
  }
  IoResult do_rename(const std::string& from, const std::string& to) override {
    return result_of(::rename(from.c_str(), to.c_str()));
  }
  IoResult do_remove(const std::string& path) override { return result_of(::unlink(path.c_str())); }
  IoResult do_make_directory(const std::string& path) override {
    return result_of(::mkdir(path.c_str(), 0700));
  }
};

}  // namespace

FileSystem& FileSystem::posix() noexcept {
  // Never destroyed: exporters may outlive the statics of the process.
  static PosixFileSystem& file_system = *new PosixFileSystem;
  return file_system;
}

IoResult FileSystem::open_append(const std::string& path) {
  return uninterrupted([&] { return do_open_append(path); });
}
IoResult FileSystem::write(int descriptor, std::string_view bytes) {
  return uninterrupted([&] { return do_write(descriptor, bytes); });
}
IoResult FileSystem::read_at(int descriptor, char* out, std::size_t bytes, std::uint64_t offset) {
  return uninterrupted([&] { return do_read_at(descriptor, out, bytes, offset); });
}
IoResult FileSystem::status(int descriptor, FileStatus& out) {
  return uninterrupted([&] { return do_status(descriptor, out); });
}
IoResult FileSystem::status_at(const std::string& path, FileStatus& out) {
  return uninterrupted([&] { return do_status_at(path, out); });
}
IoResult FileSystem::truncate(int descriptor, std::uint64_t size_bytes) {
  return uninterrupted([&] { return do_truncate(descriptor, size_bytes); });
}
IoResult FileSystem::sync(int descriptor) {
  return uninterrupted([&] { return do_sync(descriptor); });
}
IoResult FileSystem::start_writeback(int descriptor, std::uint64_t offset, std::uint64_t bytes) {
  return uninterrupted([&] { return do_start_writeback(descriptor, offset, bytes); });
}
IoResult FileSystem::sync_directory(const std::string& path) {
  return uninterrupted([&] { return do_sync_directory(path); });
}
IoResult FileSystem::rename(const std::string& from, const std::string& to) {
  return uninterrupted([&] { return do_rename(from, to); });
}
IoResult FileSystem::remove(const std::string& path) {
  return uninterrupted([&] { return do_remove(path); });
}
IoResult FileSystem::make_directory(const std::string& path) {
  return uninterrupted([&] { return do_make_directory(path); });
}

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  const std::size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

IoResult make_directories(FileSystem& file_system, const std::string& path) {
  const IoResult made = file_system.make_directory(path);
  if (made.ok() || made.error == EEXIST) return IoResult::of(0);
  const std::string parent = parent_directory(path);
  if (made.error != ENOENT || parent == path) return made;
  const IoResult above = make_directories(file_system, parent);
  if (!above.ok()) return above;
  const IoResult again = file_system.make_directory(path);
  return again.error == EEXIST ? IoResult::of(0) : again;
}

}  // namespace v1
}  // namespace tracebus
