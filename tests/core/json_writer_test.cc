// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "tracebus/core/utf8.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus {
namespace {

using testing::build;
using testing::build_typed;

constexpr ViewContext kContext{.instance = 0x00112233AABBCCDD, .clock = nullptr, .content = true};

std::string string_of(std::string_view text) {
  std::string out = "before:";
  append_json_string(out, text);
  EXPECT_EQ(out.substr(0, 7), "before:");
  return out.substr(7);
}

std::string double_of(double value) {
  std::string out;
  append_json_double(out, value);
  return out;
}

std::string int_of(std::int64_t value) {
  std::string out;
  append_json_int64(out, value);
  return out;
}

std::string bytes_of(std::string_view raw) {
  std::string out;
  append_json_bytes(out, std::as_bytes(std::span(raw)));
  return out;
}

std::string event_of(const EventView& view) {
  std::string out;
  append_json_event(out, view);
  return out;
}

// The plainest way to escape ASCII, to hold the fast one against.
std::string escaped_slowly(std::string_view ascii) {
  std::string out = "\"";
  for (const char c : ascii) {
    const std::string_view shorts = "\n\t\r\b\f\"\\", letters = "ntrbf\"\\";
    if (const auto at = shorts.find(c); at != std::string_view::npos) {
      out.append("\\").append(1, letters[at]);
    } else if (c < 0x20) {
      out.append("\\u00").append(1, "01"[c >> 4]).append(1, "0123456789abcdef"[c & 15]);
    } else {
      out += c;
    }
  }
  return out + '"';
}

TEST(JsonStrings, EscapeExactlyWhatJsonAsksFor) {
  EXPECT_EQ(string_of(""), "\"\"");
  EXPECT_EQ(string_of({}), "\"\"");
  EXPECT_EQ(string_of("plain / text \x7F"), "\"plain / text \x7F\"");
  EXPECT_EQ(string_of("\n\t\r\b\f\"\\"), R"("\n\t\r\b\f\"\\")");
  EXPECT_EQ(string_of(std::string_view("\0\x01\x0B\x1B\x1F", 5)),
            R"("\u0000\u0001\u000b\u001b\u001f")");
  EXPECT_EQ(string_of("\xE2\x80\xA8\xE2\x80\xA9"), "\"\xE2\x80\xA8\xE2\x80\xA9\"");
  EXPECT_EQ(string_of("h\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80"),
            "\"h\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80\"");
}

// Any ASCII byte, at any place of a text of any length up to two chunks and a half.
TEST(JsonStrings, EscapeAtEveryPlaceOfEveryLength) {
  for (std::size_t length = 1; length <= 40; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      for (int byte = 0; byte < 0x80; ++byte) {
        // Exactly sized on the heap, so that the sanitizers see a read beyond it.
        const auto text = std::make_unique<char[]>(length);
        std::memset(text.get(), 'a', length);
        text[place] = static_cast<char>(byte);
        const std::string_view view(text.get(), length);
        ASSERT_EQ(string_of(view), escaped_slowly(view))
            << byte << " at " << place << " of " << length;
      }
    }
  }
}

// Whatever stands at any place of any vector, in texts of up to some vectors more.
TEST(JsonStrings, OfEveryLengthAreWholeWithAnythingAtAnyPlace) {
  constexpr std::string_view kSpecials[] = {"\"",  "\n", "\x01", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                            "\xFF"};
  constexpr std::string_view kWritten[] = {
      R"(\")", R"(\n)", R"(\u0001)", "\xC3\xA9", "\xF0\x9F\x98\x80", "\xEF\xBF\xBD"};
  for (std::size_t length = 0; length <= 300; ++length) {
    const std::string plain(length, 'a');
    ASSERT_EQ(string_of(plain), '"' + plain + '"');
    for (std::size_t place = length % 7; place <= length; place += 1 + length / 64) {
      const std::size_t kind = (length + place) % std::size(kSpecials);
      std::string text = plain, written = plain;
      text.insert(place, kSpecials[kind]);
      written.insert(place, kWritten[kind]);
      ASSERT_EQ(string_of(text), '"' + written + '"') << length << " at " << place;
    }
  }
}

TEST(JsonStrings, OfManyTimesTheBufferAreWhole) {
  for (const std::size_t size : {1020u, 1024u, 2040u, 2047u, 2048u, 2049u, 4096u, 100'000u}) {
    for (const char* unit : {"x", "\n", "ab\x01", "0123456789\""}) {
      std::string text;
      while (text.size() < size) text += unit;
      EXPECT_EQ(string_of(text), escaped_slowly(text)) << size;
    }
  }
}

TEST(JsonStrings, IllFormedUtf8IsReplacedOnceForEachMaximalSubpart) {
  const auto expect = [](std::string_view ill_formed, int replacements, std::string_view rest) {
    std::string expected = "\"";
    for (int i = 0; i < replacements; ++i) expected += "\xEF\xBF\xBD";
    expected.append(rest).append("\"");
    EXPECT_EQ(string_of(std::string(ill_formed) + std::string(rest)), expected);
  };
  expect("\x80", 1, "A");
  expect("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82", 8, "A");  // table 3-8: overlong forms
  expect("\xED\xA0\x80\xED\xBF\xBF\xED\xAF", 8, "A");  // table 3-9: surrogates
  expect("\xF4\x91\x92\x93\xFF", 5, "A");              // table 3-10: too large
  expect("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF", 4, "A");  // table 3-11: truncated
  expect("\xF0\x9F\x98", 1, "");
  expect("\xE4\xB8", 1, "");
  expect("\xC3", 1, "");
  expect("\xF5\xFE", 2, " ");
}

TEST(Utf8, SequencesOfEveryLengthAreRecognised) {
  static_assert(first_utf8_sequence("a").valid && first_utf8_sequence("\xC2\x80").length == 2);
  EXPECT_TRUE(first_utf8_sequence("\xEF\xBF\xBF").valid);
  EXPECT_TRUE(first_utf8_sequence("\xF4\x8F\xBF\xBF").valid);
  EXPECT_FALSE(first_utf8_sequence("\xF4\x90\x80\x80").valid);
  EXPECT_EQ(first_utf8_sequence("\xF4\x8F\xBF").length, 3u);
}

TEST(JsonNumbers, IntegersAreExact) {
  EXPECT_EQ(int_of(0), "0");
  EXPECT_EQ(int_of(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(int_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(int_of(9007199254740993), "9007199254740993");
}

TEST(JsonNumbers, DoublesAreTheShortestThatLooksLikeOne) {
  EXPECT_EQ(double_of(0.0), "0.0");
  EXPECT_EQ(double_of(-0.0), "-0.0");
  EXPECT_EQ(double_of(3.0), "3.0");
  EXPECT_EQ(double_of(0.1), "0.1");
  EXPECT_EQ(double_of(0.0248), "0.0248");
  EXPECT_EQ(double_of(-1234.5), "-1234.5");
  EXPECT_EQ(double_of(0.001), "0.001");
  EXPECT_EQ(double_of(0.0001), "1e-04");
  EXPECT_EQ(double_of(1e-5), "1e-05");
  EXPECT_EQ(double_of(90000.0), "90000.0");
  EXPECT_EQ(double_of(100000.0), "1e+05");
  EXPECT_EQ(double_of(1e300), "1e+300");
  EXPECT_EQ(double_of(5e-324), "5e-324");
  EXPECT_EQ(double_of(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(double_of(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(double_of(-2.2250738585072014e-308), "-2.2250738585072014e-308");
}

TEST(JsonNumbers, WhatJsonCannotSayIsNull) {
  EXPECT_EQ(double_of(std::nan("")), "null");
  EXPECT_EQ(double_of(HUGE_VAL), "null");
  EXPECT_EQ(double_of(-HUGE_VAL), "null");
}

// The test vectors of RFC 4648, section 10.
TEST(JsonBytes, AreBase64) {
  EXPECT_EQ(bytes_of(""), "\"\"");
  EXPECT_EQ(bytes_of("f"), "\"Zg==\"");
  EXPECT_EQ(bytes_of("fo"), "\"Zm8=\"");
  EXPECT_EQ(bytes_of("foo"), "\"Zm9v\"");
  EXPECT_EQ(bytes_of("foob"), "\"Zm9vYg==\"");
  EXPECT_EQ(bytes_of("fooba"), "\"Zm9vYmE=\"");
  EXPECT_EQ(bytes_of("foobar"), "\"Zm9vYmFy\"");
  EXPECT_EQ(bytes_of("\xFB\xFF\xFE"), "\"+//+\"");
  EXPECT_EQ(bytes_of(std::string(9000, '\0')), '"' + std::string(12000, 'A') + '"');
}

TEST(JsonValues, AreWrittenInTheirOrderAndNesting) {
  const std::byte raw[] = {std::byte{1}};
  const auto record =
      build({.event_type = "error",
             .payload = {{"a", nullptr},
                         {"b", true},
                         {"c", false},
                         {"d", 7},
                         {"e", 7.0},
                         {"f", "x\ny"},
                         {"g", Bytes(raw)},
                         {"h", Value::array({1, Value::array({}), Value::object({})})},
                         {"i", Value::object({{"k\"", "v"}, {"k\"", Value::array({2, nullptr})}})},
                         {"a", 1}}});
  std::string out;
  append_json_payload(out, record.view(kContext));
  EXPECT_EQ(out,
            R"({"a":null,"b":true,"c":false,"d":7,"e":7.0,"f":"x\ny","g":"AQ==","h":[1,[],{}],)"
            R"("i":{"k\"":"v","k\"":[2,null]},"a":1})");
  out.clear();
  append_json_value(out, *record.view(kContext).find("i"));
  EXPECT_EQ(out, R"({"k\"":"v","k\"":[2,null]})");
}

// Registered keys are kept as they stand in JSON: of every length about that of a short one, and
// with what must be escaped.
TEST(JsonValues, OfRegisteredKeysStandBehindTheirEscapedNames) {
  for (std::size_t length = 1; length <= 80; ++length) {
    const std::string name = "\"" + std::string(length, 'k') + "\n";
    const std::string other(length, 'o');
    ASSERT_TRUE(AttributeKey::registered(name).is_registered());
    ASSERT_TRUE(AttributeKey::registered(other).is_registered());
    const auto record = build({.event_type = "x", .payload = {{name, 1}, {other, 2}, {name, 3}}});
    const std::string written = "\"\\\"" + std::string(length, 'k') + "\\n\":";
    for (int again = 0; again < 2; ++again) {
      std::string out;
      append_json_payload(out, record.view(kContext));
      ASSERT_EQ(out, "{" + written + "1,\"" + other + "\":2," + written + "3}");
    }
  }
}

TEST(Row15JsonlExporter, AnEventIsTheFiveKeysOfTheSeedThenItsIdentity) {
  EventIds ids;
  ids.run_id = *RunId::from_hex("000102030405060708090a0b0c0d0e0f");
  ids.trace_id = *TraceId::from_hex("f00102030405060708090a0b0c0d0e0f");
  ids.span_id = *SpanId::from_hex("0011223344556677");
  ids.parent_span_id = *SpanId::from_hex("8899aabbccddeeff");
  const auto record =
      build({.timestamp = Timestamp{1749479521, 243'439'700},
             .event_type = "agent_start",
             .agent_name = "analyst",
             .pattern_type = "pipeline",
             .payload = {{"model", "claude-sonnet-4-20250514"}, {"input_tokens", 450}},
             .ids = ids},
            true, {17, 3});
  EXPECT_EQ(event_of(record.view(kContext)),
            R"({"timestamp":1749479521.2434397,"event_type":"agent_start","agent_name":"analyst",)"
            R"("pattern_type":"pipeline",)"
            R"("payload":{"model":"claude-sonnet-4-20250514","input_tokens":450},)"
            R"("run_id":"000102030405060708090a0b0c0d0e0f",)"
            R"("trace_id":"f00102030405060708090a0b0c0d0e0f",)"
            R"("span_id":"0011223344556677","parent_span_id":"8899aabbccddeeff",)"
            R"("origin":["00112233aabbccdd",3,17]})");
}

TEST(Row15JsonlExporter, IdsThatAreNoneAreLeftOutAndForeignOnesAreTheirText) {
  const auto bare = build({.timestamp = Timestamp{-1, 0}, .event_type = "x"}, true, {1, 2});
  EXPECT_EQ(event_of(bare.view(kContext)),
            R"({"timestamp":-1.0,"event_type":"x","agent_name":"","pattern_type":"","payload":{},)"
            R"("origin":["00112233aabbccdd",2,1]})");
  const auto foreign =
      build({.timestamp = Timestamp{},
             .event_type = "x\"y",
             .foreign_ids = {.run_id = "run_fixture_1", .span_id = "s\n"},
             .origin = Origin{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint32_t{0}}});
  EXPECT_EQ(
      event_of(foreign.view(kContext)),
      R"({"timestamp":0.0,"event_type":"x\"y","agent_name":"","pattern_type":"","payload":{},)"
      R"("run_id":"run_fixture_1","span_id":"s\n",)"
      R"("origin":["ffffffffffffffff",4294967295,18446744073709551615]})");
}

TEST(JsonEvents, OfTypedRecordsAreTheSameLine) {
  const auto typed = build_typed(kLlmCall, kNoIds, NameHandle::of("analyst"), "pipeline",
                                 attr<"model">("m"), attr<"cost_usd">(0.5));
  const Timestamp time = typed.view(kContext).timestamp();
  const auto friendly = build({.timestamp = time,
                               .event_type = "llm_call",
                               .agent_name = "analyst",
                               .pattern_type = "pipeline",
                               .payload = {{"model", "m"}, {"cost_usd", 0.5}}},
                              true, {17, 3});
  EXPECT_EQ(event_of(typed.view(kContext)), event_of(friendly.view(kContext)));
}

TEST(JsonEvents, HoldNoContentForThoseWhoWereNotGrantedIt) {
  const auto record =
      build({.event_type = "llm_call", .payload = {{"messages", "secret"}, {"model", "m"}}});
  const ViewContext not_granted{.instance = 1};
  EXPECT_EQ(event_of(record.view(not_granted)).find("secret"), std::string::npos);
  EXPECT_NE(event_of(record.view(kContext)).find("secret"), std::string::npos);
}

TEST(JsonEvents, AreOneLineEachWhateverTheyHold) {
  constexpr std::uint64_t kSeed = 15;
  testing::EventGenerator generator(kSeed);
  for (int i = 0; i < 2000; ++i) {
    const std::string line = event_of(build(generator.next()).view(kContext));
    for (const char c : line)
      ASSERT_GE(static_cast<unsigned char>(c), 0x20) << "seed " << kSeed << line;
  }
}

}  // namespace
}  // namespace tracebus
