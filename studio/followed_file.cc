// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/followed_file.h"

#include <absl/status/status.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/line_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

int open_for_reading(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FollowedFile>> FollowedFile::open(const std::string& path) {
  const auto can_be_read = open_file_source(path);
  if (!can_be_read.ok()) return can_be_read.status();
  const int file = open_for_reading(path);
  struct stat status = {};
  if (file < 0 || ::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    if (file >= 0) ::close(file);
    return absl::InvalidArgumentError("cannot follow \"" + path + "\": it is no regular file");
  }
  return std::unique_ptr<FollowedFile>(new FollowedFile(path, file));
}

FollowedFile::~FollowedFile() { ::close(file_); }

absl::StatusOr<std::string_view> FollowedFile::next() {
  drop_given();
  std::size_t looked_at = 0;
  for (;;) {
    const absl::StatusOr<std::size_t> got = read_some();
    if (!got.ok()) return got.status();
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
    got = ::pread(file_, buffer_.data() + before, kStepBytes, static_cast<off_t>(position_));
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
    const int file = open_for_reading(path_);
    if (file < 0) return false;
    ::close(std::exchange(file_, file));
  }
  position_ = 0;
  next_line_ = 1;
  is_skipping_ = false;
  ++restarts_;
  return true;
}

}  // namespace v1
}  // namespace tracebus
