// SPDX-License-Identifier: Apache-2.0
//
// What the program says to bad command lines: the option, the value, and what would be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ProgramResult;
using testing::run_program;
using ::testing::StartsWith;
using testing::TemporaryFolder;

struct BadLine {
  std::vector<std::string> arguments;
  std::vector<std::string> said;
};

void PrintTo(const BadLine& line, std::ostream* out) {
  for (const std::string& argument : line.arguments) *out << argument << " ";
}

class BadCommandLineTest : public ::testing::TestWithParam<BadLine> {};

TEST_P(BadCommandLineTest, IsRefusedWithWhatIsWrong) {
  const ProgramResult result = run_program(GetParam().arguments);
  EXPECT_EQ(result.status, 2) << result.out << result.err;
  for (const std::string& said : GetParam().said) EXPECT_THAT(result.err, HasSubstr(said));
  EXPECT_THAT(result.out, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadCommandLineTest,
    ::testing::Values(
        BadLine{{}, {"A command (bench, check, convert, demo, ", "replay, run", ") is required"}},
        BadLine{{"nonsense"}, {"nonsense"}}, BadLine{{"bench"}, {"--exporter"}},
        BadLine{{"bench", "--exporter"}, {"--exporter"}},
        BadLine{{"bench", "--exporter", "nowhere"}, {"--exporter nowhere", "jsonl:PATH", "null"}},
        BadLine{{"bench", "--exporter", "null", "--exporter", "jsonl"}, {"--exporter jsonl"}},
        BadLine{{"bench", "--exporter", "null", "--threads", "0"}, {"--threads", "from 1 to 256"}},
        BadLine{{"bench", "--exporter", "null", "--agents", "0"}, {"--agents", "1000000"}},
        BadLine{{"bench", "--exporter", "null", "--rate", "fast"}, {"--rate", "'fast'"}},
        BadLine{{"bench", "--exporter", "null", "--seconds", "nan"}, {"--seconds", "'nan'"}},
        BadLine{{"bench", "--exporter", "null", "--payload-bytes", "2000000"},
                {"--payload-bytes", "from 0 to 1048576"}},
        BadLine{{"bench", "--exporter", "null", "--overflow", "spill"}, {"--overflow", "block"}},
        BadLine{{"bench", "--exporter", "null", "--queue-mb", "0"}, {"--queue-mb", "'0'"}},
        BadLine{{"bench", "--exporter", "console", "--json"}, {"--json", "console", "leave one"}},
        BadLine{{"bench", "--exporter", "null", "--svg", "/no/such/folder/a.svg"},
                {"--svg /no/such/folder/a.svg", "No such file", "give a path"}},
        BadLine{{"demo", "--nonsense"}, {"--nonsense"}},
        BadLine{{"demo", "--agents", "0"}, {"--agents", "'0'", "from 1 to 10000000"}},
        BadLine{{"demo", "--agents", "-1"}, {"--agents", "'-1'", "from 1 to 10000000"}},
        BadLine{{"demo", "--agents", "1e3"}, {"--agents", "'1e3'", "a whole number"}},
        BadLine{{"demo", "--agents", "99999999999999999999"}, {"--agents", "from 1 to 10000000"}},
        BadLine{{"demo", "--agents", ""}, {"--agents", "''"}},
        BadLine{{"demo", "--agents"}, {"--agents"}},
        BadLine{{"demo", "--threads", "0"}, {"--threads", "'0'", "from 1 to 256"}},
        BadLine{{"demo", "--threads", "257"}, {"--threads", "'257'", "from 1 to 256"}},
        BadLine{{"demo", "--seconds", "0"}, {"--seconds", "'0'", "from 0.01 to 86400"}},
        BadLine{{"demo", "--seconds", "nan"}, {"--seconds", "'nan'", "from 0.01 to 86400"}},
        BadLine{{"demo", "--seconds", "3s"}, {"--seconds", "'3s'"}},
        BadLine{{"demo", "--rate", "-5"}, {"--rate", "'-5'", "from 0 to 1000000000"}},
        BadLine{{"demo", "--rate", "inf"}, {"--rate", "'inf'"}},
        BadLine{{"demo", "--seed", "0x10"}, {"--seed", "'0x10'"}},
        BadLine{{"demo", "--seed", "18446744073709551616"}, {"to 18446744073709551615"}},
        BadLine{{"demo", "--runs", "0"}, {"--runs", "'0'"}},
        BadLine{{"demo", "--overflow", "block"}, {"--overflow", "block", "newest"}},
        BadLine{{"demo", "--queue-mb", "0"}, {"--queue-mb", "'0'"}},
        BadLine{{"demo", "--agents", "\x1b[2J"}, {"'\\x1b[2J'"}},
        BadLine{{"demo", "extra"}, {"extra"}},
        BadLine{{"demo", "--to", "nowhere"}, {"--to nowhere", "console", "jsonl:PATH", "null"}},
        BadLine{{"demo", "--to", "jsonl"}, {"--to jsonl", "jsonl:PATH"}},
        BadLine{{"demo", "--to", "console:loud"}, {"console:loud", "console:pretty"}},
        BadLine{{"demo", "--jsonl", ""}, {"--to jsonl:"}},
        BadLine{{"demo", "--to", "null", "--to", ""}, {"console"}}, BadLine{{"replay"}, {"FILE"}},
        BadLine{{"replay", "x", "--speed", "fast"}, {"--speed", "'fast'", "max"}},
        BadLine{{"replay", "x", "--speed", "0"}, {"--speed", "'0'"}},
        BadLine{{"replay", "x", "--speed", "nan"}, {"--speed", "'nan'"}},
        BadLine{{"replay", "x", "--to", "nowhere"}, {"--to nowhere"}}));

TEST(CommandLineTest, VersionAndHelpEndWell) {
  const ProgramResult version = run_program({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.out, StartsWith("tracebus "));
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"bench", "--help"},
                                                    {"demo", "--help"},
                                                    {"replay", "--help"}}) {
    const ProgramResult help = run_program(arguments);
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("Usage: tracebus"));
    EXPECT_THAT(help.err, IsEmpty());
  }
  EXPECT_THAT(run_program({"demo", "--help"}).out,
              AllOf(HasSubstr("--agents"), HasSubstr("jsonl:PATH"), HasSubstr("emitted=N")));
}

#ifdef TRACEBUS_WITH_STORE
TEST(CommandLineTest, CommandsThatLookAtEventsAreListedAndRefuseWhatTheyDoNotKnow) {
  const std::string list = run_program({"--help"}).out;
  for (const std::string command : {"cost", "flame", "query", "show", "tail", "timeline", "top"}) {
    EXPECT_THAT(list, HasSubstr("\n  " + command + " ")) << command;
    const ProgramResult help = run_program({command, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, AllOf(HasSubstr("--json"), HasSubstr("The exit status is 0")));
    EXPECT_EQ(run_program({command}).status, 2) << "without a file";
    EXPECT_EQ(run_program({command, "x", "--nonsense"}).status, 2);
  }
}

INSTANTIATE_TEST_SUITE_P(
    LookLines, BadCommandLineTest,
    ::testing::Values(
        BadLine{{}, {"run, cost, flame, query, show, tail, top, timeline", ") is required"}},
        BadLine{{"query", "x", "--kind", "robot"}, {"--kind", "'robot'", "RETRIEVER"}},
        BadLine{{"query", "x", "--status", "fine"}, {"--status", "'fine'", "error"}},
        BadLine{{"query", "x", "--since", "noon"}, {"--since", "'noon'", "2026-06-16T09:00:00Z"}},
        BadLine{{"query", "x", "--until", "7w"}, {"--until", "'7w'", "7d"}},
        BadLine{{"query", "x", "--attr", "=v"}, {"--attr", "'=v'", "KEY=VALUE"}},
        BadLine{{"query", "x", "--min-ms", "nan"}, {"--min-ms", "'nan'"}},
        BadLine{{"query", "x", "--max-cost", "-1"}, {"--max-cost", "'-1'"}},
        BadLine{{"query", "x", "--sort", "luck"}, {"--sort", "'luck'", "duration"}},
        BadLine{{"query", "x", "--limit", "-1"}, {"--limit", "'-1'"}},
        BadLine{{"show", "x", "--status", "fine"}, {"--status", "'fine'", "stale"}},
        BadLine{{"show", "x", "--memory-mb", "0"}, {"--memory-mb", "'0'"}},
        BadLine{{"cost", "x", "--by", "model,"}, {"--by", "''", "workflow"}},
        BadLine{{"timeline", "x", "--width", "1e9"}, {"--width", "from 0 to 1000"}},
        BadLine{{"flame", "x", "--by", "\x1b[2J"}, {"--by", "'\\x1b[2J'", "tokens"}},
        BadLine{{"tail", "x", "--lines", "all"}, {"--lines", "'all'"}}));
#endif

TEST(CommandLineTest, ANumberIsDecimalWhateverItBeginsWith) {
  const ProgramResult result = run_program({"demo", "--runs", "1", "--seed", "010"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("seed 10\n"));
}

TEST(CommandLineTest, APathThatCannotBeWrittenIsNamedBeforeAnythingBegins) {
  const TemporaryFolder folder;
  testing::write_file(folder.file("file"), "text\n");
  const std::string below_a_file = folder.file("file/trace.jsonl");
  for (const std::string& path : {below_a_file, folder.path().string()}) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"demo", "--jsonl", path},
          {"demo", "--to", "null", "--to", "jsonl:" + path},
          {"replay", folder.file("file"), "--to", "jsonl:" + path},
          {"bench", "--exporter", "jsonl:" + path},
          {"bench", "--exporter", "null", "--svg", path}}) {
      const ProgramResult result = run_program(arguments);
      EXPECT_EQ(result.status, 2);
      EXPECT_THAT(result.err, HasSubstr(path));
      EXPECT_THAT(result.out, IsEmpty());
    }
  }
}

}  // namespace
}  // namespace tracebus
