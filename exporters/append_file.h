// SPDX-License-Identifier: Apache-2.0
//
// AppendFile: a file that grows by whole units (lines, messages: see framing.h), whatever the disk
// does.
//
// Invariants
//  1. After append, the units it reported kept are in the file, whole. A unit that was cut short by
//     an error is taken back: at once, or before the next one is written. It is ended instead where
//     others have written to the file meanwhile, or the file may only grow (chattr +a).
//  2. What was in the file before is never changed, but for a torn end, which open mends as the
//     framing says.
//  3. A file is trusted until an fsync of it fails, or the start of one. The operating system may
//     have dropped what was not on the disk by then, and would answer the next fsync that all is
//     well; so there is none, and nothing is appended any more.
// Units are taken back only while nobody else has written to the file.
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_APPEND_FILE_H_
#define TRACEBUS_EXPORTERS_APPEND_FILE_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/exporters/file_system.h"
#include "tracebus/exporters/framing.h"

namespace tracebus {
inline namespace v1 {

class AppendFile {
 public:
  // Makes missing folders and the file. Fails for what is neither a regular file nor a character
  // device (/dev/null). REQUIRES: file_system and framing outlive the file.
  static absl::StatusOr<std::unique_ptr<AppendFile>> open(FileSystem& file_system,
                                                          const std::string& path,
                                                          const Framing& framing = line_framing());
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  struct Appended {
    std::size_t kept_bytes = 0;  // of what was given, ending with a unit
    int error = 0;               // why it was not all
  };
  // Into an empty file, the framing's preamble goes first, in the same write.
  // REQUIRES: bytes are whole units; is_trusted().
  Appended append(std::string_view bytes);

  // Mends a torn end, should that have failed before. 0, or an errno.
  int mend();
  // Until the data and the file's name are on the disk. 0, or an errno: of the first failure.
  int sync();
  // Begins to write onto the disk what was appended, once that is bytes_min or more, so that sync
  // has less to wait for. 0, or an errno: then the file is not trusted any more.
  int start_sync(std::uint64_t bytes_min);
  bool is_trusted() const noexcept { return sync_error_ == 0; }
  // Leaves in the file what was there when it was opened, and what reached the disk since; all of
  // it, where others have written to it too. It is not trusted from then on. 0, or an errno: then
  // it may be tried again.
  int abandon();
  // 0, or an errno. The file is closed in any case.
  int close();

  // Asks the operating system for the size anew, for files that others write to as well.
  void refresh() noexcept;
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  // Where the next unit will begin: behind what is there, or the preamble that append adds.
  std::uint64_t next_offset() const noexcept {
    return size_bytes_ == 0 ? framing_.preamble().size() : size_bytes_;
  }
  bool is_regular() const noexcept { return status_.is_regular; }
  // Whether path still leads to this file. True when that cannot be found out.
  bool is_at(const std::string& path);

 private:
  AppendFile(FileSystem& file_system, std::string path, const Framing& framing, int descriptor);

  absl::Status inspect();
  Appended write(std::string_view bytes);
  int take_back_rest();
  int cut(std::uint64_t size_bytes);
  int terminate();

  FileSystem& file_system_;
  const std::string path_;
  const Framing& framing_;
  int descriptor_;
  FileStatus status_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t whole_end_ = 0;
  bool has_rest_ = false;  // what lies behind whole_end_ is no whole unit
  bool is_torn_ = false;   // the last unit wants a terminator
  // What abandon leaves: the size when the file was opened, or last forced onto the disk.
  std::uint64_t durable_bytes_ = 0;
  std::uint64_t started_bytes_ = 0;  // as far as start_sync got
  bool is_shared_ = false;           // others have written since then
  bool is_folder_synced_ = false;
  int sync_error_ = 0;  // of the first sync that failed
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_APPEND_FILE_H_
