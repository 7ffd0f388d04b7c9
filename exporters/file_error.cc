// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/file_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace tracebus {
inline namespace v1 {
namespace {

std::string_view advice_for(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "check who may write to the file and its folder";
    case EISDIR:
      return "it is a folder: give the path of a file";
    case ENOTDIR:
      return "a part of the path is a file, not a folder";
    case ELOOP:
      return "it is a symbolic link: give the path of the file it stands for";
    case ENOENT:
      return "give the path of a file in a folder that exists or can be made";
    case ENOSPC:
    case EDQUOT:
      return "make room on the disk, or choose another one";
    case EFBIG:
      return "raise the limit on file sizes, or rotate by size";
    case EROFS:
      return "the disk is read-only: choose another one";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n)";
    case ENAMETOOLONG:
      return "choose a shorter path";
    case EIO:
      return "check the disk";
    case ENXIO:
      return "give the path of a file";
    default:
      return {};
  }
}

}  // namespace

absl::Status file_error(int error, std::string_view action, std::string_view path) {
  std::string message = "cannot ";
  message.append(action).append(" '").append(path).append("': ");
  message += std::generic_category().message(error);
  const std::string_view advice = advice_for(error);
  if (!advice.empty()) message.append("; ").append(advice);
  return absl::Status(absl::ErrnoToStatusCode(error), message);
}

}  // namespace v1
}  // namespace tracebus
