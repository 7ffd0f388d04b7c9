// SPDX-License-Identifier: Apache-2.0
//
// The tree obeys the rules of the house. Each rule is seen to fail in the test beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tidy/include_rules.h"
#include "tracebus/tests/tidy/layout_rules.h"
#include "tracebus/tests/tidy/memory_order_rule.h"
#include "tracebus/tests/tidy/source_tree.h"
#include "tracebus/tests/tidy/word_rules.h"

namespace tracebus::tidy {
namespace {

const std::vector<SourceText>& tree() {
  static const std::vector<SourceText> kTree = read_source_tree(TRACEBUS_SOURCE_DIR);
  return kTree;
}

using Rule = std::function<Violations(const SourceText&)>;
using Choice = std::function<bool(const SourceText&)>;

Violations check_all(const Choice& chosen, const Rule& rule) {
  Violations found;
  for (const SourceText& source : tree()) {
    if (!chosen(source)) continue;
    const Violations of_file = rule(source);
    found.insert(found.end(), of_file.begin(), of_file.end());
  }
  return found;
}

bool is_header(const SourceText& source) { return source.is_header(); }
bool any(const SourceText&) { return true; }

void expect_none(const Violations& found) { EXPECT_TRUE(found.empty()) << "\n" << found; }

// Without this, a wrong root would make every rule hold.
TEST(TidyTree, IsRead) {
  const auto holds = [](std::string_view path) {
    return std::any_of(tree().begin(), tree().end(),
                       [&](const SourceText& source) { return source.path == path; });
  };
  EXPECT_TRUE(holds("CMakeLists.txt"));
  EXPECT_TRUE(holds("core/ring.h"));
  EXPECT_TRUE(holds("tests/tidy/tree_test.cc"));
  EXPECT_TRUE(holds("tools/setup"));
}

TEST(TidyTree, FilesBeginWithTheLicense) {
  expect_none(check_all([](const SourceText& s) { return !carries_no_license_line(s); },
                        check_license_line));
}
TEST(TidyTree, LinesAreShort) { expect_none(check_all(is_cplusplus, check_line_lengths)); }
TEST(TidyTree, FilesAreShort) { expect_none(check_all(is_cplusplus, check_file_length)); }
TEST(TidyTree, FunctionsAreShort) { expect_none(check_all(is_cplusplus, check_function_lengths)); }
TEST(TidyTree, GuardsAreNamedForTheirPath) {
  expect_none(check_all(is_header, check_include_guard));
}
TEST(TidyTree, OurHeadersAreSpelledWithTracebus) {
  expect_none(check_all(is_cplusplus, check_include_spelling));
}
TEST(TidyTree, FoldersIncludeOnlyWhatStandsBelow) {
  expect_none(check_all(is_cplusplus, check_layers));
}
TEST(TidyTree, PublicHeadersBringNoThirdParty) {
  expect_none(check_all(is_header, check_public_header));
}
TEST(TidyTree, InstrumentationHeadersReachNoThirdParty) {
  expect_none(check_instrumentation_headers(tree()));
}
TEST(TidyTree, MemoryOrdersAreExplained) {
  expect_none(check_all(is_cplusplus, check_memory_orders));
}
TEST(TidyTree, NoForbiddenWords) { expect_none(check_all(any, check_words)); }
TEST(TidyTree, NoPathsOfAMachine) {
  expect_none(check_all(any, [](const SourceText& source) {
    return check_machine_paths(source, TRACEBUS_SOURCE_DIR);
  }));
}

}  // namespace
}  // namespace tracebus::tidy
