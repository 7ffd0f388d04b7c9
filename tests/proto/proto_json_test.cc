// SPDX-License-Identifier: Apache-2.0
//
// The table in core/proto/README.md, row by row: what JSONL and Protobuf's own JSON make of it.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <span>
#include <string>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/proto/event_proto.h"
#include "tracebus/tests/proto/written_record.h"

namespace tracebus::testing {
namespace {

struct Forms {
  std::string jsonl;
  std::string protobuf;

  bool operator==(const Forms&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Forms& forms) {
  return out << forms.jsonl << " and " << forms.protobuf;
}

Forms forms_of(const Value& value) {
  const WrittenRecord written({.payload = {{"v", value}}});
  Forms forms;
  append_json_value(forms.jsonl, written.view().payload().begin()->value);
  proto::v1::TraceEvent message;
  to_proto(written.view(), &message);
  const auto status =
      google::protobuf::util::MessageToJsonString(message.payload(0).value(), &forms.protobuf);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return forms;
}

TEST(ProtoJson, EveryKindOfValueMapsAsTheTableSays) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto bytes = std::as_bytes(std::span("\xFB\xFF", 2));
  EXPECT_EQ(forms_of(nullptr), (Forms{"null", "{}"}));
  EXPECT_EQ(forms_of(true), (Forms{"true", R"({"boolValue":true})"}));
  EXPECT_EQ(forms_of(42), (Forms{"42", R"({"intValue":"42"})"}));
  EXPECT_EQ(forms_of((std::int64_t{1} << 53) + 1),
            (Forms{"9007199254740993", R"({"intValue":"9007199254740993"})"}));
  EXPECT_EQ(forms_of(3.0), (Forms{"3.0", R"({"doubleValue":3})"}));
  EXPECT_EQ(forms_of(-0.0), (Forms{"-0.0", R"({"doubleValue":-0})"}));
  EXPECT_EQ(forms_of(std::bit_cast<double>(0x7FF8000000000001)),
            (Forms{"null", R"({"doubleValue":"NaN"})"}));
  EXPECT_EQ(forms_of(infinity), (Forms{"null", R"({"doubleValue":"Infinity"})"}));
  EXPECT_EQ(forms_of(-infinity), (Forms{"null", R"({"doubleValue":"-Infinity"})"}));
  EXPECT_EQ(forms_of("\xC3\xA9"), (Forms{"\"\xC3\xA9\"", "{\"stringValue\":\"\xC3\xA9\"}"}));
  EXPECT_EQ(forms_of("a\xFF"), (Forms{"\"a\xEF\xBF\xBD\"", R"({"rawStringValue":"Yf8="})"}));
  EXPECT_EQ(forms_of(bytes), (Forms{R"("+/8=")", R"({"bytesValue":"+/8="})"}));
  EXPECT_EQ(forms_of(Value::array({1})),
            (Forms{"[1]", R"({"arrayValue":{"values":[{"intValue":"1"}]}})"}));
  EXPECT_EQ(
      forms_of(Value::object({{"a", 1}, {"a", nullptr}})),
      (Forms{R"({"a":1,"a":null})",
             R"({"objectValue":{"members":[{"key":"a","value":{"intValue":"1"}},{"key":"a"}]}})"}));
}

}  // namespace
}  // namespace tracebus::testing
