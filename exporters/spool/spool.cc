// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/spool.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "tracebus/core/crc32c.h"
#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kSuffix = ".spool";
constexpr std::size_t kNumberDigits = 20;
constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 63;  // never reached by counting
constexpr std::uint64_t kSegmentBytesLeast = std::uint64_t{64} << 10;
constexpr std::uint64_t kSegmentBytesMost = std::uint64_t{16} << 20;
constexpr std::uint64_t kPositionBytesMax = 64 * 1024;
constexpr auto kReadAgain = std::chrono::milliseconds(100);

// In front of the caller's bytes in each entry.
constexpr std::size_t kEventsBytes = sizeof(std::uint64_t);

// A position as it stands in its file: whichever whole one comes last counts.
struct Position {
  std::uint64_t segment;
  std::uint64_t offset;
  std::uint64_t crc;

  std::uint64_t right_crc() const noexcept {
    char bytes[2 * sizeof(std::uint64_t)];
    std::memcpy(bytes, this, sizeof bytes);
    return crc32c({bytes, sizeof bytes});
  }
};

std::string_view bytes_of(const Position& position) noexcept {
  return {reinterpret_cast<const char*>(&position), sizeof position};
}

// The number of a segment's file; 0 if name is none.
std::uint64_t number_of(std::string_view name) noexcept {
  if (name.size() != kNumberDigits + kSuffix.size() || !name.ends_with(kSuffix)) return 0;
  std::uint64_t number = 0;
  const char* const end = name.data() + kNumberDigits;
  const auto parsed = std::from_chars(name.data(), end, number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  return is_number && number <= kNumberMax ? number : 0;
}

}  // namespace

// The first segment, as far as it was read.
class Spool::Reading {
 public:
  Reading(FileSystem& file_system, int descriptor, std::uint64_t offset)
      : log(file_system, descriptor, offset), file_system_(file_system), descriptor_(descriptor) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { file_system_.close(descriptor_); }

  SpoolLogReader log;
  std::uint64_t skipped_bytes = 0;  // that were counted

 private:
  FileSystem& file_system_;
  const int descriptor_;
};

absl::StatusOr<std::unique_ptr<Spool>> Spool::open(const std::string& folder,
                                                   const SpoolOptions& options) {
  if (folder.empty()) return absl::InvalidArgumentError("give the folder of the spool");
  if (options.bytes_max < kSpoolBytesMin) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a spool of ", options.bytes_max, " bytes is too small: give at least ", kSpoolBytesMin));
  }
  std::unique_ptr<Spool> spool(new Spool(folder, options));
  const IoResult made = make_directories(spool->file_system_, folder);
  if (!made.ok()) return file_error(made.error, "make folder", folder);
  if (absl::Status locked = spool->lock(); !locked.ok()) return locked;
  spool->read_position();
  if (absl::Status listed = spool->list_segments(); !listed.ok()) return listed;
  return spool;
}

Spool::Spool(std::string folder, const SpoolOptions& options)
    : folder_(std::move(folder)), options_(options),
      file_system_(options.file_system != nullptr ? *options.file_system : FileSystem::posix()),
      segment_bytes_max_(std::clamp(options.bytes_max / 8, kSegmentBytesLeast, kSegmentBytesMost)) {
}

Spool::~Spool() {
  reading_.reset();
  if (descriptor_ >= 0) file_system_.close(descriptor_);
  if (position_descriptor_ >= 0) file_system_.close(position_descriptor_);
  if (lock_descriptor_ >= 0) ::close(lock_descriptor_);
}

absl::Status Spool::lock() {
  const std::string path = folder_ + "/lock";
  lock_descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock_descriptor_ < 0) return file_error(errno, "open", path);
  if (::flock(lock_descriptor_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return file_error(errno, "lock", path);
  return absl::FailedPreconditionError(
      absl::StrCat("the spool in ", folder_, " is open in another process; give each its own"));
}

std::string Spool::path_of(std::uint64_t segment) const {
  const std::string digits = std::to_string(segment);
  return absl::StrCat(folder_, "/", std::string(kNumberDigits - digits.size(), '0'), digits,
                      absl::string_view(kSuffix.data(), kSuffix.size()));
}

absl::Status Spool::list_segments() {
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end;
       at.increment(error)) {
    const std::uint64_t number = number_of(at->path().filename().string());
    if (number != 0) numbers.push_back(number);
  }
  if (error) return file_error(error.value(), "read folder", folder_);
  std::sort(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers) {
    next_number_ = number + 1;
    FileStatus status;
    const IoResult found = file_system_.status_at(path_of(number), status);
    if (!found.ok()) return file_error(found.error, "look at", path_of(number));
    if (number < position_segment_) {  // taken whole, but the crash came before its removal
      file_system_.remove(path_of(number));
      continue;
    }
    segments_.push_back({.number = number, .bytes = status.size_bytes, .is_known = false});
    bytes_ += status.size_bytes;
  }
  next_number_ = std::max(next_number_, position_segment_ + 1);
  return absl::OkStatus();
}

// Whatever cannot be read costs that entries are taken again.
void Spool::read_position() {
  const std::string path = folder_ + "/position";
  const IoResult opened = file_system_.open_append(path);
  if (!opened.ok()) return;
  const int descriptor = static_cast<int>(opened.value);
  FileStatus status;
  if (file_system_.status(descriptor, status).ok()) {
    const std::uint64_t whole = status.size_bytes / sizeof(Position);
    for (std::uint64_t i = whole; i > 0 && position_segment_ == 0; --i) {
      Position position;
      const IoResult read = file_system_.read_at(descriptor, reinterpret_cast<char*>(&position),
                                                 sizeof position, (i - 1) * sizeof position);
      if (!read.ok() || read.value != sizeof position || position.crc != position.right_crc() ||
          position.segment > kNumberMax) {
        continue;
      }
      position_segment_ = position.segment;
      position_offset_ = position.offset;
    }
  }
  file_system_.close(descriptor);
  // The next position begins a new file: a torn end would put all that follow out of step.
  file_system_.remove(path + ".old");
  file_system_.rename(path, path + ".old");
  if (position_segment_ != 0) write_position(position_segment_, position_offset_);
  file_system_.remove(path + ".old");
}

void Spool::write_position(std::uint64_t segment, std::uint64_t offset) {
  const std::string path = folder_ + "/position";
  position_segment_ = segment;
  position_offset_ = offset;
  if (position_descriptor_ >= 0 && position_bytes_ > kPositionBytesMax) {
    file_system_.truncate(position_descriptor_, 0);
    position_bytes_ = 0;
  }
  if (position_descriptor_ < 0) {
    const IoResult opened = file_system_.open_append(path);
    if (!opened.ok()) return;
    position_descriptor_ = static_cast<int>(opened.value);
  }
  Position position = {.segment = segment, .offset = offset, .crc = 0};
  position.crc = position.right_crc();
  const IoResult written = file_system_.write(position_descriptor_, bytes_of(position));
  if (written.ok() && written.value == sizeof position) {
    position_bytes_ += sizeof position;
    return;
  }
  // Back to a whole one; the next acknowledgement says more.
  file_system_.truncate(position_descriptor_, position_bytes_);
}

absl::Status Spool::append(std::string_view bytes, std::uint64_t events) {
  std::lock_guard lock(mutex_);
  if (bytes.size() + kEventsBytes > options_.bytes_max / 2) {
    return absl::ResourceExhaustedError(absl::StrCat("a batch of ", bytes.size() + kEventsBytes,
                                                     " bytes is more than half of the spool"));
  }
  entry_.assign(reinterpret_cast<const char*>(&events), kEventsBytes);
  entry_ += bytes;
  if (descriptor_ >= 0 && segments_.back().bytes >= segment_bytes_max_) seal_segment();
  const std::uint64_t offset = descriptor_ >= 0 ? segments_.back().bytes : 0;
  if (absl::Status room = make_room(spool_entry_bytes(offset, entry_.size())); !room.ok())
    return room;
  if (descriptor_ < 0) {
    if (absl::Status begun = begin_segment(); !begun.ok()) return begun;
  }
  framed_.clear();
  append_spool_entry(framed_, segments_.back().bytes, entry_);
  if (absl::Status written = write_entry(framed_); !written.ok()) return written;
  segments_.back().bytes += framed_.size();
  segments_.back().waiting_events += events;
  bytes_ += framed_.size();
  stats_.appended_events += events;
  changed_.notify_all();
  return absl::OkStatus();
}

absl::Status Spool::begin_segment() {
  if (next_number_ > kNumberMax) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the spool in ", folder_, " has no number left for a segment; give another folder"));
  }
  const std::string path = path_of(next_number_);
  const IoResult opened = file_system_.open_append(path);
  if (!opened.ok()) return file_error(opened.error, "open", path);
  const int descriptor = static_cast<int>(opened.value);
  if (options_.sync != FileSync::kNever) {
    // Otherwise a power loss may take the name, and all that was forced onto the disk with it.
    const IoResult synced = file_system_.sync_directory(folder_);
    if (!synced.ok()) {
      file_system_.close(descriptor);
      file_system_.remove(path);
      return file_error(synced.error, "force onto the disk", folder_);
    }
  }
  descriptor_ = descriptor;
  segments_.push_back({.number = next_number_++});
  return absl::OkStatus();
}

// What sync promises of it is done now: it is closed when sync comes.
void Spool::seal_segment() {
  if (descriptor_ < 0) return;
  if (options_.sync == FileSync::kOnFlush) unsynced_.Update(sync_segment());
  close_segment();
}

void Spool::close_segment() {
  if (descriptor_ < 0) return;
  file_system_.close(descriptor_);
  descriptor_ = -1;
  changed_.notify_all();
}

// Writes all of it, or leaves nothing of it in the segment's part that counts.
absl::Status Spool::write_entry(std::string_view framed) {
  const std::string path = path_of(segments_.back().number);
  std::string_view rest = framed;
  absl::Status failed;
  while (!rest.empty() && failed.ok()) {
    const IoResult written = file_system_.write(descriptor_, rest);
    if (!written.ok() || written.value == 0) {
      failed = file_error(written.ok() ? EIO : written.error, "write", path);
    } else {
      rest.remove_prefix(static_cast<std::size_t>(written.value));
    }
  }
  if (failed.ok() && options_.sync == FileSync::kEveryBatch) {
    const IoResult synced = file_system_.sync(descriptor_);
    if (!synced.ok()) failed = file_error(synced.error, "force onto the disk", path);
  }
  if (failed.ok()) return failed;
  file_system_.truncate(descriptor_, segments_.back().bytes);
  seal_segment();
  return failed;
}

absl::Status Spool::sync() {
  std::lock_guard lock(mutex_);
  if (options_.sync == FileSync::kNever) return absl::OkStatus();
  if (descriptor_ >= 0) {
    const absl::Status synced = sync_segment();
    if (!synced.ok()) close_segment();
    unsynced_.Update(synced);
  }
  return std::exchange(unsynced_, absl::OkStatus());
}

absl::Status Spool::sync_segment() {
  const IoResult synced = file_system_.sync(descriptor_);
  if (synced.ok()) return absl::OkStatus();
  return file_error(synced.error, "force onto the disk", path_of(segments_.back().number));
}

absl::Status Spool::make_room(std::uint64_t bytes) {
  while (bytes_ + bytes > options_.bytes_max) {
    if (options_.when_full == SpoolFull::kDropNewest) {
      return absl::ResourceExhaustedError(absl::StrCat("the spool in ", folder_, " holds ", bytes_,
                                                       " of at most ", options_.bytes_max,
                                                       " bytes"));
    }
    close_if_last();
    remove_oldest();
  }
  return absl::OkStatus();
}

void Spool::remove_oldest() {
  const Segment& oldest = segments_.front();
  std::uint64_t events = oldest.is_known ? oldest.waiting_events : count_events(oldest);
  // What is out is with whoever took it, and may still arrive.
  if (is_out_ && out_segment_ == oldest.number) events -= std::min(events, taken_events_now_);
  stats_.dropped_events += events;
  leave_reading_segment();
}

// Of a segment of an earlier process, whose events nobody counted.
std::uint64_t Spool::count_events(const Segment& segment) {
  const IoResult opened = file_system_.open_append(path_of(segment.number));
  if (!opened.ok()) return 0;
  const std::uint64_t offset = segment.number == position_segment_ ? position_offset_ : 0;
  Reading reading(file_system_, static_cast<int>(opened.value), offset);
  std::uint64_t events = 0;
  std::string bytes;
  while (reading.log.next(segment.bytes, bytes) == SpoolLogReader::Outcome::kEntry) {
    std::uint64_t more = 0;
    if (bytes.size() >= kEventsBytes) std::memcpy(&more, bytes.data(), kEventsBytes);
    events += more;
  }
  return events;
}

bool Spool::open_reading() {
  if (reading_ != nullptr) return true;
  const Segment& first = segments_.front();
  const IoResult opened = file_system_.open_append(path_of(first.number));
  if (!opened.ok()) return false;
  const std::uint64_t offset = first.number == position_segment_ ? position_offset_ : 0;
  reading_ = std::make_unique<Reading>(file_system_, static_cast<int>(opened.value), offset);
  return true;
}

// Whether to go on at once: after kSpoolReadsMax failures in a row a block is given up, or the
// segment, if it cannot even be opened.
bool Spool::give_up_unreadable() {
  if (++failed_reads_ < kSpoolReadsMax) return false;
  failed_reads_ = 0;
  if (reading_ != nullptr && reading_->log.skip_block(segments_.front().bytes)) return true;
  if (reading_ == nullptr) stats_.skipped_bytes += segments_.front().bytes;
  close_if_last();
  leave_reading_segment();
  return true;
}

void Spool::close_if_last() {
  if (segments_.size() == 1) close_segment();
}

// The first segment is done with, or lost.
void Spool::leave_reading_segment() {
  reading_.reset();
  const Segment first = segments_.front();
  segments_.pop_front();
  bytes_ -= first.bytes;
  write_position(first.number + 1, 0);
  file_system_.remove(path_of(first.number));
  changed_.notify_all();
}

bool Spool::take(SpoolEntry& entry, Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (std::exchange(is_interrupted_, false)) return false;
    const Taken taken = take_locked(entry);
    if (taken == Taken::kEntry) return true;
    const Deadline now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    changed_.wait_until(lock,
                        taken == Taken::kFailed ? std::min(deadline, now + kReadAgain) : deadline);
  }
}

Spool::Taken Spool::take_locked(SpoolEntry& entry) {
  while (!segments_.empty()) {
    using Outcome = SpoolLogReader::Outcome;
    const Segment& first = segments_.front();
    const bool is_written_to = segments_.size() == 1 && descriptor_ >= 0;
    const Outcome outcome =
        open_reading() ? reading_->log.next(first.bytes, entry.bytes) : Outcome::kUnreadable;
    if (outcome == Outcome::kUnreadable) {
      if (!give_up_unreadable()) return Taken::kFailed;
      continue;
    }
    failed_reads_ = 0;
    if (outcome == Outcome::kEnd && is_written_to) return Taken::kNothing;
    if (outcome == Outcome::kEnd) reading_->log.finish(first.bytes);
    stats_.skipped_bytes += reading_->log.skipped_bytes() -
                            std::exchange(reading_->skipped_bytes, reading_->log.skipped_bytes());
    if (outcome == Outcome::kEnd) {
      leave_reading_segment();
      continue;
    }
    if (entry.bytes.size() < kEventsBytes) {
      stats_.skipped_bytes += entry.bytes.size();
      continue;
    }
    std::memcpy(&entry.events, entry.bytes.data(), kEventsBytes);
    entry.bytes.erase(0, kEventsBytes);
    taken_events_now_ = entry.events;
    out_segment_ = first.number;
    is_out_ = true;
    return Taken::kEntry;
  }
  return Taken::kNothing;
}

void Spool::acknowledge() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(is_out_, false)) return;
  stats_.taken_events += taken_events_now_;
  // Its segment may have been dropped meanwhile.
  if (reading_ != nullptr && segments_.front().number == out_segment_) {
    Segment& first = segments_.front();
    first.waiting_events -= std::min(first.waiting_events, taken_events_now_);
    write_position(first.number, reading_->log.offset());
  }
  changed_.notify_all();
}

void Spool::interrupt() {
  std::lock_guard lock(mutex_);
  is_interrupted_ = true;
  changed_.notify_all();
}

bool Spool::wait_until_empty(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto is_empty = [&] {
    if (is_out_) return false;
    if (segments_.empty()) return true;
    const bool only = segments_.size() == 1 && descriptor_ >= 0;
    return only && segments_.front().is_known && segments_.front().waiting_events == 0;
  };
  return changed_.wait_until(lock, deadline, is_empty);
}

SpoolStats Spool::stats() const {
  std::lock_guard lock(mutex_);
  SpoolStats stats = stats_;
  stats.bytes = bytes_;
  stats.segments = segments_.size();
  return stats;
}

}  // namespace v1
}  // namespace tracebus
