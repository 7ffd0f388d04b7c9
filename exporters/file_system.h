// SPDX-License-Identifier: Apache-2.0
//
// FileSystem: the operating system's files behind one interface that tests replace.
//
// The public calls are the ones to use: they repeat a call that a signal interrupted (EINTR), and
// nothing else. Implementations override the private ones, one system call each.
// Thread safety: as the operating system's, any thread.
#ifndef TRACEBUS_EXPORTERS_FILE_SYSTEM_H_
#define TRACEBUS_EXPORTERS_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// What a call returned, or the errno it failed with.
struct IoResult {
  std::int64_t value = 0;
  int error = 0;

  static constexpr IoResult of(std::int64_t value) noexcept { return {value, 0}; }
  static constexpr IoResult failure(int error) noexcept { return {-1, error}; }
  constexpr bool ok() const noexcept { return error == 0; }
};

struct FileStatus {
  std::uint64_t size_bytes = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool is_regular = false;
  bool is_directory = false;
  bool is_character_device = false;

  bool is_same_file(const FileStatus& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
};

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  // The process's real one. Lives for ever.
  static FileSystem& posix() noexcept;

  // A descriptor that reads anywhere and writes at the end only. Creates the file, for its owner
  // alone (0600). Does not follow a symbolic link in the last place of path, does not wait for the
  // other end of a FIFO, and is closed by exec.
  IoResult open_append(const std::string& path);
  // Not repeated after EINTR: the descriptor is gone by then.
  IoResult close(int descriptor) { return do_close(descriptor); }
  // May write less than it was given. The value is how much.
  IoResult write(int descriptor, std::string_view bytes);
  // May read less than was asked for; 0 at the end.
  IoResult read_at(int descriptor, char* out, std::size_t bytes, std::uint64_t offset);
  IoResult status(int descriptor, FileStatus& out);
  IoResult status_at(const std::string& path, FileStatus& out);  // of a link, not of its target
  IoResult truncate(int descriptor, std::uint64_t size_bytes);
  IoResult sync(int descriptor);  // fdatasync: the data, and what it takes to read it
  // Begins to write what lies there onto the disk, and does not wait for it. An answer of OK says
  // nothing, and neither does that of a file system which knows no such thing.
  IoResult start_writeback(int descriptor, std::uint64_t offset, std::uint64_t bytes);
  IoResult sync_directory(const std::string& path);
  IoResult rename(const std::string& from, const std::string& to);
  IoResult remove(const std::string& path);
  IoResult make_directory(const std::string& path);  // for its owner alone (0700)

 private:
  virtual IoResult do_open_append(const std::string& path) = 0;
  virtual IoResult do_close(int descriptor) = 0;
  virtual IoResult do_write(int descriptor, std::string_view bytes) = 0;
  virtual IoResult do_read_at(int descriptor, char* out, std::size_t bytes,
                              std::uint64_t offset) = 0;
  virtual IoResult do_status(int descriptor, FileStatus& out) = 0;
  virtual IoResult do_status_at(const std::string& path, FileStatus& out) = 0;
  virtual IoResult do_truncate(int descriptor, std::uint64_t size_bytes) = 0;
  virtual IoResult do_sync(int descriptor) = 0;
  virtual IoResult do_start_writeback(int descriptor, std::uint64_t offset,
                                      std::uint64_t bytes) = 0;
  virtual IoResult do_sync_directory(const std::string& path) = 0;
  virtual IoResult do_rename(const std::string& from, const std::string& to) = 0;
  virtual IoResult do_remove(const std::string& path) = 0;
  virtual IoResult do_make_directory(const std::string& path) = 0;
};

// The folder that holds path: "." where path names none.
std::string parent_directory(const std::string& path);

// Makes path and every folder above it that is missing.
IoResult make_directories(FileSystem& file_system, const std::string& path);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_FILE_SYSTEM_H_
