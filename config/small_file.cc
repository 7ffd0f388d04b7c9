// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/small_file.h"

#include <absl/status/status.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tracebus {
inline namespace v1 {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  const int number_;
};

absl::Status error_of(int error) {
  const std::string message =
      "cannot be read: " + std::generic_category().message(error) + "; give the path of a file";
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(message);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(message);
  return absl::InvalidArgumentError(message);
}

}  // namespace

absl::StatusOr<SmallFile> read_small_file(const std::string& path, std::size_t bytes_max) {
  // Does not wait for the other end of a FIFO.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status = {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) return error_of(errno);
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError("is no regular file; give the path of one");
  }
  SmallFile read{.text = {}, .is_private = (status.st_mode & (S_IRWXG | S_IRWXO)) == 0};
  while (read.text.size() <= bytes_max) {
    constexpr std::size_t kStep = std::size_t{16} << 10;
    const std::size_t size = read.text.size();
    read.text.resize(size + kStep);
    const ssize_t count = ::read(file.number(), read.text.data() + size, kStep);
    const int error = errno;
    read.text.resize(size + static_cast<std::size_t>(count < 0 ? 0 : count));
    if (count == 0) return read;
    if (count < 0 && error != EINTR) return error_of(error);
  }
  return absl::ResourceExhaustedError("is larger than " + std::to_string(bytes_max) + " bytes");
}

}  // namespace v1
}  // namespace tracebus
