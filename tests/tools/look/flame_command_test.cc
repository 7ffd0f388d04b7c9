// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json_of;
using testing::kSample;
using testing::lines_of;
using testing::output_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::TemporaryFolder;
using testing::write_file;

std::set<std::string> set_of(const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  return {lines.begin(), lines.end()};
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

// convert takes traces from the reader, without a store.
TEST(FlameCommandTest, Row77FoldedStacksAreThoseOfConvert) {
  for (const auto& [by, format] :
       {std::pair("time", "folded"), std::pair("tokens", "folded-tokens"),
        std::pair("cost", "folded-cost")}) {
    const std::set<std::string> folded = set_of(output_of({"flame", kSample, "--by", by}));
    EXPECT_FALSE(folded.empty());
    EXPECT_EQ(folded, set_of(output_of({"convert", kSample, "--to", format}))) << by;
  }
}

TEST(FlameCommandTest, TheTreeAddsUp) {
  simdjson::dom::parser parser;
  const auto tree = json_of(parser, {"flame", kSample, "--by", "cost", "--json"});
  EXPECT_EQ(testing::text_at(tree, "/unit"), "nanodollars");
  EXPECT_EQ(testing::count_at(tree, "/total"), 24'800'000);
  EXPECT_EQ(testing::text_at(tree, "/tree/children/0/name"), "customer-support");
  EXPECT_EQ(testing::count_at(tree, "/tree/children/0/value"), 20'600'000);
  EXPECT_EQ(testing::text_at(tree, "/tree/children/0/children/0/name"), "Billing Agent");
  EXPECT_EQ(testing::count_at(tree, "/tree/children/0/children/0/self"), 18'500'000);
  simdjson::dom::parser second;
  const auto one = json_of(second, {"flame", kSample, "--json", "--run", "run_fixture_1"});
  EXPECT_EQ(testing::count_at(one, "/total"), 6'000'000'000);
}

TEST(FlameCommandTest, Row77TheDrawingHasABoxForEachWay) {
  const TemporaryFolder folder;
  const std::string path = folder.file("flame.svg");
  EXPECT_THAT(output_of({"flame", kSample, "--svg", path}), IsEmpty());
  const std::string svg = read_file(path);
  EXPECT_EQ(count_of(svg, "<title>"), 9u);  // all, 2 patterns, 3 agents, 3 calls
  EXPECT_THAT(svg, AllOf(HasSubstr("<title>claude-3-5-sonnet (1.8s, "), HasSubstr("<title>all ("),
                         HasSubstr("100.0 %)"), HasSubstr("time of 2 runs")));
  const ProgramResult unwritable = run_program({"flame", kSample, "--svg", "/dev/null/a.svg"});
  EXPECT_EQ(unwritable.status, 2);
  EXPECT_THAT(unwritable.err, HasSubstr("--svg: "));
  EXPECT_EQ(run_program({"flame", kSample, "--by", "love"}).status, 2);
}

TEST(FlameCommandTest, Row77NothingButAFileIsReplacedByTheDrawing) {
  const TemporaryFolder folder;
  const std::string input = folder.file("in.jsonl");
  write_file(input, read_file(kSample));
  write_file(folder.file("target"), "kept");
  std::filesystem::create_symlink(folder.file("target"), folder.file("link"));
  std::filesystem::create_symlink(input, folder.file("link.jsonl"));
  ASSERT_EQ(mkfifo(folder.file("fifo").c_str(), 0600), 0);
  for (const std::string& path :
       {folder.file("link"), folder.file("fifo"), folder.path().string(), input}) {
    const ProgramResult refused = run_program({"flame", input, "--svg", path});
    EXPECT_EQ(refused.status, 2) << path;
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--svg: "), HasSubstr(path)));
  }
  EXPECT_EQ(run_program({"flame", folder.file("link.jsonl"), "--svg", input}).status, 2)
      << "the same file under another name";
  const ProgramResult converted = run_program({"convert", input, "--to", "folded", "-o", input});
  EXPECT_EQ(converted.status, 2);
  EXPECT_THAT(converted.err, HasSubstr("it is read"));
  EXPECT_EQ(read_file(input), read_file(kSample));
  EXPECT_EQ(read_file(folder.file("target")), "kept");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_TRUE(std::filesystem::is_fifo(folder.file("fifo")));
}

TEST(FlameCommandTest, Row77TheDrawingGoesToStandardOutputWhereThatIsAskedFor) {
  for (const char* const path : {"-", "/dev/stdout"}) {
    const std::string svg = output_of({"flame", kSample, "--svg", path});
    EXPECT_THAT(svg, AllOf(HasSubstr("<svg "), HasSubstr("</svg>"))) << path;
  }
}

TEST(TimelineCommandTest, Row77BarsStandWhereTheirTimesAre) {
  const std::string out =
      output_of({"timeline", kSample, "--run", "run_fixture_1", "--width", "50"});
  EXPECT_EQ(out,
            "Run run_fixture_1   2026-06-16T09:00:00.000Z   success\n"
            "+ customer-support [6000.0ms]\n"
            " |==================================================|\n"
            " ? Classifier [2000.0ms]\n"
            "  |        =================|\n"
            "  ? gpt-4o-mini [850.0ms]\n"
            "   |         =======|\n"
            " ? Billing Agent [3000.0ms]\n"
            "  |                         =========================|\n"
            "  ? claude-3-5-sonnet [1800.0ms]\n"
            "   |                          ===============|\n");
  EXPECT_THAT(output_of({"timeline", kSample, "--color", "always"}),
              HasSubstr("\x1b[31mx refund-processor [4000.0ms]\x1b[0m"));
}

TEST(TimelineCommandTest, JsonIsALineARun) {
  simdjson::dom::parser parser;
  const std::vector<std::string> lines = lines_of(output_of({"timeline", kSample, "--json"}));
  ASSERT_EQ(lines.size(), 2u);
  const auto run = parser.parse(lines[1]).value();
  EXPECT_EQ(testing::text_at(run, "/run_id"), "run_fixture_1");
  EXPECT_DOUBLE_EQ(testing::number_at(run, "/spans/1/start_ms"), 1000);
}

}  // namespace
}  // namespace tracebus
