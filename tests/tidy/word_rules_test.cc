// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/word_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tracebus::tidy {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

auto on_line(std::size_t line) { return Field("line", &Violation::line, line); }

// Two pieces, so that this file holds none of the words.
std::string joined(const char* head, const char* tail) { return std::string(head) + tail; }

TEST(Words, EachIsFoundInCodeCommentAndLiteral) {
  for (const std::string& word :
       {joined("TO", "DO"), joined("FIX", "ME"), joined("X", "XX"), joined("HA", "CK"),
        joined("using namespace ", "std;"), joined("using namespace ", "std::literals;"),
        joined("DISABLED", "_Name"), joined("GTEST", "_SKIP"), joined("GTEST", "_SKIP_(x)"),
        joined("inner", "HTML")}) {
    EXPECT_THAT(check_words({"core/a.cc", "int a;\n" + word + "\n"}), ElementsAre(on_line(2)))
        << word;
    EXPECT_THAT(check_words({"core/a.cc", "// " + word + "\n"}), SizeIs(1)) << word;
    EXPECT_THAT(check_words({"core/a.cc", "f(\"" + word + "\");\n"}), SizeIs(1)) << word;
  }
}

TEST(Words, LongerWordsAreOthers) {
  EXPECT_THAT(check_words({"core/a.cc", joined("TO", "DOS ") + joined("X", "XXXXX") +
                                            joined(" using namespace ", "stdx;") + "\n"}),
              IsEmpty());
}

TEST(MachinePaths, HomesAndTheCheckoutAreFound) {
  constexpr std::string_view kRoot = "/builds/project";
  const auto check = [&](const std::string& line) {
    return check_machine_paths({"core/a.cc", line + "\n"}, kRoot).size();
  };
  EXPECT_EQ(check("open(\"" + joined("/ho", "me/me/a.txt\")")), 1u);
  EXPECT_EQ(check("// see " + joined("/ro", "ot/a")), 1u);
  EXPECT_EQ(check(joined("/Us", "ers/me")), 1u);
  EXPECT_EQ(check("\"/builds/project/core\""), 1u);
  EXPECT_EQ(check("/builds/project"), 1u);
  EXPECT_EQ(check("/builds/projects"), 0u);
  EXPECT_EQ(check("\"x/builds/project\""), 0u);
  EXPECT_EQ(check(joined("the page's /ho", "me link; a/ho") + "me/b"), 0u);
}

TEST(MachinePaths, AShortCheckoutPathMeansNothing) {
  EXPECT_THAT(check_machine_paths({"core/a.cc", "f(\"/src/a\");\n"}, "/src"), IsEmpty());
}

}  // namespace
}  // namespace tracebus::tidy
