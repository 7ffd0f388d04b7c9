// SPDX-License-Identifier: Apache-2.0
//
// tracebus bench as a user runs it. The oracle of its counts is the file that was written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/core/emit_result.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::lines_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::RunningProgram;
using testing::TemporaryFolder;

// What `--json` printed, of a run that ended well.
class Report {
 public:
  explicit Report(const ProgramResult& result) {
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(lines_of(result.out).size(), 1u);
    EXPECT_EQ(parser_.parse(result.out).get(document_), simdjson::SUCCESS) << result.out;
  }

  bool holds(const std::string& pointer) {
    return document_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  double number(const std::string& pointer) {
    double value = -1;
    EXPECT_EQ(document_.at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer;
    return value;
  }
  std::string text(const std::string& pointer) {
    std::string_view value;
    EXPECT_EQ(document_.at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer;
    return std::string(value);
  }
  // A sanitizer may have threads besides.
  std::vector<std::string> threads(const std::string& side) {
    std::vector<std::string> names;
    for (std::size_t i = 0; holds(side + "/threads/" + std::to_string(i)); ++i) {
      names.push_back(text(side + "/threads/" + std::to_string(i) + "/name"));
    }
    return names;
  }
  double total_of(const std::string& pointer) {
    double sum = 0;
    for (std::size_t i = 0; i < kDropReasons; ++i) {
      sum += number(pointer + "/" + std::string(to_string(static_cast<DropReason>(i))));
    }
    return sum;
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element document_;
};

ProgramResult bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"bench", "--seconds", "0.3", "--rate", "5000"});
  return run_program(arguments);
}

TEST(BenchCommandTest, TheFileHoldsWhatCountsAsExported) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  Report report(bench({"--exporter", "jsonl:" + path, "--json"}));
  const std::string at = "/exporters/0";
  EXPECT_EQ(report.text(at + "/spec"), "jsonl:" + path);
  const double exported = report.number(at + "/export/exported_events");
  EXPECT_GT(exported, 0);
  EXPECT_EQ(static_cast<double>(lines_of(read_file(path)).size()), exported);
  EXPECT_EQ(report.number(at + "/export/matched_events"),
            exported + report.total_of(at + "/export/dropped_events"));
  EXPECT_EQ(report.number(at + "/export/matched_events"),
            report.number(at + "/with/accepted_events"));
}

TEST(BenchCommandTest, EachSideAddsUpAndHasEveryFigure) {
  Report report(bench({"--exporter", "null", "--exporter", "memory", "--json"}));
  for (const std::string exporter : {"/exporters/0", "/exporters/1"}) {
    for (const std::string& side : {exporter + "/without", exporter + "/with"}) {
      EXPECT_EQ(
          report.number(side + "/emitted_events"),
          report.number(side + "/accepted_events") + report.total_of(side + "/rejected_events"));
      EXPECT_EQ(report.number(side + "/emit_ns/count"),
                report.number(side + "/accepted_in_turns_events"));
      for (const char* name : {"emit_ns/min",
                               "emit_ns/mean",
                               "emit_ns/p50",
                               "emit_ns/p99",
                               "emit_ns/p99_9",
                               "emit_ns/max",
                               "truncated_events",
                               "turns",
                               "accepted_events_per_second",
                               "emitting_seconds",
                               "flush_seconds",
                               "flush_max_seconds",
                               "threads/0/cpu_ns",
                               "process_cpu_ns",
                               "emitters_cpu_ns_per_event",
                               "process_cpu_ns_per_event",
                               "resident_growth_bytes",
                               "ring_max_bytes",
                               "large_max_bytes",
                               "block_max_bytes"}) {
        report.number(side + "/" + name);
      }
      EXPECT_THAT(report.threads(side), Contains("emitter-0"));
    }
    for (const char* name : {"clock_step_ns",
                             "empty_call_ns/p50",
                             "difference/emit_p50_ns",
                             "difference/emit_p99_ns",
                             "difference/emit_p99_9_ns",
                             "difference/emit_max_ns",
                             "difference/emit_mean_ns",
                             "difference/accepted_events_per_second",
                             "difference/emitters_cpu_ns_per_event",
                             "difference/resident_growth_bytes",
                             "export/added_events",
                             "export/late_events",
                             "export/batches",
                             "export/exported_in_turns_events",
                             "export/exported_events_per_second",
                             "export/queue_max_bytes",
                             "export/queue_max_events",
                             "export/export_seconds",
                             "export/export_max_seconds",
                             "export/behind_max_seconds"}) {
      report.number(exporter + "/" + name);
    }
    for (const char* name : {"name", "ended_early", "error", "difference/emit_p50_interval_95_ns",
                             "export/last_error"}) {
      EXPECT_TRUE(report.holds(exporter + "/" + name)) << name;
    }
  }
  EXPECT_EQ(report.number("/options/rate_events_per_second"), 5000);
  EXPECT_GT(report.number("/quantile_error_max"), 0);
}

TEST(BenchCommandTest, OptionsReachTheLoad) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  Report report(bench({"--exporter", "jsonl:" + path, "--json", "--threads", "2", "--agents", "1",
                       "--payload-bytes", "300", "--overflow", "oldest", "--queue-mb", "3"}));
  EXPECT_THAT(report.threads("/exporters/0/with"), IsSupersetOf({"emitter-0", "emitter-1"}));
  EXPECT_EQ(report.text("/options/overflow"), "oldest");
  EXPECT_EQ(report.number("/options/queue_max_bytes"), 3 << 20);
  for (const std::string& line : lines_of(read_file(path))) {
    EXPECT_THAT(line, HasSubstr("\"research-agent-000000\""));
    EXPECT_GT(line.size(), 300u);
  }
}

TEST(BenchCommandTest, TheTableShowsBothSidesAndWhatBecameOfTheEvents) {
  const ProgramResult result = bench({"--exporter", "null", "--exporter", "memory"});
  EXPECT_EQ(result.status, 0) << result.err;
  for (const char* text :
       {"null: 1 thread at 5000 events a second", "memory: 1 thread", "without", "with",
        "difference", "p50", "p99.9", "max", "emitting threads", "tb-dispatcher", "tb-worker",
        "events a second", "flush", "memory, MiB", "emits refused", "exported ", "lost: "}) {
    EXPECT_THAT(result.out, HasSubstr(text));
  }
  EXPECT_THAT(result.err, IsEmpty()) << "no terminal, so no progress";
}

TEST(BenchCommandTest, ThePictureIsWellFormedWhateverTheSpecHolds) {
  const TemporaryFolder folder;
  const std::string svg = folder.file("a.svg");
  const std::string hostile = folder.file("<&]]>\"'\x01.jsonl");
  const ProgramResult result = bench({"--exporter", "jsonl:" + hostile, "--svg", svg});
  EXPECT_EQ(result.status, 0) << result.err;
  const std::string judge =
      "python3 -c 'import sys, xml.dom.minidom as xml; "
      "root = xml.parse(sys.argv[1]).documentElement; "
      "assert root.tagName == \"svg\" and len(root.getElementsByTagName(\"path\")) > 5' " +
      svg;
  EXPECT_EQ(std::system(judge.c_str()), 0) << read_file(svg);
}

TEST(BenchCommandTest, AFullDiskIsSaidAndEndsWithStatusOne) {
  const ProgramResult result = bench({"--exporter", "jsonl:/dev/full"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.out, HasSubstr("export_failed"));
  EXPECT_THAT(result.out, HasSubstr("No space left on device"));
}

TEST(BenchCommandTest, AnInterruptEndsItEarlyWithWhatThereIs) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  const std::string svg = folder.file("a.svg");
  RunningProgram program({"bench", "--seconds", "3600", "--rate", "5000", "--json", "--svg", svg,
                          "--exporter", "jsonl:" + path, "--exporter", "null"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (lines_of(read_file(path)).size() < 3000) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  program.send_signal(SIGINT);
  Report report(program.wait());
  EXPECT_EQ(static_cast<double>(lines_of(read_file(path)).size()),
            report.number("/exporters/0/export/exported_events"));
  EXPECT_FALSE(report.holds("/exporters/1"));
  EXPECT_THAT(read_file(svg), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace tracebus
