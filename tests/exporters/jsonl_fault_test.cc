// SPDX-License-Identifier: Apache-2.0
//
// G16: no fault of the disk loses what was durable, and the account stays exact.
//
// A script opens a file that holds two lines and a torn third, exports six batches with rotation,
// flushes and shuts down. It is run once for every system call it makes, with that call failing.
// Oracle, over all files together: every line that was there before, and the line of every event
// that was not reported failed, each exactly once and whole; and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <map>
#include <string>

#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kBatches = 6;
constexpr std::size_t kBatchEvents = 5;
constexpr std::string_view kBefore = "{\"before\":1}\n{\"before\":2}\n{\"torn\":";

using LineCounts = std::map<std::string, int>;

void count_lines(const std::string& text, LineCounts& counts) {
  for (const std::string& line : lines_of(text)) ++counts[line];
}

struct Outcome {
  absl::Status opened;
  LineCounts expected;  // before, and reported delivered
  LineCounts found;
  std::uint64_t failed = 0;
  bool every_file_ends_whole = true;
};

Outcome run_script(const JsonlOptions& options) {
  const TemporaryFolder folder(memory_folder());
  const std::string path = folder.file("a.jsonl");
  write_file(path, kBefore);
  Outcome outcome;
  count_lines(std::string(kBefore), outcome.expected);
  auto opened = JsonlExporter::open(path, options);
  outcome.opened = opened.status();
  EventMaker maker = numbered_events(kBatches * kBatchEvents);
  for (std::size_t i = 0; opened.ok() && i < kBatches; ++i) {
    const Batch batch = maker.batch_of(i * kBatchEvents, (i + 1) * kBatchEvents);
    const std::uint64_t failed = (*opened)->export_batch(batch, in_a_second()).failed;
    outcome.failed += failed;
    count_lines(jsonl_of({.events = batch.events.first(batch.size() - failed)}), outcome.expected);
    EXPECT_EQ(failed != 0 && (*opened)->last_error().empty(), false);
    if (i % 2 == 1) static_cast<void>((*opened)->flush({}));
  }
  if (opened.ok()) static_cast<void>((*opened)->shutdown({}));
  for (const std::string& name : folder.names()) {
    const std::string text = read_file(folder.file(name));
    count_lines(text, outcome.found);
    if (!text.empty() && text.back() != '\n') outcome.every_file_ends_whole = false;
  }
  return outcome;
}

std::vector<JsonlOptions> all_options() {
  std::vector<JsonlOptions> all;
  for (const FileSync sync : {FileSync::kNever, FileSync::kOnFlush, FileSync::kEveryBatch}) {
    for (const std::uint64_t bytes_max : {0, 1200}) {
      all.push_back({.rotate_bytes_max = bytes_max, .rotate_files_max = 100, .sync = sync});
    }
  }
  return all;
}

// Runs the script with each of its matching calls failing in turn, and check for each outcome.
template <class Check>
void for_each_fault(Fault fault, Check check) {
  for (JsonlOptions options : all_options()) {
    std::uint64_t calls = 1;
    for (fault.at_call = 0; fault.at_call <= calls; ++fault.at_call) {
      FaultyFileSystem files(fault);
      options.file_system = &files;
      SCOPED_TRACE("call " + std::to_string(fault.at_call) + " fails with error " +
                   std::to_string(fault.error) + ", sync " +
                   std::to_string(static_cast<int>(options.sync)) + ", rotate at " +
                   std::to_string(options.rotate_bytes_max));
      const Outcome outcome = run_script(options);
      if (fault.at_call == 0) calls = files.matching_calls();
      check(outcome);
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(calls, 5u);
  }
}

void check_exact(const Outcome& outcome) {
  if (!outcome.opened.ok()) {
    EXPECT_THAT(std::string(outcome.opened.message()), HasSubstr("cannot "));
  }
  EXPECT_EQ(outcome.found, outcome.expected);
  EXPECT_TRUE(outcome.every_file_ends_whole || !outcome.opened.ok());
}

TEST(Row15JsonlExporter, AnyOneCallMayFailAndTheAccountStaysExact) {
  for (const int error : {ENOSPC, EIO, EMFILE, EDQUOT}) {
    for_each_fault({.error = error}, check_exact);
  }
}

TEST(Row15JsonlExporter, AnyOneCallMayFailAfterAShortWrite) {
  for_each_fault({.error = ENOSPC, .is_short_write = true}, check_exact);
}

TEST(Row15JsonlExporter, InterruptedCallsAndShortWritesLoseNothing) {
  const auto check_all_there = [](const Outcome& outcome) {
    check_exact(outcome);
    EXPECT_TRUE(outcome.opened.ok());
    EXPECT_EQ(outcome.failed, 0u);
  };
  for_each_fault({.error = EINTR}, check_all_there);
  for_each_fault({.call = Call::kWrite, .error = 0, .is_lasting = true, .is_short_write = true},
                 check_all_there);
}

// Oracle when every later call fails too: what was delivered is there, once. A torn line may stay.
TEST(Row15JsonlExporter, DiskThatStaysBrokenLosesNothingDurable) {
  const auto check_durable = [](const Outcome& outcome) {
    for (const auto& [line, count] : outcome.expected) {
      const auto found = outcome.found.find(line);
      ASSERT_NE(found, outcome.found.end()) << line;
      EXPECT_EQ(found->second, count) << line;
    }
  };
  for (const bool is_short_write : {false, true}) {
    for (const int error : {ENOSPC, EIO}) {
      for_each_fault({.error = error, .is_lasting = true, .is_short_write = is_short_write},
                     check_durable);
    }
  }
}

// --- Single faults, byte by byte ---

struct Rig {
  explicit Rig(FileSync sync = FileSync::kNever)
      : exporter(
            *JsonlExporter::open(folder.file("a.jsonl"), {.sync = sync, .file_system = &files})) {}

  std::uint64_t failed(std::size_t first, std::size_t end) {
    return exporter->export_batch(maker.batch_of(first, end), in_a_second()).failed;
  }
  std::string lines(std::size_t first, std::size_t end) {
    return jsonl_of(maker.batch_of(first, end));
  }
  std::string text(const std::string& name = "a.jsonl") { return read_file(folder.file(name)); }

  TemporaryFolder folder{memory_folder()};
  FaultyFileSystem files;
  EventMaker maker = numbered_events(20);
  std::unique_ptr<JsonlExporter> exporter;
};

TEST(Row15JsonlExporter, TornLineIsTakenBackAndTheNextBatchTriesAnew) {
  Rig rig;
  EXPECT_EQ(rig.failed(0, 2), 0u);
  rig.files.inject({.at_call = 1, .call = Call::kWrite, .error = ENOSPC, .is_short_write = true});
  EXPECT_EQ(rig.failed(2, 7), 3u);  // half of five lines: two whole ones
  EXPECT_EQ(rig.text(), rig.lines(0, 4));
  EXPECT_THAT(std::string(rig.exporter->last_error()), HasSubstr("3 of 5 events were not written"));
  EXPECT_EQ(rig.failed(7, 9), 0u);
  EXPECT_EQ(rig.text(), rig.lines(0, 4) + rig.lines(7, 9));
}

TEST(Row15JsonlExporter, TornLineThatCannotBeTakenBackAtOnceIsTakenBackBeforeTheNext) {
  Rig rig;
  rig.files.inject({.at_call = 1, .error = EIO, .is_lasting = true, .is_short_write = true});
  // The first call of a batch is its write; all that would mend it fails too.
  EXPECT_EQ(rig.failed(0, 1), 1u);
  EXPECT_EQ(rig.failed(0, 1), 1u);
  const std::string torn = rig.text();
  EXPECT_EQ(torn, rig.lines(0, 1).substr(0, torn.size()));
  rig.files.inject({});
  EXPECT_EQ(rig.failed(1, 3), 0u);
  EXPECT_EQ(rig.text(), rig.lines(1, 3));
}

TEST(Row15JsonlExporter, TornLineOfAFileThatMayOnlyGrowIsEndedBeforeTheNext) {
  Rig rig;
  rig.files.inject_all(
      {{.at_call = 1, .call = Call::kWrite, .error = ENOSPC, .is_short_write = true},
       {.at_call = 1, .call = Call::kTruncate, .error = EPERM, .is_lasting = true}});
  EXPECT_EQ(rig.failed(0, 1), 1u);
  const std::string torn = rig.text();
  EXPECT_EQ(torn, rig.lines(0, 1).substr(0, rig.lines(0, 1).size() / 2));
  EXPECT_EQ(rig.failed(1, 3), 0u);
  EXPECT_EQ(rig.text(), torn + "\n" + rig.lines(1, 3));
}

TEST(Row15JsonlExporter, AnotherWritersLineIsNotTakenBack) {
  Rig rig;
  EXPECT_EQ(rig.failed(0, 1), 0u);
  std::ofstream(rig.folder.file("a.jsonl"), std::ios::app) << "{\"other\":1}\n";
  rig.files.inject({.at_call = 1, .call = Call::kWrite, .error = ENOSPC, .is_short_write = true});
  EXPECT_EQ(rig.failed(1, 2), 1u);
  rig.files.inject({});
  EXPECT_EQ(rig.failed(2, 3), 0u);
  const std::string torn = rig.lines(1, 2).substr(0, rig.lines(1, 2).size() / 2);
  EXPECT_EQ(rig.text(), rig.lines(0, 1) + "{\"other\":1}\n" + torn + "\n" + rig.lines(2, 3));
}

TEST(Row15JsonlExporter, FileWhoseFsyncFailedIsSetAsideAndTheBatchWrittenAgain) {
  Rig rig(FileSync::kEveryBatch);
  EXPECT_EQ(rig.failed(0, 2), 0u);
  rig.files.inject({.at_call = 1, .call = Call::kSync, .error = EIO});
  EXPECT_EQ(rig.failed(2, 4), 0u);
  EXPECT_EQ(rig.text("a.jsonl.unsynced.1"), rig.lines(0, 2));
  EXPECT_EQ(rig.text(), rig.lines(2, 4));
}

TEST(Row15JsonlExporter, FsyncThatFailedIsNotTriedAgainOnTheSameFile) {
  const TemporaryFolder folder(memory_folder());
  FaultyFileSystem files({.at_call = 1, .call = Call::kSync, .error = EIO});
  const auto file = AppendFile::open(files, folder.file("a.jsonl"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->sync(), EIO);
  EXPECT_EQ((*file)->sync(), EIO);  // the kernel would have said that all is well
  EXPECT_EQ(files.syncs(), 1u);
}

TEST(Row15JsonlExporter, DiskWhoseFsyncAlwaysFailsFillsNoFolder) {
  Rig rig(FileSync::kEveryBatch);
  EXPECT_EQ(rig.failed(0, 2), 0u);
  rig.files.inject({.at_call = 1, .call = Call::kSync, .error = EIO, .is_lasting = true});
  for (std::size_t i = 2; i < 18; ++i) EXPECT_EQ(rig.failed(i, i + 1), 1u);
  EXPECT_LE(rig.folder.names().size(), 2u);
  rig.files.inject({});
  EXPECT_EQ(rig.failed(18, 20), 0u);
  EXPECT_EQ(rig.text("a.jsonl.unsynced.1"), rig.lines(0, 2));
  EXPECT_EQ(rig.text(), rig.lines(18, 20));
}

// The kernel itself: a limit on file sizes makes real short writes, then EFBIG.
TEST(Row15JsonlExporter, KernelsOwnShortWriteAtEveryByte) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const std::size_t bytes = Rig().lines(0, 5).size();
  for (std::size_t limit = 1; limit <= bytes; limit += 7) {
    Rig rig;
    const rlimit lowered = {limit, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &lowered), 0);
    const std::uint64_t failed = rig.failed(0, 5);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_EQ(rig.text(), failed == 5 ? "" : rig.lines(0, 5 - failed)) << limit;
    ASSERT_LE(rig.text().size(), limit);
    ASSERT_EQ(rig.failed(5, 6), 0u);
    ASSERT_EQ(rig.text(), (failed == 5 ? "" : rig.lines(0, 5 - failed)) + rig.lines(5, 6));
  }
}

}  // namespace
}  // namespace tracebus::testing
