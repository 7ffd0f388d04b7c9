// SPDX-License-Identifier: Apache-2.0
//
// BatchFile: the file behind an exporter that writes batches of units (lines, messages).
//
// Promises
//  1. A batch is one write of whole units (one for each file, where it spans a rotation), made
//     before write returns: nothing waits in a buffer of this process.
//  2. A unit that write counted is in the file, once, whole. After a full disk or an I/O error the
//     torn unit is taken back, exactly the units that are missing are not counted, what was written
//     before stays, and the next batch tries anew.
//  3. A torn end (a crash, a power loss) is mended when the file is opened; see append_file.h.
//  4. Files are created for their owner alone (0600, folders 0700): traces hold what people said.
//     Symbolic links are not followed. Widen the mode of the file, and it stays so.
//  5. A file that was renamed or removed (logrotate) is noticed within a second, or at flush, and
//     the path made anew.
//  6. Once flush returned OK, with kOnFlush or kEveryBatch, all that was counted is on the disk.
//
// When an fsync fails
//  The operating system may have dropped what it could not write, and would answer the next fsync
//  that all is well: so that file is abandoned, and what had not reached the disk is written again.
//
//    file --fsync fails--> cut to what is on the disk --> path.unsynced.<n> (removed, if empty)
//                          --> new file at path --> kept units written again --> fsync
//
//  A step that fails is tried again by the next write or flush. Until the kept units are written
//  again, nothing else is written or counted, so that the order stays and nothing is there twice;
//  until the last step succeeds, flush fails. For this a copy of the units since the last fsync is
//  kept in memory: unsynced_bytes_max bytes, or twice one batch that is larger. Before it would
//  grow beyond that, the file is forced onto the disk without a flush.
//
// Compromises: between the first step and the last, units that no flush was OK for are in memory
// only, because a disk that is full has no room for them twice. Where several processes append to
// one file it cannot be cut, so units may then be in both files; their origin tells.
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_BATCH_FILE_H_
#define TRACEBUS_EXPORTERS_BATCH_FILE_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/exporters/append_file.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/file_system.h"
#include "tracebus/exporters/framing.h"
#include "tracebus/exporters/unsynced_units.h"

namespace tracebus {
inline namespace v1 {

// When data is forced onto the disk with fsync. kNever leaves it to the operating system: a crash
// of the process loses nothing, a power loss the last seconds.
enum class FileSync : std::uint8_t { kNever, kOnFlush, kEveryBatch };

inline constexpr std::size_t kUnsyncedBytesDefault = std::size_t{4} << 20;
inline constexpr std::size_t kUnsyncedBytesMax = std::size_t{1} << 30;

struct BatchFileOptions {
  // Before the file exceeds this size, or when it has been written to for this long since it was
  // opened, it becomes path.1, path.1 becomes path.2, and so on; the oldest beyond
  // rotate_files_max is removed. 0: never. A unit is never split; one that is larger than
  // rotate_bytes_max gets a file of its own.
  std::uint64_t rotate_bytes_max = 0;
  std::uint64_t rotate_seconds_max = 0;
  std::uint32_t rotate_files_max = 8;  // 1 to kRotatedFilesMax
  FileSync sync = FileSync::kNever;
  // Memory for what is to be written again after a failed fsync; 1 to kUnsyncedBytesMax. None with
  // kNever.
  std::size_t unsynced_bytes_max = kUnsyncedBytesDefault;

  FileSystem* file_system = nullptr;                                // null: the process's own
  std::function<std::chrono::steady_clock::time_point()> now = {};  // empty: the steady clock
};

class BatchFile {
 public:
  // Opens path for appending, and makes it and its folders where they are missing. Fails with what
  // to do about it for an empty path, a folder, a symbolic link, or a path that cannot be written.
  // REQUIRES: framing outlives the file.
  static absl::StatusOr<std::unique_ptr<BatchFile>> open(const std::string& path,
                                                         BatchFileOptions options,
                                                         const Framing& framing);
  BatchFile(const BatchFile&) = delete;
  BatchFile& operator=(const BatchFile&) = delete;

  // How many units of batch, from the first on, are in the file. None after shutdown.
  std::size_t write(const EncodedBatch& batch);
  // OK after a failed fsync if all is on the disk in the end; last_error then tells of it.
  absl::Status flush();
  absl::Status shutdown();

  std::string_view last_error() const noexcept { return last_error_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  BatchFile(const std::string& path, BatchFileOptions options, const Framing& framing);

  std::size_t end_of_fitting(const EncodedBatch& batch, std::size_t first) const;
  std::size_t append(const EncodedBatch& batch, std::size_t first, std::size_t end);

  bool keeps_units() const;
  void start_sync();
  absl::Status secure();
  absl::Status recover();
  absl::Status replace();
  absl::Status move_away();

  bool is_due(TimePoint now) const;
  bool rotate();
  void follow_path();
  absl::Status reopen();
  const absl::Status& note(const absl::Status& status);  // as last_error; returns status

  const std::string path_;
  const BatchFileOptions options_;
  const Framing& framing_;
  FileSystem& file_system_;

  std::unique_ptr<AppendFile> file_;  // null after shutdown
  bool is_elsewhere_ = false;         // the file is no longer at path_: try to open path_ anew
  TimePoint opened_at_;
  TimePoint followed_at_;
  UnsyncedUnits unsynced_;
  std::string last_error_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_BATCH_FILE_H_
