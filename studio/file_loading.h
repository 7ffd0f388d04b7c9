// SPDX-License-Identifier: Apache-2.0
//
// FileLoading: files that come into a store while it is already being looked at, on a thread of its
// own, one behind the other; the last one may be followed as it grows.
//
// Thread safety: any thread; start and stop one at a time.
#ifndef TRACEBUS_STUDIO_FILE_LOADING_H_
#define TRACEBUS_STUDIO_FILE_LOADING_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/studio/event_stream.h"

namespace tracebus {
inline namespace v1 {

struct FileProgress {
  std::string path;
  std::uint64_t bytes = 0;        // read so far
  std::uint64_t bytes_total = 0;  // 0: not known, as of a pipe
  std::uint64_t spans = 0;        // events
  std::uint64_t bad_lines = 0;    // known once the file is done
  bool done = false;
  std::string error = {};  // why it ended early; empty: it did not
};

struct BadLine {
  std::string file;
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
  std::string reason;
};

class FileLoading : public std::enable_shared_from_this<FileLoading> {
 public:
  static constexpr std::size_t kBadLinesMax = 10'000;  // that are kept

  // Made by std::make_shared: the thread keeps it. follow: the last file.
  FileLoading(std::shared_ptr<TraceStore> store, std::shared_ptr<EventStream> stream,
              const std::vector<std::string>& paths, bool follow);
  FileLoading(const FileLoading&) = delete;
  FileLoading& operator=(const FileLoading&) = delete;
  ~FileLoading() = default;  // REQUIRES: stopped, or never started

  // Throws std::system_error without a thread.
  void start();
  // False: the thread had not ended by then, and is left behind.
  bool stop(Deadline deadline);

  std::vector<FileProgress> files() const;
  // Whether some file is not done yet. One that is followed is done once it was read as far as it
  // went.
  bool is_loading() const;
  bool is_following() const noexcept { return follow_; }
  std::vector<BadLine> bad_lines() const;
  std::uint64_t bad_line_count() const;
  // Of a file that came another way.
  void add_bad_lines(const std::string& name, const ReadAccount& account);

 private:
  void run();
  void load(std::size_t place);
  void follow(std::size_t place);
  void take(std::size_t place, const absl::StatusOr<PollReport>& report);
  bool waits_for_stop(std::chrono::milliseconds time);
  bool is_stopping() const;

  const std::shared_ptr<TraceStore> store_;
  const std::shared_ptr<EventStream> stream_;
  const bool follow_;
  std::thread thread_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::vector<FileProgress> files_;
  std::vector<BadLine> bad_lines_;
  std::uint64_t bad_line_count_ = 0;
  bool is_stopping_ = false;
  bool has_ended_ = true;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_FILE_LOADING_H_
