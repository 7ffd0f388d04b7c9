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

absl::Status check(const BatchFileOptions& options) {
  if (options.rotate_files_max >= 1 && options.rotate_files_max <= kRotatedFilesMax) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "rotate_files_max is " + std::to_string(options.rotate_files_max) +
      "; give a number from 1 to " + std::to_string(kRotatedFilesMax));
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
      file_system_(*options_.file_system), opened_at_(options_.now()), followed_at_(opened_at_) {}

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
  if (options_.sync == FileSync::kNever) return absl::OkStatus();
  const absl::Status before = std::exchange(unsynced_, absl::OkStatus());
  const int error = file_->sync();
  if (error == 0) return before;
  const absl::Status status = file_error(error, "force onto the disk", path_);
  abandon();
  return note(status);
}

absl::Status BatchFile::shutdown() {
  if (file_ == nullptr) return absl::OkStatus();
  file_->mend();
  absl::Status status = std::exchange(unsynced_, absl::OkStatus());
  const int sync_error = options_.sync == FileSync::kNever ? 0 : file_->sync();
  if (sync_error != 0) status = file_error(sync_error, "force onto the disk", path_);
  const int close_error = file_->close();
  if (close_error != 0 && status.ok()) status = file_error(close_error, "close", path_);
  file_.reset();
  return status.ok() ? status : note(status);
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
  if (options_.sync == FileSync::kEveryBatch) return append_synced(batch, first, end);
  AppendFile::Appended appended;
  return append_once(batch, first, end, appended);
}

std::size_t BatchFile::append_once(const EncodedBatch& batch, std::size_t first, std::size_t end,
                                   AppendFile::Appended& appended) {
  appended = file_->append(batch.units(first, end));
  if (appended.error == 0) return end - first;
  note(file_error(appended.error, "write to", path_));
  return batch.end_within(first, appended.kept_bytes) - first;
}

std::size_t BatchFile::append_synced(const EncodedBatch& batch, std::size_t first,
                                     std::size_t end) {
  // The second try goes to a new file, because a failed fsync cannot be repeated on the old one.
  for (int tries = 0; tries < 2; ++tries) {
    AppendFile::Appended appended;
    const std::size_t kept = append_once(batch, first, end, appended);
    if (kept == 0) return 0;
    const int error = file_->sync();
    if (error == 0) return kept;
    note(file_error(error, "force onto the disk", path_));
    if (!file_->take_back(appended.offset)) return 0;
    if (tries == 0 && !abandon()) return 0;
    end = first + kept;
  }
  return 0;
}

// --- Which file it is ---

bool BatchFile::is_due(TimePoint now) const {
  if (options_.rotate_seconds_max == 0 || !file_->is_regular()) return false;
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - opened_at_).count();
  return age >= 0 && static_cast<std::uint64_t>(age) >= options_.rotate_seconds_max &&
         file_->size_bytes() > 0;
}

bool BatchFile::rotate() {
  sync_before_leaving();
  if (!is_elsewhere_ && file_->is_at(path_)) {
    const absl::Status rotated = rotate_file(file_system_, path_, options_.rotate_files_max);
    if (!rotated.ok()) {
      note(rotated);
      return false;
    }
  }
  is_elsewhere_ = true;
  return reopen();
}

void BatchFile::follow_path() {
  followed_at_ = options_.now();
  if (is_elsewhere_ || !file_->is_at(path_)) {
    sync_before_leaving();
    is_elsewhere_ = true;
    reopen();
  } else {
    file_->refresh();
  }
}

// Until it succeeds the old file is written to, under whatever name it has by now.
bool BatchFile::reopen() {
  auto opened = AppendFile::open(file_system_, path_, framing_);
  if (!opened.ok()) {
    note(opened.status());
    return false;
  }
  file_ = *std::move(opened);
  is_elsewhere_ = false;
  opened_at_ = options_.now();
  followed_at_ = opened_at_;
  return true;
}

void BatchFile::sync_before_leaving() {
  if (options_.sync == FileSync::kNever) return;
  const int error = file_->sync();
  if (error != 0) unsynced_ = note(file_error(error, "force onto the disk", path_));
}

// Leaves a file whose fsync failed. One that holds nothing need not be kept.
bool BatchFile::abandon() {
  if (!is_elsewhere_ && file_->is_at(path_)) {
    if (file_->size_bytes() == 0) {
      const IoResult removed = file_system_.remove(path_);
      if (!removed.ok()) {
        note(file_error(removed.error, "remove", path_));
        return false;
      }
    } else if (const auto aside = set_file_aside(file_system_, path_); !aside.ok()) {
      note(aside.status());
      return false;
    }
  }
  is_elsewhere_ = true;
  return reopen();
}

const absl::Status& BatchFile::note(const absl::Status& status) {
  last_error_ = std::string(status.message());
  return status;
}

}  // namespace v1
}  // namespace tracebus
