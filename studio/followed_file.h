// SPDX-License-Identifier: Apache-2.0
//
// FollowedFile: the whole lines of a file that others append to, or of a pipe, without waiting for
// more.
//
// One that was cut to less than what was read begins anew, and so does another file that took its
// name, as after a rotation, once the old one was read to its end. A last line that the old one did
// not finish ends there, and so does that of a pipe whose writers are gone.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_FOLLOWED_FILE_H_
#define TRACEBUS_STUDIO_FOLLOWED_FILE_H_

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

class FollowedFile {
 public:
  static constexpr std::size_t kStepBytes = std::size_t{1} << 20;

  // From its beginning, or where it stands. Errors as of open_file_source; InvalidArgument for what
  // is neither a regular file nor a pipe, socket or terminal.
  static absl::StatusOr<std::unique_ptr<FollowedFile>> open(const std::string& path);
  ~FollowedFile();
  FollowedFile(const FollowedFile&) = delete;
  FollowedFile& operator=(const FollowedFile&) = delete;

  // Some of the whole lines that were added, each with its line feed; empty where there are none
  // now. Valid until the next call. Of a line that is longer than any may be (line_reader.h) the
  // beginning comes, too long as it is, and the rest is skipped. DataLoss if reading fails; the
  // next call tries again. InvalidArgument for what begins as no lines do.
  absl::StatusOr<std::string_view> next();

  // Where in the file it stands that next gave.
  std::uint64_t offset() const noexcept { return given_offset_; }
  // The number of its first line, from 1.
  std::uint64_t line() const noexcept { return given_line_; }
  // How often it began anew.
  std::uint64_t restarts() const noexcept { return restarts_; }
  const std::string& path() const noexcept { return path_; }
  bool is_pipe() const noexcept { return is_pipe_; }
  // A pipe: nothing comes any more.
  bool has_ended() const noexcept { return has_ended_; }

 private:
  FollowedFile(std::string path, int descriptor, bool is_pipe)
      : path_(std::move(path)), file_(descriptor), is_pipe_(is_pipe) {}

  void drop_given();
  absl::StatusOr<std::size_t> read_some();
  ssize_t read_into(char* out) noexcept;
  absl::Status check_beginning() const;
  std::string_view end_of_pipe();
  bool begin_anew();
  std::string_view give(std::size_t bytes);

  const std::string path_;
  int file_;
  const bool is_pipe_;
  std::string buffer_;  // given_ bytes that next gave, and what was read behind them
  std::size_t given_ = 0;
  std::uint64_t position_ = 0;  // of the file: behind the buffer
  std::uint64_t given_offset_ = 0;
  std::uint64_t given_line_ = 1;
  std::uint64_t next_line_ = 1;
  bool is_skipping_ = false;  // the rest of a line that is too long
  std::uint64_t restarts_ = 0;
  bool has_ended_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_FOLLOWED_FILE_H_
