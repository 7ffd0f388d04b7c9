// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/byte_source.h"

#include <absl/status/status.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

namespace tracebus {
inline namespace v1 {
namespace {

std::string message_of(int error) { return std::generic_category().message(error); }

class FileSource : public ByteSource {
 public:
  explicit FileSource(int descriptor) noexcept : descriptor_(descriptor) {}
  ~FileSource() override { ::close(descriptor_); }

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    while (true) {
      const ssize_t got = ::read(descriptor_, out, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return absl::DataLossError("reading failed: " + message_of(errno));
    }
  }

 private:
  const int descriptor_;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) noexcept : left_(bytes) {}

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    const std::size_t got = std::min(size, left_.size());
    if (got != 0) std::memcpy(out, left_.data(), got);
    left_.remove_prefix(got);
    return got;
  }

 private:
  std::string_view left_;
};

absl::Status open_error(const std::string& path, int error) {
  const std::string text = "cannot open \"" + path + "\" for reading: ";
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(text + "no such file");
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text + "permission denied");
    case ELOOP:
      return absl::InvalidArgumentError(text + "it is a symbolic link; name the file it leads to");
    default:
      return absl::UnavailableError(text + message_of(error));
  }
}

// The descriptor that a path names which is none of a file; nothing for any other path.
std::optional<int> named_descriptor(std::string_view path) noexcept {
  if (path == "-" || path == "/dev/stdin") return STDIN_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    int descriptor = -1;
    const char* const end = path.data() + path.size();
    const auto [at, error] = std::from_chars(path.data() + folder.size(), end, descriptor);
    if (error == std::errc() && at == end && descriptor >= 0) return descriptor;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<int> open_for_reading(const std::string& path) {
  const std::optional<int> named = named_descriptor(path);
  const int descriptor = named ? ::fcntl(*named, F_DUPFD_CLOEXEC, 0)
                               : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
  if (descriptor < 0) return open_error(path, errno);
  struct stat status;
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    return absl::InvalidArgumentError("cannot read \"" + path + "\": it is a directory");
  }
  return descriptor;
}

absl::StatusOr<std::unique_ptr<ByteSource>> open_file_source(const std::string& path) {
  const absl::StatusOr<int> descriptor = open_for_reading(path);
  if (!descriptor.ok()) return descriptor.status();
  return std::make_unique<FileSource>(*descriptor);
}

std::unique_ptr<ByteSource> memory_source(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

}  // namespace v1
}  // namespace tracebus
