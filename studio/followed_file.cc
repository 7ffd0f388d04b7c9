// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/followed_file.h"

#include <absl/status/status.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/open_events.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kBeginningBytes = 64;  // by which a format is known

}  // namespace

absl::StatusOr<std::unique_ptr<FollowedFile>> FollowedFile::open(const std::string& path) {
  const absl::StatusOr<int> file = open_for_reading(path);
  if (!file.ok()) return file.status();
  struct stat status = {};
  const bool is_known = ::fstat(*file, &status) == 0;
  const bool is_pipe =
      is_known && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(*file) == 1);
  if (!is_pipe && !S_ISREG(status.st_mode)) {
    ::close(*file);
    return absl::InvalidArgumentError("cannot follow \"" + path + "\": it is no regular file");
  }
  return std::unique_ptr<FollowedFile>(new FollowedFile(path, *file, is_pipe));
}

FollowedFile::~FollowedFile() { ::close(file_); }

absl::StatusOr<std::string_view> FollowedFile::next() {
  drop_given();
  std::size_t looked_at = 0;
  for (;;) {
    const absl::StatusOr<std::size_t> got = read_some();
    if (!got.ok()) return got.status();
    const bool is_beginning = *got != 0 && position_ == buffer_.size();
    if (absl::Status status = is_beginning ? check_beginning() : absl::OkStatus(); !status.ok()) {
      return status;
    }
    if (*got == 0 && is_pipe_) return end_of_pipe();
    if (*got == 0) {
      const std::uint64_t line = next_line_, begin = position_ - buffer_.size();
      if (!begin_anew()) return std::string_view();
      if (buffer_.empty()) continue;
      buffer_ += '\n';
      --next_line_;  // this one is no line of the new file
      const std::string_view last_line = give(buffer_.size());
      given_line_ = line;
      given_offset_ = begin;
      return last_line;
    }
    const std::size_t last = buffer_.rfind('\n');
    if (is_skipping_) {
      const std::size_t first = buffer_.find('\n');
      buffer_.erase(0, first == buffer_.npos ? first : first + 1);
      is_skipping_ = first == buffer_.npos;
      if (is_skipping_ || buffer_.rfind('\n') == buffer_.npos) continue;
      return give(buffer_.rfind('\n') + 1);
    }
    if (last != buffer_.npos && last >= looked_at) return give(last + 1);
    looked_at = buffer_.size();
    if (buffer_.size() <= LineReader::kLineBytesMax) continue;
    is_skipping_ = true;
    return give(buffer_.size());
  }
}

void FollowedFile::drop_given() {
  next_line_ += static_cast<std::uint64_t>(
      std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(given_), '\n'));
  if (given_ != 0 && buffer_[given_ - 1] != '\n') ++next_line_;
  buffer_.erase(0, given_);
  given_ = 0;
}

std::string_view FollowedFile::give(std::size_t bytes) {
  given_ = bytes;
  given_line_ = next_line_;
  given_offset_ = position_ - buffer_.size();
  return std::string_view(buffer_).substr(0, bytes);
}

absl::StatusOr<std::size_t> FollowedFile::read_some() {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kStepBytes);
  ssize_t got;
  do {
    got = read_into(buffer_.data() + before);
  } while (got < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) {
    return absl::DataLossError("reading \"" + path_ +
                               "\" failed: " + std::generic_category().message(error));
  }
  position_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

// At most kStepBytes; 0 if there are none now.
ssize_t FollowedFile::read_into(char* out) noexcept {
  if (!is_pipe_) return ::pread(file_, out, kStepBytes, static_cast<off_t>(position_));
  struct pollfd ready = {file_, POLLIN, 0};
  if (has_ended_ || ::poll(&ready, 1, 0) <= 0) return 0;
  const ssize_t got = ::read(file_, out, kStepBytes);
  has_ended_ = got == 0;
  return got < 0 && errno == EAGAIN ? 0 : got;
}

absl::Status FollowedFile::check_beginning() const {
  const std::string_view what =
      what_is_no_lines(std::string_view(buffer_).substr(0, kBeginningBytes));
  if (what.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "cannot follow \"" + path_ + "\": it is " + std::string(what) +
      ", and only lines can be followed; for all else there is tracebus show");
}

// A last line without a line feed is one, once nothing follows it.
std::string_view FollowedFile::end_of_pipe() {
  if (!has_ended_ || buffer_.empty() || is_skipping_) return {};
  buffer_ += '\n';
  return give(buffer_.size());
}

// Whether there is another file to read, or the same from its beginning. All of the one before was
// read.
bool FollowedFile::begin_anew() {
  struct stat own = {}, named = {};
  if (::fstat(file_, &own) != 0) return false;
  const auto size = static_cast<std::uint64_t>(own.st_size);
  if (size > position_) return false;  // it grew meanwhile
  if (size == position_) {
    if (::stat(path_.c_str(), &named) != 0 || !S_ISREG(named.st_mode)) return false;
    if (named.st_dev == own.st_dev && named.st_ino == own.st_ino) return false;
    const absl::StatusOr<int> file = open_for_reading(path_);
    if (!file.ok()) return false;
    ::close(std::exchange(file_, *file));
  }
  position_ = 0;
  next_line_ = 1;
  is_skipping_ = false;
  ++restarts_;
  return true;
}

}  // namespace v1
}  // namespace tracebus
