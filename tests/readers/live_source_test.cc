// SPDX-License-Identifier: Apache-2.0
//
// Sources that are still written to, judged by the lines that come out of them.
#include "tracebus/readers/live_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/readers/line_reader.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

// Reads lines on a thread of its own until it is stopped.
class Lines {
 public:
  explicit Lines(const std::string& path) {
    start(*follow_file(path, [this] { return stopped_.load(); }));
  }
  explicit Lines(int descriptor) {
    start(live_source(descriptor, [this] { return stopped_.load(); }));
  }
  ~Lines() { stop(); }

  void wait_for(std::size_t count) {
    while (true) {
      {
        std::lock_guard lock(mutex_);
        if (lines_.size() >= count) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::vector<std::string> stop() {
    stopped_ = true;
    return join();
  }
  // To the end of the source.
  std::vector<std::string> join() {
    if (reading_.joinable()) reading_.join();
    return lines_;
  }

 private:
  void start(std::unique_ptr<ByteSource> source) {
    reading_ = std::thread([this, source = std::move(source)]() mutable {
      LineReader reader(std::move(source));
      Line line;
      while (reader.next(line)) {
        std::lock_guard lock(mutex_);
        lines_.emplace_back(line.text);
      }
    });
  }

  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::thread reading_;
};

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST(LiveSourceTest, AFileIsFollowedAsItGrows) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_file(path, "one\ntw");
  Lines lines(path);
  lines.wait_for(1);
  append(path, "o\nthree\n");
  lines.wait_for(3);
  append(path, "four");
  EXPECT_THAT(lines.stop(), ElementsAre("one", "two", "three", "four"))
      << "what is there is read before it stops";
}

TEST(LiveSourceTest, AFileThatIsReplacedIsReadToItsEndAndThenTheNewOne) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_file(path, "one\n");
  Lines lines(path);
  lines.wait_for(1);
  std::filesystem::rename(path, folder.file("a.1"));
  append(folder.file("a.1"), "two\nunfinished");
  write_file(folder.file("b"), "three\n");
  std::filesystem::rename(folder.file("b"), path);
  lines.wait_for(4);
  append(path, "four\n");
  lines.wait_for(5);
  EXPECT_THAT(lines.stop(), ElementsAre("one", "two", "unfinished", "three", "four"));
}

TEST(LiveSourceTest, AFileThatIsCutBeginsAnew) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_file(path, "a long line\n");
  Lines lines(path);
  lines.wait_for(1);
  std::filesystem::resize_file(path, 0);
  append(path, "two\n");
  lines.wait_for(2);
  EXPECT_THAT(lines.stop(), ElementsAre("a long line", "two"));
}

TEST(LiveSourceTest, APipeIsReadAsItIsWrittenAndToItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Lines lines(ends[0]);
  ASSERT_EQ(write(ends[1], "one\ntw", 6), 6);
  lines.wait_for(1);
  ASSERT_EQ(write(ends[1], "o\n", 2), 2);
  close(ends[1]);
  EXPECT_THAT(lines.join(), ElementsAre("one", "two"));
  close(ends[0]);
}

TEST(LiveSourceTest, APipeThatSaysNothingCanBeLeft) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Lines lines(ends[0]);
  EXPECT_THAT(lines.stop(), ElementsAre());
  close(ends[0]);
  close(ends[1]);
}

TEST(LiveSourceTest, OnlyFilesAreFollowed) {
  const TemporaryFolder folder;
  const auto never = [] { return false; };
  EXPECT_TRUE(absl::IsNotFound(follow_file(folder.file("none"), never).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(follow_file(folder.path(), never).status()));
}

}  // namespace
}  // namespace tracebus::testing
