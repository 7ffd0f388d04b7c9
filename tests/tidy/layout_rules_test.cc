// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/layout_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>

namespace tracebus::tidy {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr std::string_view kLicense = "// SPDX-License-Identifier: Apache-2.0\n";

auto on_line(std::size_t line) { return Field("line", &Violation::line, line); }

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "x;\n";
  return text;
}

TEST(LicenseLine, ComesFirst) {
  const std::string license(kLicense);
  EXPECT_THAT(check_license_line({"core/a.h", license}), IsEmpty());
  EXPECT_THAT(
      check_license_line({"tools/run", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}),
      IsEmpty());
  EXPECT_THAT(check_license_line({"core/a.h", "\n" + license}), ElementsAre(on_line(1)));
  EXPECT_THAT(check_license_line({"tools/run", "#!/bin/sh\n"}), ElementsAre(on_line(2)));
  EXPECT_THAT(check_license_line({"core/a.h", "// SPDX-License-Identifier: MIT\n"}),
              ElementsAre(on_line(1)));
  EXPECT_THAT(check_license_line({"core/a.h", ""}), ElementsAre(on_line(1)));
}

TEST(LineLength, CountsColumnsNotBytes) {
  const std::string fits(kLineColumnsMax, 'x');
  std::string wide;
  for (std::size_t i = 0; i < kLineColumnsMax; ++i) wide += "\u00b5";
  EXPECT_THAT(check_line_lengths({"core/a.cc", fits + "\n" + wide + "\n"}), IsEmpty());
  EXPECT_THAT(check_line_lengths({"core/a.cc", "\n" + fits + "x\n" + wide + "x\n"}),
              ElementsAre(on_line(2), on_line(3)));
}

TEST(FileLength, IsBoundedByTheKindOfFile) {
  EXPECT_THAT(check_file_length({"core/a.h", lines(kHeaderLinesMax)}), IsEmpty());
  EXPECT_THAT(check_file_length({"core/a.cc", lines(kSourceLinesMax)}), IsEmpty());
  EXPECT_THAT(check_file_length({"core/a.h", lines(kHeaderLinesMax + 1)}),
              ElementsAre(on_line(kHeaderLinesMax + 1)));
  EXPECT_THAT(check_file_length({"core/a.cc", lines(kSourceLinesMax + 1)}),
              ElementsAre(on_line(kSourceLinesMax + 1)));
}

TEST(FunctionLength, IsBounded) {
  const std::string fits = "void f() {\n" + lines(kFunctionLinesMax - 2) + "}\n";
  const std::string longer = "void g() {\n" + lines(kFunctionLinesMax - 1) + "}\n";
  EXPECT_THAT(check_function_lengths({"core/a.cc", fits}), IsEmpty());
  EXPECT_THAT(check_function_lengths({"core/a.cc", fits + longer}),
              ElementsAre(on_line(kFunctionLinesMax + 1)));
}

std::string guarded(const std::string& name) {
  return std::string(kLicense) + "#ifndef " + name + "\n#define " + name + "\n#endif  // " + name +
         "\n";
}

TEST(IncludeGuard, IsNamedForThePath) {
  EXPECT_THAT(check_include_guard({"core/ring.h", guarded("TRACEBUS_CORE_RING_H_")}), IsEmpty());
  EXPECT_THAT(check_include_guard({"core/proto/a_b.h", guarded("TRACEBUS_CORE_PROTO_A_B_H_")}),
              IsEmpty());
  EXPECT_THAT(check_include_guard({"core/ring.h", guarded("TRACEBUS_RING_H_")}),
              ElementsAre(on_line(2)));
  EXPECT_THAT(check_include_guard({"core/ring.h", "#pragma once\n"}), ElementsAre(on_line(1)));
  EXPECT_THAT(check_include_guard({"core/ring.h", ""}), ElementsAre(on_line(1)));
}

TEST(IncludeGuard, EnclosesTheFile) {
  const std::string guard = guarded("TRACEBUS_CORE_RING_H_");
  EXPECT_THAT(check_include_guard({"core/ring.h", "int before;\n" + guard}),
              ElementsAre(on_line(1)));
  EXPECT_THAT(check_include_guard({"core/ring.h", guard + "int behind;\n"}),
              ElementsAre(on_line(5)));
}

TEST(Violation, IsPrintedAsFileLineAndRule) {
  std::ostringstream out;
  out << Violations{{"core/a.h", 7, "why"}};
  EXPECT_EQ(out.str(), "core/a.h:7: why\n");
}

}  // namespace
}  // namespace tracebus::tidy
