// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/batch_file.h"

#include <algorithm>
#include <utility>

#include "tracebus/exporters/file_error.h"
#include "tracebus/exporters/file_rotation.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::chrono::seconds kFollowEvery{1};
// What begins to go onto the disk at once, of what is to be there in the end.
constexpr std::size_t kSyncStepBytes = std::size_t{1} << 20;

absl::Status out_of_range(std::string_view option, std::uint64_t value, std::uint64_t max) {
  std::string message(option);
  message += " is " + std::to_string(value) + "; give a number from 1 to " + std::to_string(max);
  return absl::InvalidArgumentError(message);
}

absl::Status check(const BatchFileOptions& options) {
  if (options.rotate_files_max < 1 || options.rotate_files_max > kRotatedFilesMax) {
    return out_of_range("rotate_files_max", options.rotate_files_max, kRotatedFilesMax);
  }
  if (options.unsynced_bytes_max < 1 || options.unsynced_bytes_max > kUnsyncedBytesMax) {
    return out_of_range("unsynced_bytes_max", options.unsynced_bytes_max, kUnsyncedBytesMax);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BatchFile>> BatchFile::open(const std::string& path,
                                                           BatchFileOptions options,
                                                           const Framing& framing) {
  absl::Status checked = check(options);
  if (!checked.ok()) return checked;
  if (options.file_system == nullptr) options.file_system = &FileSystem::posix();
  if (!options.now) options.now = [] { return std::chrono::steady_clock::now(); };
  auto opened = AppendFile::open(*options.file_system, path, framing);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<BatchFile> file(new BatchFile(path, std::move(options), framing));
  file->file_ = *std::move(opened);
  return file;
}

BatchFile::BatchFile(const std::string& path, BatchFileOptions options, const Framing& framing)
    : path_(path), options_(std::move(options)), framing_(framing),
      file_system_(*options_.file_system), opened_at_(options_.now()), followed_at_(opened_at_),
      unsynced_(options_.unsynced_bytes_max) {}

std::size_t BatchFile::write(const EncodedBatch& batch) {
  if (file_ == nullptr) {
    note(absl::FailedPreconditionError("cannot export to '" + path_ + "': it was shut down"));
    return 0;
  }
  const TimePoint now = options_.now();
  if (is_elsewhere_ || now - followed_at_ >= kFollowEvery) follow_path();
  if (is_due(now)) rotate();
  std::size_t done = 0;
  while (done < batch.size()) {
    std::size_t end = end_of_fitting(batch, done);
    if (end == done && rotate()) end = end_of_fitting(batch, done);
    if (end == done) end = batch.size();  // rather a file too large than an event lost
    done += append(batch, done, end);
    if (done < end) break;
  }
  if (done < batch.size()) {
    last_error_ += "; " + std::to_string(batch.size() - done) + " of " +
                   std::to_string(batch.size()) + " events were not written";
  }
  return done;
}

absl::Status BatchFile::flush() {
  if (file_ == nullptr) {
    return note(absl::FailedPreconditionError("cannot flush '" + path_ + "': it was shut down"));
  }
  follow_path();
  file_->mend();  // if it fails, then the next batch does it
  return options_.sync == FileSync::kNever ? absl::OkStatus() : secure();
}

absl::Status BatchFile::shutdown() {
  if (file_ == nullptr) return absl::OkStatus();
  file_->mend();
  absl::Status status = options_.sync == FileSync::kNever ? absl::OkStatus() : secure();
  const int close_error = file_->close();
  if (close_error != 0 && status.ok()) status = note(file_error(close_error, "close", path_));
  file_.reset();
  return status;
}

// --- Writing a batch. Each returns how many units are in the file ---

// The end of the units from first on that still fit into the file; first if none does.
std::size_t BatchFile::end_of_fitting(const EncodedBatch& batch, std::size_t first) const {
  if (options_.rotate_bytes_max == 0 || !file_->is_regular()) return batch.size();
  const std::uint64_t begin = std::min(file_->next_offset(), options_.rotate_bytes_max);
  const std::size_t end = batch.end_within(first, options_.rotate_bytes_max - begin);
  return file_->size_bytes() == 0 ? std::max(end, first + 1) : end;
}

std::size_t BatchFile::append(const EncodedBatch& batch, std::size_t first, std::size_t end) {
  if (!recover().ok()) return 0;
  const std::string_view units = batch.units(first, end);
  if (keeps_units() && !unsynced_.fits(units.size()) && !secure().ok()) return 0;
  const AppendFile::Appended appended = file_->append(units);
  if (appended.error != 0) note(file_error(appended.error, "write to", path_));
  const std::size_t count = batch.end_within(first, appended.kept_bytes) - first;
  if (!keeps_units()) return count;
  unsynced_.keep(units.substr(0, appended.kept_bytes));
  if (options_.sync == FileSync::kOnFlush) start_sync();
  if (options_.sync == FileSync::kOnFlush || count == 0 || secure().ok()) return count;
  unsynced_.forget();  // this part of the batch: with kEveryBatch nothing else is kept
  file_->abandon();    // if it fails, then the next batch does it
  return 0;
}

// --- What is on the disk ---

bool BatchFile::keeps_units() const {
  return options_.sync != FileSync::kNever && file_->is_regular();
}

// So that the fsync to come finds little left to do. What an error means is for that to find out.
void BatchFile::start_sync() {
  const std::size_t step = std::min(kSyncStepBytes, options_.unsynced_bytes_max / 4 + 1);
  const int error = file_->start_sync(step);
  if (error != 0) note(file_error(error, "begin to force onto the disk", path_));
}

// Until all that is kept is on the disk. One failed fsync is made good by a new file.
absl::Status BatchFile::secure() {
  absl::Status status;
  for (int tries = 0; tries < 2; ++tries) {
    status = recover();
    if (!status.ok()) return status;
    const int error = file_->sync();
    if (error == 0) {
      unsynced_.forget();
      return absl::OkStatus();
    }
    status = note(file_error(error, "force onto the disk", path_));
  }
  return status;
}

// Until the file is trusted, and all that is kept is in it.
absl::Status BatchFile::recover() {
  if (!file_->is_trusted()) {
    const absl::Status replaced = replace();
    if (!replaced.ok()) return note(replaced);
  }
  if (unsynced_.missing().empty()) return absl::OkStatus();
  const AppendFile::Appended appended = file_->append(unsynced_.missing());
  unsynced_.found(appended.kept_bytes);
  if (appended.error == 0) return absl::OkStatus();
  return note(file_error(appended.error, "write again to", path_));
}

absl::Status BatchFile::replace() {
  const int error = file_->abandon();
  if (error != 0) return file_error(error, "take back what is not on the disk from", path_);
  if (!is_elsewhere_ && file_->is_at(path_)) {
    const absl::Status moved = move_away();
    if (!moved.ok()) return moved;
  }
  is_elsewhere_ = true;
  const absl::Status reopened = reopen();
  if (reopened.ok()) unsynced_.lose();
  return reopened;
}

// A file that holds nothing need not be kept.
absl::Status BatchFile::move_away() {
  if (file_->size_bytes() != 0) return set_file_aside(file_system_, path_).status();
  const IoResult removed = file_system_.remove(path_);
  return removed.ok() ? absl::OkStatus() : file_error(removed.error, "remove", path_);
}

// --- Which file it is ---

bool BatchFile::is_due(TimePoint now) const {
  if (options_.rotate_seconds_max == 0 || !file_->is_regular()) return false;
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - opened_at_).count();
  return age >= 0 && static_cast<std::uint64_t>(age) >= options_.rotate_seconds_max &&
         file_->size_bytes() > 0;
}

bool BatchFile::rotate() {
  if (options_.sync != FileSync::kNever && !secure().ok()) return false;
  if (file_->size_bytes() == 0) return true;  // a new one: the fsync failed
  if (!is_elsewhere_ && file_->is_at(path_)) {
    const absl::Status rotated = rotate_file(file_system_, path_, options_.rotate_files_max);
    if (!rotated.ok()) {
      note(rotated);
      return false;
    }
  }
  is_elsewhere_ = true;
  return reopen().ok();
}

void BatchFile::follow_path() {
  followed_at_ = options_.now();
  if (!is_elsewhere_ && file_->is_at(path_)) return file_->refresh();
  is_elsewhere_ = true;
  if (options_.sync != FileSync::kNever && !secure().ok()) return;
  if (is_elsewhere_) static_cast<void>(reopen());
}

// Until it succeeds the old file is written to, under whatever name it has by now.
absl::Status BatchFile::reopen() {
  auto opened = AppendFile::open(file_system_, path_, framing_);
  if (!opened.ok()) return note(opened.status());
  file_ = *std::move(opened);
  is_elsewhere_ = false;
  opened_at_ = options_.now();
  followed_at_ = opened_at_;
  return absl::OkStatus();
}

const absl::Status& BatchFile::note(const absl::Status& status) {
  last_error_ = std::string(status.message());
  return status;
}

}  // namespace v1
}  // namespace tracebus
