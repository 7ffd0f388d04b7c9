// SPDX-License-Identifier: Apache-2.0
//
// Files that somebody uploads: good ones, bad lines, bombs, and what is too large.
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tracebus/tests/studio/made_store.h"
#include "tracebus/tests/studio/studio_rig.h"

namespace tracebus::testing {
namespace {

std::string gzip_of(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string fixture() {
  std::ifstream file(kFixture);
  return {std::istreambuf_iterator<char>(file), {}};
}

class StudioUploadTest : public StudioRig {
 protected:
  void SetUp() override { start(); }
};

TEST_F(StudioUploadTest, AFileComesBesideWhatIsThere) {
  bus_.emit({.event_type = "llm_call", .agent_name = "live"});
  wait_for("/api/status", "events", 1);
  const auto said = parsed(post_to("/api/upload?name=runs.jsonl", fixture()));
  EXPECT_EQ(said["spans"].get_int64().value(), 17);
  EXPECT_EQ(said["runs"].get_int64().value(), 2);
  EXPECT_EQ(said["bytes"].get_uint64().value(), fixture().size());
  EXPECT_EQ(said["bad_lines"].get_array().value().size(), 0u);
  EXPECT_EQ(number("/api/status", "events"), 18);
  EXPECT_EQ(number("/api/runs", "matched"), 2);
}

TEST_F(StudioUploadTest, GzipIsReadAsItsHeaderOrItsBytesSay) {
  EXPECT_EQ(post_to("/api/upload", gzip_of(fixture())).status, 200);
  EXPECT_EQ(post_to("/api/upload", gzip_of(fixture()), "Content-Encoding: gzip\r\n").status, 200);
  EXPECT_EQ(number("/api/status", "events"), 34);
  EXPECT_EQ(post_to("/api/upload", fixture(), "Content-Encoding: br\r\n").status, 415);
  EXPECT_EQ(post_to("/api/upload", fixture(), "Content-Encoding: gzip\r\n").status, 400);
}

TEST_F(StudioUploadTest, BadLinesAreCountedListedAndNoReasonToStop) {
  const auto said = parsed(
      post_to("/api/upload?name=half%20bad.jsonl", "nonsense\n" + fixture() + "{\"broken\":\n"));
  EXPECT_EQ(said["spans"].get_int64().value(), 17);
  EXPECT_EQ(said["bad_line_count"].get_int64().value(), 2);
  EXPECT_EQ(said["bad_lines"].at(0)["line"].get_int64().value(), 1);
  const auto listed = json("/api/bad-lines");
  EXPECT_EQ(listed["matched"].get_int64().value(), 2);
  EXPECT_EQ(std::string_view(listed["lines"].at(1)["file"]), "half bad.jsonl");
}

TEST_F(StudioUploadTest, WhatIsNoTraceIsRefusedWithTheReason) {
  const RawAnswer picture = post_to("/api/upload", std::string("\x89PNG\r\n\x1a\n\0\0\0", 11));
  EXPECT_EQ(picture.status, 400);
  EXPECT_NE(error_of(picture).find("no event could be read"), std::string::npos);
  EXPECT_NE(error_of(post_to("/api/upload", "")).find("it is empty"), std::string::npos);
  EXPECT_NE(error_of(post_to("/api/upload?nonsense=1", fixture())).find("nonsense"),
            std::string::npos);
  EXPECT_EQ(post_to("/api/upload?name=" + std::string(300, 'n'), fixture()).status, 400);
  EXPECT_EQ(number("/api/status", "events"), 0);
}

TEST_F(StudioUploadTest, DamagedGzipLeavesNothingBehind) {
  const std::string whole = gzip_of(fixture() + fixture());
  for (const std::size_t bytes : {whole.size() - 1, whole.size() / 2, std::size_t{5}}) {
    const RawAnswer answer = post_to("/api/upload", whole.substr(0, bytes));
    EXPECT_EQ(answer.status, 400) << bytes;
    EXPECT_NE(error_of(answer).find("no whole gzip"), std::string::npos);
  }
  EXPECT_EQ(number("/api/status", "events"), 0);
}

TEST_F(StudioUploadTest, Security6_ABombIsRefusedBeforeItsFirstEvent) {
  std::string line = fixture();
  line += std::string((std::size_t{257} << 20) - line.size(), '\n');
  const std::string bomb = gzip_of(line);
  ASSERT_LT(bomb.size(), std::size_t{1} << 20);
  const RawAnswer answer = post_to("/api/upload", bomb);
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(error_of(answer).find("more than 268435456 bytes"), std::string::npos);
  EXPECT_EQ(number("/api/status", "events"), 0);
}

TEST_F(StudioUploadTest, WhatDoesNotFitInMemoryIsRefusedWithBothNumbers) {
  studio_.reset();
  StudioOptions options = here();
  options.bytes_max = std::size_t{1} << 20;
  start(options);
  std::string much;
  while (much.size() < (std::size_t{1} << 20)) much += fixture();
  const RawAnswer answer = post_to("/api/upload", gzip_of(much));
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(error_of(answer).find(std::to_string(much.size())), std::string::npos);
  EXPECT_NE(error_of(answer).find("1048576"), std::string::npos);
  EXPECT_EQ(number("/api/status", "events"), 0);
}

}  // namespace
}  // namespace tracebus::testing
