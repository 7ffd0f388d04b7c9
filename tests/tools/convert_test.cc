// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::write_file;

const std::string kTraces = TRACEBUS_TEST_DATA "/traces/";
const std::string kSample = kTraces + "pyagent_sample_trace.jsonl";

TEST(ConvertTest, EveryFormatIsWrittenWhole) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"tree", "Billing Agent"},       {"timeline", "|=="},
      {"json", "\"spans\":["},         {"jaeger", "\"operationName\":"},
      {"chrome", "\"traceEvents\":["}, {"perfetto", "Billing Agent"},
      {"folded", "Billing Agent"},     {"folded-tokens", "Billing Agent"},
      {"folded-cost", "Billing Agent"}};
  const TemporaryFolder folder;
  for (const auto& [format, text] : expected) {
    const ProgramResult printed = run_program({"convert", kSample, "--to", format});
    EXPECT_EQ(printed.status, 0) << format << printed.err;
    EXPECT_THAT(printed.out, HasSubstr(text)) << format;
    EXPECT_THAT(printed.err, HasSubstr("17 events, 0 bad lines, 0 repaired, 2 traces, "));
    const ProgramResult written =
        run_program({"convert", kSample, "--to", format, "-o", folder.file(format)});
    EXPECT_EQ(written.status, 0) << written.err;
    EXPECT_EQ(written.out, "");
    EXPECT_EQ(read_file(folder.file(format)), printed.out) << format;
  }
}

TEST(ConvertTest, CostsOfAFlameGraphAddUpToThoseOfTheTraces) {
  const ProgramResult result = run_program({"convert", kSample, "--to", "folded-cost"});
  ASSERT_EQ(result.status, 0) << result.err;
  std::int64_t sum = 0;
  for (const std::string& line : testing::lines_of(result.out)) {
    sum += std::stoll(line.substr(line.rfind(' ') + 1));
  }
  EXPECT_EQ(sum, 20'600'000 + 4'200'000);  // what the tree says: $0.0206 and $0.00420
}

TEST(ConvertTest, BadLinesAreNamedAndTheRestIsConverted) {
  const TemporaryFolder folder;
  write_file(folder.file("bad.jsonl"), read_file(kSample) + "nonsense\n");
  const ProgramResult result = run_program({"convert", folder.file("bad.jsonl"), "--to", "chrome"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("bad.jsonl:18: "), HasSubstr("1 bad lines")));
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(result.out).error(), simdjson::SUCCESS);
}

TEST(ConvertTest, WhatCannotBeDoneIsSaidBeforeAnythingIsWritten) {
  const TemporaryFolder folder;
  const ProgramResult unknown = run_program({"convert", kSample, "--to", "pprof"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("'pprof' is none of tree, "), HasSubstr("folded-cost")));
  const ProgramResult missing =
      run_program({"convert", folder.file("none"), "--to", "tree", "-o", folder.file("out")});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr(folder.file("none")));
  EXPECT_EQ(read_file(folder.file("out")), "");
  const ProgramResult unwritable =
      run_program({"convert", kSample, "--to", "tree", "-o", "/dev/null/out"});
  EXPECT_EQ(unwritable.status, 2);
  EXPECT_THAT(unwritable.err, StartsWith(kSample));
  EXPECT_THAT(unwritable.err, HasSubstr("tracebus convert: cannot"));
}

TEST(ConvertTest, ADemoGoesStraightIntoAFileForPerfetto) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program({"demo", "--agents", "5", "--threads", "1", "--runs",
                                            "3", "--to", "perfetto:" + folder.file("out")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_GT(read_file(folder.file("out")).size(), 1000u);
}

}  // namespace
}  // namespace tracebus
