// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/key_value_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Member = KeyValueList::Member;

TEST(KeyValueListTest, MembersAreDecodedAndKeepTheirOrder) {
  const KeyValueList list = parse_key_value_list(" b=1 ,\ta%3D = x%2Cy%3d=z\t,b=2,,empty=");
  EXPECT_THAT(list.members, ElementsAre(Member{"b", "1"}, Member{"a=", "x,y==z"}, Member{"b", "2"},
                                        Member{"empty", ""}));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(KeyValueListTest, IllFormedMembersAreLeftOutAndNoValueIsTold) {
  const KeyValueList list = parse_key_value_list("secret,a=%2,b=%zz,=secret,%00=%ff,c=%");
  EXPECT_THAT(list.members, ElementsAre(Member{std::string(1, '\0'), "\xff"}));
  EXPECT_THAT(
      list.faults,
      ElementsAre("member 1 has no '='", "member 2 has a '%' without two hexadecimal digits",
                  "member 3 has a '%' without two hexadecimal digits", "member 4 has no key",
                  "member 6 has a '%' without two hexadecimal digits"));
}

TEST(KeyValueListTest, NothingIsNoFault) {
  for (const char* const text : {"", " ", ",", " , \t,"}) {
    const KeyValueList list = parse_key_value_list(text);
    EXPECT_THAT(list.members, IsEmpty()) << text;
    EXPECT_THAT(list.faults, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace tracebus::testing
