// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/exporters/fault_script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kBefore = 2;
constexpr std::size_t kTorn = 1;
constexpr std::size_t kBatches = 6;
constexpr std::size_t kBatchEvents = 5;
constexpr std::size_t kEvents = kBefore + kTorn + (kBatches + 1) * kBatchEvents;

EventMaker& events() {
  static EventMaker& maker = *new EventMaker(numbered_events(static_cast<std::int64_t>(kEvents)));
  return maker;
}

const std::vector<std::string>& all_lines() {
  static const auto& lines = *new std::vector<std::string>(lines_of(events().batch()));
  return lines;
}

std::string torn_file(const FileKind& kind) {
  const std::string whole = file_of(kind, events().batch_of(0, kBefore));
  const std::string more = file_of(kind, events().batch_of(0, kBefore + kTorn));
  return more.substr(0, (whole.size() + more.size()) / 2);
}

class Run {
 public:
  explicit Run(const FaultScript& script) : script_(script) {
    write_file(path_, torn_file(script.kind));
    outcome_.delivered.assign(all_lines().begin(), all_lines().begin() + kBefore);
    outcome_.flushed = kBefore;
    files_.inject_all(script.faults);
  }

  ScriptOutcome outcome() {
    open();
    std::size_t next = kBefore + kTorn;
    for (std::size_t i = 1; i <= kBatches; ++i, next += kBatchEvents) {
      outcome_.failed += export_from(next);
      if (i % 2 == 0) static_cast<void>(flush());
    }
    outcome_.has_struck = files_.has_struck();
    if (script_.ending == Ending::kDiskIsWell) {
      end_well(next);
    } else {
      exporter_.reset();
      files_.cut_power(folder_.path().string());
    }
    EXPECT_EQ(files_.repeated_syncs(), 0u);
    read_files();
    return std::move(outcome_);
  }

 private:
  // A fault that does not last keeps nobody from opening twice.
  void open() {
    BatchFileOptions options = script_.options;
    options.file_system = &files_;
    auto opened = script_.kind.open(path_, options);
    for (int tries = 0; tries < 3 && !opened.ok(); ++tries) {
      EXPECT_EQ(std::string(opened.status().message()).find("cannot "), 0u) << opened.status();
      if (tries == 2) files_.inject({});
      opened = script_.kind.open(path_, options);
    }
    ASSERT_TRUE(opened.ok()) << opened.status();
    exporter_ = *std::move(opened);
  }

  std::uint64_t export_from(std::size_t first) {
    const Batch batch = events().batch_of(first, first + kBatchEvents);
    const std::uint64_t failed = exporter_->export_batch(batch, in_a_second()).failed;
    EXPECT_LE(failed, kBatchEvents);
    EXPECT_TRUE(failed == 0 || !exporter_->last_error().empty());
    const auto begin = all_lines().begin() + static_cast<std::ptrdiff_t>(first);
    outcome_.delivered.insert(outcome_.delivered.end(), begin,
                              begin + static_cast<std::ptrdiff_t>(kBatchEvents - failed));
    return failed;
  }

  absl::Status flush() {
    const absl::Status status = exporter_->flush({});
    if (status.ok()) outcome_.flushed = outcome_.delivered.size();
    return status;
  }

  void end_well(std::size_t next) {
    files_.inject({});
    EXPECT_EQ(export_from(next), 0u) << exporter_->last_error();
    EXPECT_EQ(flush(), absl::OkStatus());
    EXPECT_EQ(exporter_->shutdown({}), absl::OkStatus());
    exporter_.reset();
  }

  void read_files() {
    std::map<std::size_t, std::vector<std::string>> files;  // by the place of their first event
    for (const std::string& name : folder_.names()) {
      FileContent content = read_content(script_.kind, folder_.file(name));
      outcome_.bad_parts += content.account.bad_lines;
      if (content.lines.empty()) continue;
      const auto first = std::find(all_lines().begin(), all_lines().end(), content.lines[0]);
      const auto place = static_cast<std::size_t>(first - all_lines().begin());
      EXPECT_TRUE(files.try_emplace(place, std::move(content.lines)).second) << "twice " << name;
    }
    for (const auto& [place, lines] : files) {
      outcome_.found.insert(outcome_.found.end(), lines.begin(), lines.end());
    }
  }

  const FaultScript& script_;
  const TemporaryFolder folder_{memory_folder()};
  const std::string path_ = folder_.file("trace");
  FaultyFileSystem files_;
  std::unique_ptr<Exporter> exporter_;
  ScriptOutcome outcome_;
};

std::string description(const FaultScript& script) {
  std::string text = script.kind.name;
  text += ", sync " + std::to_string(static_cast<int>(script.options.sync)) + ", rotate at " +
          std::to_string(script.options.rotate_bytes_max);
  for (const Fault& fault : script.faults) {
    text += "; call " + std::to_string(fault.at_call) + " of sort " +
            std::to_string(static_cast<int>(fault.call)) + " fails with error " +
            std::to_string(fault.error) + (fault.is_lasting ? " for good" : " once") +
            (fault.is_short_write ? ", short" : "");
  }
  return text;
}

// Whether the last fault still found its call.
bool strikes(const FaultScript& script, const std::function<void(const ScriptOutcome&)>& check) {
  SCOPED_TRACE(description(script));
  const ScriptOutcome outcome = run_script(script);
  check(outcome);
  return outcome.has_struck && !::testing::Test::HasFailure();
}

// Returns how many runs had all faults.
std::uint64_t for_each_call_of(FaultScript& script, std::size_t fault,
                               const std::function<void(const ScriptOutcome&)>& check) {
  std::uint64_t struck = 0;
  for (std::uint64_t call = 1;; ++call) {
    script.faults[fault].at_call = call;
    const bool is_last = fault + 1 == script.faults.size();
    const std::uint64_t before = struck;
    struck += is_last ? strikes(script, check) : for_each_call_of(script, fault + 1, check);
    if (struck == before) return struck;
  }
}

}  // namespace

ScriptOutcome run_script(const FaultScript& script) { return Run(script).outcome(); }

void expect_exact(const ScriptOutcome& outcome) {
  EXPECT_EQ(outcome.found, outcome.delivered);
  EXPECT_LE(outcome.bad_parts, 1u);  // the half event of before, where it cannot be cut off
}

void expect_flushed(const ScriptOutcome& outcome) {
  ASSERT_GE(outcome.found.size(), outcome.flushed);
  ASSERT_LE(outcome.found.size(), outcome.delivered.size());
  const std::vector<std::string> expected(
      outcome.delivered.begin(),
      outcome.delivered.begin() + static_cast<std::ptrdiff_t>(outcome.found.size()));
  EXPECT_EQ(outcome.found, expected);
}

void expect_flushed_at_least(const ScriptOutcome& outcome) {
  std::size_t flushed = 0;
  auto at = all_lines().begin();
  for (const std::string& line : outcome.found) {
    at = std::find(at, all_lines().end(), line);
    ASSERT_NE(at, all_lines().end()) << "invented, twice, or out of order: " << line;
    ++at;
    if (flushed < outcome.flushed && line == outcome.delivered[flushed]) ++flushed;
  }
  EXPECT_EQ(flushed, outcome.flushed);
}

std::vector<BatchFileOptions> all_options() {
  std::vector<BatchFileOptions> all;
  for (const FileSync sync : {FileSync::kNever, FileSync::kOnFlush, FileSync::kEveryBatch}) {
    for (const std::uint64_t bytes_max : {0, 700}) {
      all.push_back({.rotate_bytes_max = bytes_max, .rotate_files_max = 100, .sync = sync});
    }
  }
  return all;
}

void for_each_call(const FaultScript& script,
                   const std::function<void(const ScriptOutcome&)>& check) {
  FaultScript one = script;
  EXPECT_GT(for_each_call_of(one, 0, check), 0u) << description(script);
}

}  // namespace tracebus::testing
