// SPDX-License-Identifier: Apache-2.0
//
// Spool: entries that wait on disk for whoever takes them, in order, across crashes and restarts.
//
//   folder/00000000000000000007.spool   segments (spool_log.h), written to, sealed and removed
//   folder/position                     how far they were taken
//   folder/lock                         held by the one process that has the spool open
//
// Promises
//  1. What append said OK for is taken at least once, unless it was dropped for room or the disk
//     damaged it; both are counted. A kill -9 loses nothing of it; a power loss what was not synced
//     (SpoolOptions::sync).
//  2. Entries are taken in the order in which they were appended. Some of those that were taken
//     shortly before a crash are taken again.
//  3. Opening costs a look at the names in the folder, however much waits there. Damage is skipped
//     to the next block of 32 KiB and counted, and stops nothing; so is a block that cannot be
//     read, once it was tried kSpoolReadsMax times.
//  4. Segments take no more than bytes_max, but for the one that is written to.
//
// After a failed write the segment is sealed where the last whole entry ends, and the next append
// begins a new one; after a failed sync, too, as the system may have dropped what it could not
// write.
//
// Thread safety: append and sync by one thread, take and acknowledge by another; the rest by any.
#ifndef TRACEBUS_EXPORTERS_SPOOL_SPOOL_H_
#define TRACEBUS_EXPORTERS_SPOOL_SPOOL_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/batch_file.h"
#include "tracebus/exporters/file_system.h"
#include "tracebus/exporters/spool/spool_log.h"

namespace tracebus {
inline namespace v1 {

enum class SpoolFull : std::uint8_t {
  kDropNewest,  // append is ResourceExhausted
  kDropOldest,  // the oldest segment is removed with all that waits in it
};

inline constexpr std::uint32_t kSpoolReadsMax = 10;  // a tenth of a second after each other
inline constexpr std::uint64_t kSpoolBytesMin = std::uint64_t{256} << 10;

struct SpoolOptions {
  std::uint64_t bytes_max = std::uint64_t{1} << 30;  // on the disk; at least kSpoolBytesMin
  SpoolFull when_full = SpoolFull::kDropNewest;
  FileSync sync = FileSync::kOnFlush;
  FileSystem* file_system = nullptr;  // null: the process's own
};

struct SpoolStats {
  std::uint64_t appended_events = 0;  // by this process
  std::uint64_t taken_events = 0;     // acknowledged, by this process
  std::uint64_t dropped_events = 0;   // for room, of those that had been appended
  std::uint64_t skipped_bytes = 0;    // damaged or torn
  std::uint64_t bytes = 0;            // on the disk
  std::uint64_t segments = 0;
};

// How many events the entry holds, and the caller's bytes.
struct SpoolEntry {
  std::uint64_t events = 0;
  std::string bytes;
};

class Spool {
 public:
  // Makes the folder, for its owner alone. FailedPrecondition if another process has it open;
  // InvalidArgument for impossible options; else what the disk says, and what to do.
  static absl::StatusOr<std::unique_ptr<Spool>> open(const std::string& folder,
                                                     const SpoolOptions& options);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  // OK: it is in the file, whole, and will be taken. ResourceExhausted: no room (kDropNewest), or
  // it is larger than half of bytes_max. Else the disk refused it, and nothing of it is there.
  absl::Status append(std::string_view bytes, std::uint64_t events);
  // OK: all that was appended is on the disk (but with FileSync::kNever). An error of a segment
  // that was sealed since the sync before is told, too, once.
  absl::Status sync();

  // The next entry. Waits for one until the deadline, or until interrupt is called; false: there is
  // none. Those that were not acknowledged come again when the spool is opened again.
  bool take(SpoolEntry& entry, Deadline deadline);
  // The entry that take gave out last need not be taken again.
  void acknowledge();
  // Ends a wait in take, now or the next one.
  void interrupt();

  // Waits until all is taken and acknowledged, or the deadline. Whether it is.
  bool wait_until_empty(Deadline deadline);

  SpoolStats stats() const;

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;           // to the end of its last whole entry, as far as is known
    std::uint64_t waiting_events = 0;  // of this process's entries in it that were not acknowledged
    bool is_known = true;              // false: of an earlier process, not read yet
  };
  class Reading;

  Spool(std::string folder, const SpoolOptions& options);
  absl::Status lock();
  absl::Status list_segments();
  void read_position();
  std::string path_of(std::uint64_t segment) const;

  absl::Status begin_segment();
  void seal_segment();
  void close_segment();
  void close_if_last();
  absl::Status sync_segment();
  absl::Status make_room(std::uint64_t bytes);
  void remove_oldest();
  std::uint64_t count_events(const Segment& segment);
  absl::Status write_entry(std::string_view framed);
  void write_position(std::uint64_t segment, std::uint64_t offset);
  enum class Taken : std::uint8_t { kEntry, kNothing, kFailed };
  Taken take_locked(SpoolEntry& entry);
  bool open_reading();
  bool give_up_unreadable();
  void leave_reading_segment();

  const std::string folder_;
  const SpoolOptions options_;
  FileSystem& file_system_;
  const std::uint64_t segment_bytes_max_;
  int lock_descriptor_ = -1;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<Segment>
      segments_;         // the oldest first; the last one is written to if descriptor_ >= 0
  int descriptor_ = -1;  // of the segment that is written to
  std::uint64_t next_number_ = 1;
  std::uint64_t bytes_ = 0;  // of all segments
  absl::Status unsynced_;    // of those sealed since the last sync, what the disk refused
  std::string entry_;   // that is appended, kept for its room
  std::string framed_;  // the same, as it is written
  std::unique_ptr<Reading> reading_;    // the first segment, while it is read
  std::uint64_t taken_events_now_ = 0;  // of the entry that is out
  bool is_out_ = false;
  std::uint64_t out_segment_ = 0;   // where it lies
  std::uint32_t failed_reads_ = 0;  // one after the other
  bool is_interrupted_ = false;
  std::uint64_t position_segment_ = 0;
  std::uint64_t position_offset_ = 0;
  int position_descriptor_ = -1;
  std::uint64_t position_bytes_ = 0;
  SpoolStats stats_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPOOL_SPOOL_H_
