// SPDX-License-Identifier: Apache-2.0
//
// Opening and reading files that are not there, not readable, not files, or that shrink meanwhile.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

class JsonlFiles : public ::testing::Test {
 protected:
  JsonlFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "readers-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~JsonlFiles() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  static absl::Status error_of(const std::string& path) { return open_jsonl(path).status(); }

  std::filesystem::path folder_;
};

TEST_F(JsonlFiles, MissingFileIsNotFoundAndNamed) {
  const absl::Status status = error_of(path("missing.jsonl"));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(status.message()).find("missing.jsonl"), std::string::npos);
  EXPECT_EQ(error_of("").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(error_of(write("file", "") + "/x").code(), absl::StatusCode::kNotFound);
}

TEST_F(JsonlFiles, DirectoryIsRefused) {
  const absl::Status status = error_of(folder_.string());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("directory"), std::string::npos);
}

TEST_F(JsonlFiles, FileWithoutPermissionIsRefused) {
  constexpr uid_t kNobody = 65534;
  const std::string name = write("secret.jsonl", "{}");
  ::chmod(name.c_str(), 0);
  const bool root = ::geteuid() == 0;  // may read everything
  ASSERT_TRUE(!root || ::seteuid(kNobody) == 0);
  const absl::Status status = error_of(name);
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(JsonlFiles, SymbolicLinkIsNotFollowed) {
  std::filesystem::create_symlink(write("a.jsonl", "{}"), path("link"));
  const absl::Status status = error_of(path("link"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("symbolic link"), std::string::npos);
}

TEST_F(JsonlFiles, EmptyFileHasNoEvents) {
  auto reader = open_jsonl(write("empty.jsonl", ""));
  ASSERT_TRUE(reader.ok());
  const ReadEvents read = read_all(**reader);
  EXPECT_EQ(read.account.lines, 0u);
  EXPECT_TRUE(read.events.empty());
}

TEST_F(JsonlFiles, PipeIsRead) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::thread writer([&] { write("pipe", "{\"event_type\":\"a\"}\n{\"event_type\":\"b\"}"); });
  auto reader = open_jsonl(path("pipe"));
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(read_all(**reader).events.size(), 2u);
  writer.join();
}

TEST_F(JsonlFiles, FileThatShrinksWhileItIsReadEndsEarly) {
  std::string text;
  while (text.size() < 4'000'000) text += "{\"event_type\":\"some_event\",\"n\":1}\n";
  const std::string name = write("shrinks.jsonl", text);
  auto reader = open_jsonl(name);
  ASSERT_TRUE(reader.ok());
  ASSERT_NE((*reader)->next(), nullptr);
  std::filesystem::resize_file(name, 10);
  std::uint64_t events = 1;
  while ((*reader)->next() != nullptr) ++events;
  EXPECT_LT(events, text.size() / 34);
  EXPECT_LE((*reader)->account().bad_lines, 1u);
}

}  // namespace
}  // namespace tracebus::test
