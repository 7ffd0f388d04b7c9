// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/output_file.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tracebus/exporters/file_error.h"
#include "tracebus/exporters/whole_file.h"

namespace tracebus {
inline namespace v1 {

bool write_standard_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return true;
  }
  const int error = errno;
  if (error == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  errno = error;
  return false;
}

absl::Status write_output(const std::string& path, std::string_view text,
                          const std::vector<std::string>& inputs) {
  if (path == "-" || path == "/dev/stdout") {
    if (write_standard_output(text)) return absl::OkStatus();
    return file_error(errno, "write", "standard output");
  }
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!std::filesystem::equivalent(path, input, error)) continue;
    return absl::InvalidArgumentError("cannot write '" + path +
                                      "': it is read; give the path of another file");
  }
  return write_whole_file(FileSystem::posix(), path, text);
}

}  // namespace v1
}  // namespace tracebus
