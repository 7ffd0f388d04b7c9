// SPDX-License-Identifier: Apache-2.0
//
// What may be given in the place of a file, and what is said of what may not.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::kSample;
using ::testing::Not;
using testing::output_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::TemporaryFolder;
using testing::write_file;

// What a script of bash writes, which finds the program and a sample in variables.
ProgramResult run_script(const TemporaryFolder& folder, const std::string& script) {
  const std::string path = folder.file("script.sh");
  write_file(path, "program=\"" TRACEBUS_PROGRAM "\"; sample=\"" + kSample + "\"\n" + script);
  ProgramResult result;
  FILE* const pipe = ::popen(("bash \"" + path + "\"").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), pipe)) {
    result.out.append(piece.data(), got);
  }
  result.status = WEXITSTATUS(::pclose(pipe));
  return result;
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(InputsTest, StandardInputAndDescriptorsAreReadInThePlaceOfAFile) {
  const std::string wanted = output_of({"query", "--json", kSample});
  for (const std::string name : {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}) {
    const ProgramResult read = run_program({"query", "--json", name}, kSample);
    EXPECT_EQ(read.status, 0) << name << read.err;
    EXPECT_EQ(read.out, wanted) << name;
  }
  for (const std::string command : {"show", "cost", "timeline", "flame", "tail", "top -n 1"}) {
    const TemporaryFolder folder;
    for (const std::string input :
         {"<(cat \"$sample\")", "- < \"$sample\"", "/dev/stdin < \"$sample\""}) {
      const ProgramResult read =
          run_script(folder, "\"$program\" " + command + " " + input + " 2>&1\n");
      EXPECT_EQ(read.status, 0) << command << input << read.out;
      EXPECT_GT(lines_in(read.out), 1u) << command << input;
    }
  }
}

TEST(InputsTest, TailOfAPipeReadsToItsEndAlsoALineWithoutALineFeed) {
  const TemporaryFolder folder;
  const std::string wanted = output_of({"tail", "--json", kSample});
  EXPECT_EQ(run_script(folder, "cat \"$sample\" | \"$program\" tail --json -\n").out, wanted);
  EXPECT_EQ(run_script(folder, "echo -n \"$(cat \"$sample\")\" | \"$program\" tail --json -\n").out,
            wanted);
  const ProgramResult followed =
      run_script(folder, "cat \"$sample\" | \"$program\" tail --json -n 100 -f -\n");
  EXPECT_EQ(followed.status, 0) << "it ends with its input";
  EXPECT_EQ(lines_in(followed.out), lines_in(read_file(kSample)));
}

TEST(InputsTest, OtherLinksAreNotFollowed) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(kSample, folder.file("link.jsonl"));
  for (const std::string command : {"show", "tail"}) {
    const ProgramResult refused = run_program({command, folder.file("link.jsonl")});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("symbolic link"));
  }
  EXPECT_EQ(run_program({"show", "/dev/fd/777"}).status, 2);
  EXPECT_EQ(run_program({"show", "/dev/fd/x"}).status, 2);
}

TEST(InputsTest, GzipIsReadAsWhatItHolds) {
  const TemporaryFolder folder;
  const std::string gz = folder.file("sample.jsonl.gz");
  ASSERT_EQ(run_script(folder, "gzip -c \"$sample\" > \"" + gz + "\"\n").status, 0);
  for (const std::string command : {"query", "show", "cost", "timeline", "flame"}) {
    EXPECT_EQ(output_of({command, "--json", gz}), output_of({command, "--json", kSample}));
  }
  const std::string all = output_of({"query", "--json", kSample});
  EXPECT_EQ(run_program({"query", "--json", "-"}, gz).out, all);
  // Several members are one file; what is cut off is told, and what was whole is shown.
  const std::string bytes = read_file(gz), more = folder.file("more.gz");
  write_file(more, bytes + bytes);
  EXPECT_EQ(lines_in(output_of({"query", "--json", more})), 2 * lines_in(all));
  write_file(more, bytes + bytes.substr(0, 60));
  const ProgramResult cut = run_program({"query", "--json", more});
  EXPECT_EQ(cut.status, 1);
  EXPECT_THAT(cut.err, HasSubstr("no whole gzip"));
  EXPECT_GE(lines_in(cut.out), lines_in(all));
}

TEST(InputsTest, WhatGzipHoldsIsBoundedByTheMemory) {
  const TemporaryFolder folder;
  const ProgramResult bomb = run_script(
      folder, "head -c 64M /dev/zero | gzip | \"$program\" query --memory-mb 16 - 2>&1\n");
  EXPECT_NE(bomb.status, 0);
  EXPECT_THAT(bomb.out, HasSubstr("all that may be unpacked"));
}

TEST(InputsTest, OtherCompressionsAreNamed) {
  const TemporaryFolder folder;
  const std::string path = folder.file("packed");
  write_file(path, "\x28\xb5\x2f\xfd\x04\x58 whatever\n and\n more\n");
  for (const std::string command : {"show", "query", "cost"}) {
    const ProgramResult refused = run_program({command, path});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("compressed by zstd: unpack it first"));
    EXPECT_EQ(lines_in(refused.err), 1u) << refused.err;
  }
}

TEST(InputsTest, TailAndTopSayWhatCannotBeFollowed) {
  const TemporaryFolder folder;
  const std::string gz = folder.file("gz"), list = folder.file("list.json"),
                    jaeger = folder.file("jaeger.json"), proto = folder.file("events.pb");
  write_file(gz, "\x1f\x8b\x08 and so on");
  write_file(list, "[\n{\"event_type\":\"a\"}\n]\n");
  write_file(jaeger, R"({"data": [{"traceID": "a", "spans": []}]})");
  ASSERT_EQ(run_program({"demo", "--runs", "1", "--to", "proto:" + proto}).status, 0);
  for (const std::string command : {"tail", "top"}) {
    for (const auto& [path, what] :
         std::vector<std::pair<std::string, std::string>>{{gz, "compressed by gzip"},
                                                          {list, "one JSON document"},
                                                          {jaeger, "one JSON document"},
                                                          {proto, "a Protobuf file"}}) {
      const ProgramResult refused = run_program({command, path});
      EXPECT_EQ(refused.status, 2) << command << path;
      EXPECT_THAT(refused.err, AllOf(HasSubstr(what), HasSubstr("tracebus show")));
      EXPECT_EQ(lines_in(refused.err), 1u) << refused.err;
    }
    EXPECT_THAT(output_of({command, "--help"}), HasSubstr("a file or a pipe"));
  }
}

TEST(InputsTest, RefusalOfATooLargeFileNamesTheOption) {
  const TemporaryFolder folder;
  const std::string path = folder.file("large.jsonl");
  write_file(path, std::string(2 << 20, '\n'));
  const ProgramResult refused = run_program({"show", "--memory-mb", "1", path});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("raise --memory-mb"), HasSubstr(" takes 2"),
                                 HasSubstr("1048576"), Not(HasSubstr("bytes_max"))));
}

// Answers each request with the same text.
class StrangeServer {
 public:
  explicit StrangeServer(std::string answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~StrangeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) {
      std::array<char, 4096> request;
      if (::recv(peer, request.data(), request.size(), 0) <= 0) continue;
      static_cast<void>(::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL));
    }
  }

  const std::string answer_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(InputsTest, AServerThatIsNoStudioIsToldInOneLine) {
  const std::string page = "<!DOCTYPE html>\n<html>\n<title>\x1b[31mNot here</title>\n" +
                           std::string(2000, 'x') + "\n</html>\n";
  const StrangeServer server("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: " +
                             std::to_string(page.size()) + "\r\n\r\n" + page);
  for (const std::string command : {"tail", "top"}) {
    const ProgramResult refused = run_program({command, server.url()});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err,
                AllOf(HasSubstr("404"), HasSubstr("is it a Studio?"), Not(HasSubstr("\x1b"))));
    EXPECT_EQ(lines_in(refused.err), 1u) << refused.err;
    EXPECT_LT(refused.err.size(), 250u) << refused.err;
  }
}

}  // namespace
}  // namespace tracebus
