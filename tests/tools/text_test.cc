// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/text.h"

#include <gtest/gtest.h>

#include "tracebus/tools/text_table.h"

namespace tracebus {
namespace {

TEST(TextTest, NumbersAreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(18'446'744'073'709'551'615u), "18,446,744,073,709,551,615");
}

TEST(TextTest, APartOfNothingIsNoPercentage) {
  EXPECT_EQ(percent(0, 0), "-");
  EXPECT_EQ(percent(1, 3), "33.3 %");
}

TEST(TextTest, OnlyReasonsThatOccurredAreNamed) {
  DropCounts drops{};
  EXPECT_EQ(drops_text(drops), "-");
  drops[static_cast<std::size_t>(DropReason::kFull)] = 1234;
  drops[static_cast<std::size_t>(DropReason::kEvicted)] = 1;
  EXPECT_EQ(drops_text(drops), "full 1,234, evicted 1");
}

TEST(TextTest, NoSecretOfAnAddressIsShown) {
  EXPECT_EQ(visible_spec("langfuse"), "langfuse");
  EXPECT_EQ(visible_spec("otlp:https://h:4318/x"), "otlp:https://h:4318/x");
  EXPECT_EQ(visible_spec("otlp:https://me:pass@h/x?key=1"), "otlp:https://***@h/x?***");
  EXPECT_EQ(visible_spec("otlp:https://me:pa/ss@h/x"), "otlp:https://***@h/x");
  EXPECT_EQ(visible_spec("redact|otlp:https://me@h|x://k@i"),
            "redact|otlp:https://***@h|x://***@i");
  EXPECT_EQ(visible_spec("jsonl:a@b?c"), "jsonl:a@b?c");
  EXPECT_EQ(visible_spec("a\nb://c\nd"), "a\\nb://c\\nd");
}

TEST(TextTableTest, ColumnsLineUp) {
  TextTable table({"name", "count", "why"}, true);
  table.add({"a", "1", "full 1"});
  table.add({"longer", "1,000", ""});
  EXPECT_EQ(table.to_string(),
            "name    count  why\n"
            "a           1  full 1\n"
            "longer  1,000\n");
}

}  // namespace
}  // namespace tracebus
