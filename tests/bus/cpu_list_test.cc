// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/cpu_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<int> parsed(std::string_view text) {
  absl::StatusOr<std::vector<int>> cpus = parse_cpu_list(text);
  EXPECT_TRUE(cpus.ok()) << text;
  return cpus.ok() ? *cpus : std::vector<int>{};
}

TEST(CpuListTest, NumbersAndRangesBetweenCommas) {
  EXPECT_THAT(parsed("0"), ElementsAre(0));
  EXPECT_THAT(parsed("1023"), ElementsAre(1023));
  EXPECT_THAT(parsed("0-3,6"), ElementsAre(0, 1, 2, 3, 6));
  EXPECT_THAT(parsed("5-5"), ElementsAre(5));
}

TEST(CpuListTest, OrderAndRepetitionDoNotMatter) {
  EXPECT_THAT(parsed("6,2-4,3,0,6"), ElementsAre(0, 2, 3, 4, 6));
}

TEST(CpuListTest, WholeRange) {
  std::vector<int> all(1024);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(parsed("0-1023"), all);
}

TEST(CpuListTest, AllElseIsRefused) {
  for (const char* const text : {"",
                                 ",",
                                 "0,",
                                 ",0",
                                 "0,,1",
                                 "-",
                                 "-1",
                                 "0-",
                                 "3-1",
                                 "0-1-2",
                                 "1024",
                                 "0-1024",
                                 "18446744073709551616",
                                 "+1",
                                 " 1",
                                 "1 ",
                                 "0, 1",
                                 "0x1",
                                 "a",
                                 "0-7/2",
                                 "1;2"}) {
    const absl::Status status = parse_cpu_list(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("from 0 to 1023, such as 0-3,6"));
  }
  EXPECT_FALSE(parse_cpu_list(std::string_view("1\0", 2)).ok());
}

TEST(CpuListTest, TextIsTheShortest) {
  EXPECT_EQ(cpu_list_text({}), "");
  EXPECT_EQ(cpu_list_text({7}), "7");
  EXPECT_EQ(cpu_list_text({6, 3, 1, 2, 0, 3}), "0-3,6");
  EXPECT_EQ(cpu_list_text({1022, 1023}), "1022-1023");
  EXPECT_EQ(cpu_list_text({-1, 4, 1024}), "4");
}

// Oracle: the text of what was read reads as the same again, whatever the first text was.
TEST(CpuListTest, RandomTextsAreReadOrRefused) {
  constexpr std::string_view kAlphabet("0123456789---,,,,x \0", 20);
  constexpr unsigned kSeed = 20231;
  std::mt19937 random(kSeed);
  int read = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text(random() % 12, ' ');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    const absl::StatusOr<std::vector<int>> cpus = parse_cpu_list(text);
    if (!cpus.ok()) continue;
    ++read;
    ASSERT_FALSE(cpus->empty()) << "seed " << kSeed << ": " << text;
    ASSERT_EQ(parsed(cpu_list_text(*cpus)), *cpus) << "seed " << kSeed << ": " << text;
  }
  EXPECT_GT(read, 1000);  // or the alphabet proves nothing
}

}  // namespace
}  // namespace tracebus::testing
