// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/spool_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The folder, or the one above it that is there.
std::string existing_part_of(const std::string& folder) {
  std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  struct stat status;
  while (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    const std::filesystem::path above = path.has_parent_path() ? path.parent_path() : ".";
    if (above == path) break;
    path = above;
  }
  return path.empty() ? "." : path.string();
}

// A file without a name, which is gone when it is closed. Not every file system has them.
absl::Status try_to_write(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) {
    if (errno != EOPNOTSUPP && errno != EISDIR) return file_error(errno, "write in", folder);
    if (::faccessat(AT_FDCWD, folder.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) == 0) return {};
    return file_error(errno, "write in", folder);
  }
  constexpr std::array<char, 4096> kBlock{};
  const ssize_t written = ::write(file, kBlock.data(), kBlock.size());
  const int error = written < 0 ? errno : ENOSPC;
  ::close(file);
  if (written == static_cast<ssize_t>(kBlock.size())) return absl::OkStatus();
  return file_error(error, "write in", folder);
}

class SpoolCheck final : public Exporter, public ConnectionCheck {
 public:
  SpoolCheck(std::string folder, std::unique_ptr<Exporter> to)
      : folder_(std::move(folder)), to_(std::move(to)) {}

  std::string_view name() const noexcept override { return to_->name(); }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    return ExportResult::failure(batch.size());
  }

  absl::Status check_connection(Deadline deadline) override {
    const absl::Status folder = check_spool_folder(folder_);
    auto* const connection = dynamic_cast<ConnectionCheck*>(to_.get());
    const absl::Status behind =
        connection == nullptr ? absl::OkStatus() : connection->check_connection(deadline);
    if (folder.ok() || behind.ok()) return folder.ok() ? behind : folder;
    return absl::Status(folder.code(),
                        std::string(folder.message()) + "; " + std::string(behind.message()));
  }

 private:
  const std::string folder_;
  const std::unique_ptr<Exporter> to_;
};

}  // namespace

absl::Status check_spool_folder(const std::string& folder) {
  if (folder.empty()) return absl::InvalidArgumentError("give the folder of the spool");
  if (absl::Status status = try_to_write(existing_part_of(folder)); !status.ok()) return status;
  const std::string path = folder + "/lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (lock < 0) return errno == ENOENT ? absl::OkStatus() : file_error(errno, "open", path);
  ::close(lock);
  return absl::OkStatus();
}

std::unique_ptr<Exporter> make_spool_check(std::string folder, std::unique_ptr<Exporter> to) {
  return std::make_unique<SpoolCheck>(std::move(folder), std::move(to));
}

void add_spool_check(ExporterFactory& factory) {
  factory.add_around("spool", "spool=FOLDER|SPEC  a look at the folder, and at SPEC",
                     [](std::string_view folder,
                        std::unique_ptr<Exporter> to) -> absl::StatusOr<std::unique_ptr<Exporter>> {
                       return make_spool_check(std::string(folder), std::move(to));
                     });
}

}  // namespace v1
}  // namespace tracebus
