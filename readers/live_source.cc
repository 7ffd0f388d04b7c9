// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/live_source.h"

#include <absl/status/status.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNap(50);

absl::Status read_error(int error) {
  return absl::DataLossError("reading failed: " + std::generic_category().message(error));
}

class LiveSource final : public ByteSource {
 public:
  LiveSource(int descriptor, StopReading stop) : descriptor_(descriptor), stop_(std::move(stop)) {}

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    for (;;) {
      struct pollfd waiting = {descriptor_, POLLIN, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(kNap.count()));
      if (ready < 0 && errno != EINTR) return read_error(errno);
      if (ready <= 0) {
        if (stop_()) return 0;
        continue;
      }
      const ssize_t got = ::read(descriptor_, out, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR && errno != EAGAIN) return read_error(errno);
    }
  }

 private:
  const int descriptor_;
  const StopReading stop_;
};

class FollowedFile final : public ByteSource {
 public:
  FollowedFile(const std::string& path, int descriptor, StopReading stop)
      : path_(path), descriptor_(descriptor), stop_(std::move(stop)) {}
  ~FollowedFile() override { ::close(descriptor_); }

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_, out, size);
      if (got > 0) {
        position_ += got;
        last_ = out[got - 1];
        return static_cast<std::size_t>(got);
      }
      if (got < 0 && errno != EINTR) return read_error(errno);
      if (got < 0) continue;
      if (begin_anew()) {
        if (std::exchange(last_, '\n') == '\n') continue;
        *out = '\n';
        return 1;
      }
      if (stop_()) return 0;
      std::this_thread::sleep_for(kNap);
    }
  }

 private:
  // Whether there is another file to read, or the same from its beginning. All of the one before
  // was read.
  bool begin_anew() {
    struct stat own = {};
    struct stat named = {};
    if (::fstat(descriptor_, &own) != 0) return false;
    if (own.st_size < position_) {
      position_ = ::lseek(descriptor_, 0, SEEK_SET);
      return true;
    }
    if (::stat(path_.c_str(), &named) != 0 || !S_ISREG(named.st_mode)) return false;
    if (named.st_dev == own.st_dev && named.st_ino == own.st_ino) return false;
    if (own.st_size > position_) return false;  // it grew meanwhile
    const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    if (descriptor < 0) return false;
    ::close(std::exchange(descriptor_, descriptor));
    position_ = 0;
    return true;
  }

  const std::string path_;
  int descriptor_;
  const StopReading stop_;
  off_t position_ = 0;
  char last_ = '\n';  // that was read
};

}  // namespace

std::unique_ptr<ByteSource> live_source(int descriptor, StopReading stop) {
  return std::make_unique<LiveSource>(descriptor, std::move(stop));
}

absl::StatusOr<std::unique_ptr<ByteSource>> follow_file(const std::string& path, StopReading stop) {
  const absl::StatusOr<int> opened = open_for_reading(path);
  if (!opened.ok()) return opened.status();
  const int descriptor = *opened;
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return absl::InvalidArgumentError("cannot follow \"" + path + "\": it is no regular file");
  }
  return std::make_unique<FollowedFile>(path, descriptor, std::move(stop));
}

}  // namespace v1
}  // namespace tracebus
