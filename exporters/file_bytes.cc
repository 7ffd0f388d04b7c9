// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/file_bytes.h"

#include <cerrno>
#include <cstddef>

#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {

absl::Status FileBytes::read(std::uint64_t offset, std::string& out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const IoResult read =
        file_system_.read_at(descriptor_, out.data() + done, out.size() - done, offset + done);
    if (!read.ok()) return file_error(read.error, "read", path_);
    if (read.value == 0) return file_error(EIO, "read", path_);  // the file shrank under us
    done += static_cast<std::size_t>(read.value);
  }
  return absl::OkStatus();
}

}  // namespace v1
}  // namespace tracebus
