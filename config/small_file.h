// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_CONFIG_SMALL_FILE_H_
#define TRACEBUS_CONFIG_SMALL_FILE_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <string>

namespace tracebus {
inline namespace v1 {

struct SmallFile {
  std::string text;
  bool is_private = false;  // nobody but its owner may read it (mode 0600 or less)
};

// All of a regular file. The message of an error does not name it, and says what to do: NotFound,
// PermissionDenied, InvalidArgument for what is no regular file, ResourceExhausted beyond
// bytes_max.
absl::StatusOr<SmallFile> read_small_file(const std::string& path, std::size_t bytes_max);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_SMALL_FILE_H_
