// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/memory_order_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tracebus::tidy {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

Violations check(std::string_view text) { return check_memory_orders({"core/a.h", text}); }

auto on_line(std::size_t line) { return Field("line", &Violation::line, line); }

TEST(MemoryOrder, UnexplainedOnesAreFound) {
  EXPECT_THAT(check("a.store(1, std::memory_order_release);\n"), ElementsAre(on_line(1)));
  EXPECT_THAT(check("\na.load(std::memory_order_relaxed);\n"), ElementsAre(on_line(2)));
  EXPECT_THAT(check("a.load(std::memory_order::acquire);\n"), ElementsAre(on_line(1)));
  EXPECT_THAT(check("a.exchange(1, std::memory_order_acq_rel);  //\n"), ElementsAre(on_line(1)));
}

TEST(MemoryOrder, SequentialConsistencyNeedsNoReason) {
  EXPECT_THAT(check("a.store(1, std::memory_order_seq_cst);\nb.load();\n"), IsEmpty());
  EXPECT_THAT(check("void f(std::memory_order order);\n// std::memory_order_relaxed\n"), IsEmpty());
}

TEST(MemoryOrder, AnAcquireOrReleaseNamesItsPair) {
  EXPECT_THAT(check("a.store(1, std::memory_order_release);  // Pairs with poll_end\n"), IsEmpty());
  EXPECT_THAT(check("a.store(1, std::memory_order_release);  // publish it\n"),
              ElementsAre(on_line(1)));
  EXPECT_THAT(check("a.load(std::memory_order_relaxed);  // own store\n"), IsEmpty());
}

TEST(MemoryOrder, TheCommentMayStandAboveOrOnAnotherLineOfTheStatement) {
  EXPECT_THAT(check("// Acquire pairs with\n// release.\nreturn a.load(\n"
                    "    std::memory_order_acquire);\n"),
              IsEmpty());
  EXPECT_THAT(
      check("return a.compare_exchange_strong(b, c, std::memory_order_acquire,\n"
            "                                 std::memory_order_relaxed);  // pairs with x\n"),
      IsEmpty());
  EXPECT_THAT(check("f(b,\n  // relaxed: a hint\n  a.load(std::memory_order_relaxed));\n"),
              IsEmpty());
}

TEST(MemoryOrder, ABlankLineOrOtherCodeCutsTheCommentOff) {
  EXPECT_THAT(check("// pairs with x\n\na.load(std::memory_order_acquire);\n"),
              ElementsAre(on_line(3)));
  EXPECT_THAT(check("// pairs with x\nb();\na.load(std::memory_order_acquire);\n"),
              ElementsAre(on_line(3)));
  EXPECT_THAT(check("b();  // pairs with x\na.load(std::memory_order_acquire);\n"),
              ElementsAre(on_line(2)));
}

TEST(MemoryOrder, OneCommentAboveAGroupExplainsTheGroup) {
  EXPECT_THAT(check("// Relaxed: own counters.\n"
                    "a.load(std::memory_order_relaxed);\n"
                    "b.load(\n    std::memory_order_relaxed);\n"
                    "c.load(std::memory_order_relaxed);\n"),
              IsEmpty());
  EXPECT_THAT(check("a.load(std::memory_order_relaxed);  // own store\n"
                    "b.load(std::memory_order_relaxed);\n"),
              ElementsAre(on_line(2)));
}

TEST(MemoryOrder, ACommentAboveTheOpeningLineExplainsTheFirstStatement) {
  EXPECT_THAT(check("// Acquire pairs with publish.\nint poll() const {\n"
                    "  return a.load(std::memory_order_acquire);\n}\n"),
              IsEmpty());
  EXPECT_THAT(check("// Acquire pairs with publish.\nint poll() const {\n  b();\n"
                    "  return a.load(std::memory_order_acquire);\n}\n"),
              ElementsAre(on_line(4)));
  EXPECT_THAT(
      check("// pairs with x\nif (a) {\nif (b) {\n  a.load(std::memory_order_acquire);\n}}\n"),
      ElementsAre(on_line(4)));
}

TEST(MemoryOrder, ACommentThatSaysThroughoutExplainsTheWholeBlock) {
  constexpr std::string_view kClass =
      " counters.\ntemplate <class T>\nclass A {\n  void f() {\n    if (b) { c(); }\n"
      "    d.load(std::memory_order_relaxed);\n  }\n  int g() { return e.load("
      "std::memory_order_relaxed); }\n};\n";
  const std::string text(kClass);
  EXPECT_THAT(check("// Relaxed throughout:" + text), IsEmpty());
  EXPECT_THAT(check("// Relaxed:" + text), ElementsAre(on_line(6), on_line(8)));
  EXPECT_THAT(check("// Relaxed throughout:" + text + "h.load(std::memory_order_relaxed);\n"),
              ElementsAre(on_line(10)));
}

TEST(MemoryOrder, OnlyCoreAndBusAreHeldToIt) {
  constexpr std::string_view kText = "a.store(1, std::memory_order_release);\n";
  EXPECT_FALSE(check_memory_orders({"bus/a.cc", kText}).empty());
  EXPECT_THAT(check_memory_orders({"tests/a.cc", kText}), IsEmpty());
}

}  // namespace
}  // namespace tracebus::tidy
