// SPDX-License-Identifier: Apache-2.0
//
// Each feature of the seeds is a row with a number, and each row of what is built so far has a test
// with its number in the name, as in Row53_.
#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tidy/source_tree.h"

namespace tracebus::tidy {
namespace {

constexpr int kRows = 73;

// Rows without a test, and why.
const std::map<int, std::string_view>& exceptions() {
  static const std::map<int, std::string_view> kExceptions = {
      {8, "the live bus of the dashboard: comes with it"},
      {10, "transports between processes: come with the network exporters"},
      {33, "frames of Python: C++ has none"},
  };
  return kExceptions;
}

// Adds the numbers behind each "Row" that begins a word, or follows another row and "_" or "And".
void add_rows(std::string_view code, std::set<int>& rows) {
  constexpr std::string_view kRow = "Row";
  for (std::size_t at = code.find(kRow); at != code.npos; at = code.find(kRow, at + 1)) {
    int row = 0;
    for (std::size_t i = at + kRow.size(); i < code.size() && std::isdigit(code[i]) != 0; ++i) {
      row = 10 * row + (code[i] - '0');
    }
    if (row != 0) rows.insert(row);
  }
}

std::set<int> tested_rows() {
  std::set<int> rows;
  for (const SourceText& source : read_source_tree(TRACEBUS_SOURCE_DIR)) {
    if (!source.path.starts_with("tests/") || !source.path.ends_with("_test.cc")) continue;
    if (source.path.starts_with("tests/tidy/")) continue;
    for (const std::string& code : source.code) add_rows(code, rows);
  }
  return rows;
}

TEST(SeedRows, NumbersAreReadFromNames) {
  std::set<int> rows;
  add_rows("TEST(HeadSampler, Row62_Roots) Row7Flush Rows Row Row4_Row5_Both", rows);
  EXPECT_EQ(rows, (std::set<int>{4, 5, 7, 62}));
}

TEST(SeedRows, EachHasATest) {
  const std::set<int> rows = tested_rows();
  for (int row = 1; row <= kRows; ++row) {
    EXPECT_TRUE(rows.contains(row) || exceptions().contains(row)) << "row " << row;
  }
}

}  // namespace
}  // namespace tracebus::tidy
