// SPDX-License-Identifier: Apache-2.0
//
// ByteSource: where a reader's bytes come from.
#ifndef TRACEBUS_READERS_BYTE_SOURCE_H_
#define TRACEBUS_READERS_BYTE_SOURCE_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Reads at most `size` bytes into out and returns how many; 0 at the end.
  // REQUIRES: size is not 0.
  virtual absl::StatusOr<std::size_t> read(char* out, std::size_t size) = 0;
};

// A descriptor to read from, which the caller closes: of a file, pipe or device; of standard input
// for "-" and /dev/stdin; of N for /dev/fd/N, as a shell calls <(...). NotFound, PermissionDenied,
// or InvalidArgument for a directory and for any other symbolic link, which is not followed:
// whoever may write where it stands could lead to what they may not read.
absl::StatusOr<int> open_for_reading(const std::string& path);

// Opens the same for reading. Files are read, not mapped: one that shrinks meanwhile ends early
// instead of raising SIGBUS. Errors as above.
absl::StatusOr<std::unique_ptr<ByteSource>> open_file_source(const std::string& path);

// Reads from memory. REQUIRES: bytes outlive the source.
std::unique_ptr<ByteSource> memory_source(std::string_view bytes);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_BYTE_SOURCE_H_
