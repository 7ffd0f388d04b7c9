// SPDX-License-Identifier: Apache-2.0
//
// A look at a spool's folder, from outside: what it says, and that it leaves everything as it was.
#include "tracebus/exporters/spool/spool_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/null_exporter.h"
#include "tracebus/exporters/spool/spool.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::minutes(1); }

std::string check(const std::string& folder) {
  return std::string(check_spool_folder(folder).message());
}

TEST(SpoolCheckTest, AFolderThatCanBeMadeIsFineAndIsNotMade) {
  const TemporaryFolder folder;
  EXPECT_EQ(check(folder.path()), "");
  EXPECT_EQ(check(folder.file("a/b/c")), "");
  EXPECT_THAT(folder.names(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder.file("a")));
  EXPECT_EQ(check("not-there-relative-to-here"), "");
}

TEST(SpoolCheckTest, G13_ARunningProcessKeepsItsLockAndItsEntries) {
  const TemporaryFolder folder;
  auto spool = Spool::open(folder.file("s"), {});
  ASSERT_TRUE(spool.ok()) << spool.status();
  ASSERT_TRUE((*spool)->append("entry", 1).ok());
  const std::vector<std::string> before = folder.names();
  EXPECT_EQ(check(folder.file("s")), "");
  EXPECT_EQ(folder.names(), before);
  EXPECT_TRUE(absl::IsFailedPrecondition(Spool::open(folder.file("s"), {}).status()))
      << "the lock is held as before";
  SpoolEntry entry;
  ASSERT_TRUE((*spool)->take(entry, soon()));
  EXPECT_EQ(entry.bytes, "entry");
  spool->reset();
  EXPECT_EQ(check(folder.file("s")), "");
  EXPECT_TRUE(Spool::open(folder.file("s"), {}).ok()) << "nor is it taken by the check";
}

TEST(SpoolCheckTest, WhatStandsInTheWayIsTold) {
  const TemporaryFolder folder;
  write_file(folder.file("file"), "x");
  EXPECT_THAT(check(""), HasSubstr("give the folder"));
  for (const char* const name : {"file", "file/below"}) {
    EXPECT_THAT(check(folder.file(name)),
                AllOf(HasSubstr(folder.file(name)), HasSubstr("is a file, not a folder")))
        << name;
  }
  ASSERT_EQ(::symlink("file", folder.file("lock").c_str()), 0);
  EXPECT_THAT(check(folder.path()), AllOf(HasSubstr("/lock"), HasSubstr("symbolic link")));
}

// As a user who may not write there, which root always may.
TEST(SpoolCheckTest, AFolderOfOthersIsTold) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir(folder.file("closed").c_str(), 0555), 0);
  ASSERT_EQ(::mkdir(folder.file("open").c_str(), 0777), 0);
  ASSERT_EQ(::chmod(folder.file("open").c_str(), 0777), 0);  // whatever the umask
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(3);
    const bool is_told =
        check(folder.file("closed")).find("Permission denied") != std::string::npos;
    const bool is_told_below =
        check(folder.file("closed/x")).find("Permission denied") != std::string::npos;
    const bool is_open = check(folder.file("open/x/y")).empty();
    ::_exit(is_told && is_told_below && is_open ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

class Unreachable final : public Exporter, public ConnectionCheck {
 public:
  std::string_view name() const noexcept override { return "unreachable"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    return ExportResult::failure(batch.size());
  }
  absl::Status check_connection(Deadline) override {
    return absl::UnavailableError("nobody listens");
  }
};

TEST(SpoolCheckTest, WhatStandsBehindTheSpoolIsAsked) {
  const TemporaryFolder folder;
  const auto said = [](const std::string& spool, std::unique_ptr<Exporter> to) {
    const auto made = make_spool_check(spool, std::move(to));
    return std::string(dynamic_cast<ConnectionCheck&>(*made).check_connection(soon()).message());
  };
  EXPECT_EQ(said(folder.path(), std::make_unique<NullExporter>()), "");
  EXPECT_EQ(said(folder.path(), std::make_unique<Unreachable>()), "nobody listens");
  write_file(folder.file("file"), "x");
  EXPECT_THAT(said(folder.file("file"), std::make_unique<NullExporter>()),
              HasSubstr("not a folder"));
  EXPECT_THAT(said(folder.file("file"), std::make_unique<Unreachable>()),
              AllOf(HasSubstr("not a folder"), HasSubstr("; nobody listens")));
}

TEST(SpoolCheckTest, ASpecLeadsToACheckAndOpensNothing) {
  const TemporaryFolder folder;
  ExporterFactory factory = ExporterFactory::with_builtin();
  add_spool_check(factory);
  const auto made = factory.make("redact|spool=" + folder.file("s") + "|null");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(dynamic_cast<ConnectionCheck&>(**made).check_connection(soon()).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
  EXPECT_EQ((*made)->export_batch({}, {soon(), {}}).lost(), 0u);
}

}  // namespace
}  // namespace tracebus::testing
