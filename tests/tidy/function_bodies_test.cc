// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/function_bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace tracebus::tidy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<std::pair<std::size_t, std::size_t>> bodies(std::string_view text) {
  std::vector<std::pair<std::size_t, std::size_t>> lines;
  for (const FunctionBody& body : function_bodies(SourceText("core/a.cc", text))) {
    lines.emplace_back(body.open_line, body.close_line);
  }
  return lines;
}

TEST(FunctionBodies, OpenAtNamespaceAndClassLevel) {
  EXPECT_THAT(bodies("namespace a {\n"
                     "void f(int x,\n"
                     "       int y) noexcept {\n"
                     "  if (x) { y(); }\n"
                     "}\n"
                     "template <class T>\n"
                     "class alignas(64) B final : public C {\n"
                     " public:\n"
                     "  int g() const { return 1; }\n"
                     "};\n"
                     "}\n"),
              ElementsAre(Pair(3, 5), Pair(9, 9)));
}

TEST(FunctionBodies, InitializersAreNone) {
  EXPECT_THAT(bodies("const int kTable[] = {\n1,\n2};\n"
                     "const std::vector<int> kOther{1,\n2};\n"
                     "enum class E : int {\n a,\n b };\n"
                     "Values v(One{1}, {\n2});\n"),
              IsEmpty());
}

TEST(FunctionBodies, DefaultArgumentsAndMemberInitializersBelongToTheDeclaration) {
  EXPECT_THAT(bodies("void f(Options options = {}) {\n"
                     "}\n"
                     "A::A(int x) noexcept\n"
                     "    : a_{x}, b_(x),\n"
                     "      c_{\n"
                     "        2} {\n"
                     "  go();\n"
                     "}\n"),
              ElementsAre(Pair(1, 2), Pair(6, 8)));
}

TEST(FunctionBodies, LambdasAndLocalClassesBelongToTheirFunction) {
  EXPECT_THAT(bodies("void f() {\n"
                     "  struct Local {\n"
                     "    void g() {\n"
                     "    }\n"
                     "  };\n"
                     "  run([] {\n"
                     "  });\n"
                     "}\n"
                     "auto h = [](int x) {\n"
                     "};\n"),
              ElementsAre(Pair(1, 8), Pair(9, 10)));
}

TEST(FunctionBodies, ConstrainedTemplatesAndTypesInSignaturesAreUnderstood) {
  EXPECT_THAT(bodies("template <class T>\n"
                     "  requires(sizeof(T) == 8)\n"
                     "struct A {\n"
                     "  void f(struct stat* s) {\n"
                     "  }\n"
                     "};\n"
                     "template <template <class> class Atom, class T>\n"
                     "struct stat g(enum X x) {\n"
                     "}\n"
                     "extern \"C\" {\n"
                     "void h() {}\n"
                     "}\n"),
              ElementsAre(Pair(4, 5), Pair(8, 9), Pair(11, 11)));
}

TEST(FunctionBodies, BracesInCommentsLiteralsAndMacrosAreNone) {
  EXPECT_THAT(bodies("#define X {  \\\n"
                     "  {\n"
                     "void f() {\n"
                     "  g(\"{\", '{');  // {\n"
                     "}\n"
                     "void h() {\n"
                     "}\n"),
              ElementsAre(Pair(3, 5), Pair(6, 7)));
}

TEST(FunctionBodies, OfAConditionalTheFirstBranchCounts) {
  EXPECT_THAT(bodies("#if A\n"
                     "void f() {\n"
                     "#elif B\n"
                     "void f(int) {\n"
                     "# if C\n"
                     "{\n"
                     "# else\n"
                     "{{\n"
                     "# endif\n"
                     "#else\n"
                     "void f(char) {\n"
                     "#endif\n"
                     "}\n"
                     "void g() {}\n"),
              ElementsAre(Pair(2, 13), Pair(14, 14)));
}

TEST(FunctionBodies, TypesWithParenthesesInTheirBasesAreNone) {
  EXPECT_THAT(bodies("template <class R, class... A>\n"
                     "class API(x) B<R(A...)> final : public C<decltype(d())> {\n"
                     "  void f() {\n"
                     "  }\n"
                     "};\n"),
              ElementsAre(Pair(3, 4)));
}

}  // namespace
}  // namespace tracebus::tidy
