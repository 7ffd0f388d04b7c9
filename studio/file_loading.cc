// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/file_loading.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::chrono::milliseconds kPollEvery{100};

std::string text_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

FileLoading::FileLoading(std::shared_ptr<TraceStore> store, std::shared_ptr<EventStream> stream,
                         const std::vector<std::string>& paths, bool follow)
    : store_(std::move(store)), stream_(std::move(stream)), follow_(follow && !paths.empty()) {
  for (const std::string& path : paths) files_.push_back({.path = path});
}

void FileLoading::start() {
  if (files_.empty()) return;
  has_ended_ = false;
  // The new thread inherits the mask: signals are for the host's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([self = shared_from_this()] {
      pthread_setname_np(pthread_self(), "tb-files");
      self->run();
    });
  } catch (...) {
    has_ended_ = true;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool FileLoading::stop(Deadline deadline) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
  const bool ended = changed_.wait_until(lock, deadline, [this] { return has_ended_; });
  lock.unlock();
  if (thread_.joinable()) ended ? thread_.join() : thread_.detach();
  return ended;
}

void FileLoading::run() {
  const std::size_t files = files_.size();
  for (std::size_t place = 0; place < files && !is_stopping(); ++place) {
    try {
      follow_&& place + 1 == files ? follow(place) : load(place);
    } catch (const std::exception& error) {  // no memory
      const std::lock_guard lock(mutex_);
      files_[place].error = error.what();
    }
    const std::lock_guard lock(mutex_);
    files_[place].done = true;
  }
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  changed_.notify_all();
}

void FileLoading::load(std::size_t place) {
  const auto show = [&](const LoadProgress& progress) {
    const std::lock_guard lock(mutex_);
    FileProgress& file = files_[place];
    file.bytes = progress.bytes;
    file.bytes_total = progress.bytes_total;
    file.spans = progress.spans;
    return !is_stopping_;
  };
  const std::string path = files_[place].path;
  const absl::StatusOr<LoadReport> report = store_->add(path, show);
  if (report.ok()) add_bad_lines(path, report->account);
  const std::lock_guard lock(mutex_);
  if (!report.ok()) {
    files_[place].error = text_of(report.status());
  } else {
    files_[place].bytes = report->bytes;
    files_[place].spans = report->spans;
    files_[place].bad_lines = report->account.bad_lines;
  }
}

// What is there already is no news; what comes behind it goes to the stream, too.
void FileLoading::follow(std::size_t place) {
  const std::string path = files_[place].path;
  if (const absl::Status followed = store_->follow(path); !followed.ok()) {
    const std::lock_guard lock(mutex_);
    files_[place].error = text_of(followed);
    return;
  }
  for (bool has_more = true; has_more && !is_stopping();) {
    const auto report = store_->poll();
    take(place, report);
    has_more = report.ok() && report->has_more;
  }
  {
    const std::lock_guard lock(mutex_);
    files_[place].done = true;
  }
  for (bool has_more = false; has_more ? !is_stopping() : !waits_for_stop(kPollEvery);) {
    const auto report = stream_->poll();
    take(place, report);
    has_more = report.ok() && report->has_more;
  }
}

void FileLoading::take(std::size_t place, const absl::StatusOr<PollReport>& report) {
  if (report.ok()) add_bad_lines(files_[place].path, report->account);
  const std::lock_guard lock(mutex_);
  FileProgress& file = files_[place];
  file.error = report.ok() ? "" : text_of(report.status());
  if (!report.ok()) return;
  file.bytes += report->bytes;
  file.bytes_total = file.bytes;
  file.spans += report->spans;
  file.bad_lines += report->account.bad_lines;
}

bool FileLoading::waits_for_stop(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return is_stopping_; });
}

bool FileLoading::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

std::vector<FileProgress> FileLoading::files() const {
  const std::lock_guard lock(mutex_);
  return files_;
}

bool FileLoading::is_loading() const {
  const std::lock_guard lock(mutex_);
  return !std::ranges::all_of(files_, &FileProgress::done);
}

std::vector<BadLine> FileLoading::bad_lines() const {
  const std::lock_guard lock(mutex_);
  return bad_lines_;
}

std::uint64_t FileLoading::bad_line_count() const {
  const std::lock_guard lock(mutex_);
  return bad_line_count_;
}

void FileLoading::add_bad_lines(const std::string& name, const ReadAccount& account) {
  const std::lock_guard lock(mutex_);
  bad_line_count_ += account.bad_lines;
  for (const ReadProblem& problem : account.problems) {
    if (bad_lines_.size() >= kBadLinesMax) return;
    bad_lines_.push_back({name, problem.line, problem.offset, problem.message});
  }
}

}  // namespace v1
}  // namespace tracebus
