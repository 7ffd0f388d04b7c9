// SPDX-License-Identifier: Apache-2.0
//
// FileBytes: what stands in a file that is being opened.
#ifndef TRACEBUS_EXPORTERS_FILE_BYTES_H_
#define TRACEBUS_EXPORTERS_FILE_BYTES_H_

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "tracebus/exporters/file_system.h"

namespace tracebus {
inline namespace v1 {

class FileBytes {
 public:
  // REQUIRES: file_system and path outlive it; descriptor stays open.
  FileBytes(FileSystem& file_system, int descriptor, const std::string& path,
            std::uint64_t size_bytes) noexcept
      : file_system_(file_system), descriptor_(descriptor), path_(path), size_bytes_(size_bytes) {}

  const std::string& path() const noexcept { return path_; }
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // Fills all of out with the bytes from offset on. An error says which file it was.
  // REQUIRES: offset + out.size() <= size_bytes().
  absl::Status read(std::uint64_t offset, std::string& out) const;

 private:
  FileSystem& file_system_;
  const int descriptor_;
  const std::string& path_;
  const std::uint64_t size_bytes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_FILE_BYTES_H_
