// SPDX-License-Identifier: Apache-2.0
//
// Security 8. Oracle: whatever text of data/hostile/console.json, or ill-formed UTF-8, stands in
// whatever field, the exporter prints one line of well-formed UTF-8 without a character that a
// terminal obeys or that hides or reorders text.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/core/utf8.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/tests/exporters/captured_output.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

void append_utf8(std::string& out, unsigned character) {
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0 | character >> 6);
    out += static_cast<char>(0x80 | (character & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | character >> 12);
    out += static_cast<char>(0x80 | (character >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (character & 0x3F));
  }
}

// The JSON string that begins behind the quote at `at`, which moves behind its closing quote.
std::string read_json_string(const std::string& json, std::size_t& at) {
  std::string text;
  for (; json[at] != '"'; ++at) {
    if (json[at] != '\\') {
      text += json[at];
    } else if (json[++at] == 'u') {
      append_utf8(text, static_cast<unsigned>(std::stoul(json.substr(at + 1, 4), nullptr, 16)));
      at += 4;
    } else {
      const std::size_t letter = std::string("nrtb").find(json[at]);
      text += letter == std::string::npos ? json[at] : "\n\r\t\b"[letter];
    }
  }
  ++at;
  return text;
}

std::vector<std::string> hostile_texts() {
  const std::string json = read_file(std::string(TRACEBUS_TEST_DATA) + "/hostile/console.json");
  std::vector<std::string> texts;
  std::size_t at = json.find('[', json.find("\"payloads\""));
  while ((at = json.find('"', at)) != std::string::npos)
    texts.push_back(read_json_string(json, ++at));
  EXPECT_EQ(texts.size(), 25u);
  for (const char* ill_formed : {"\xff",
                                 "\x9b"
                                 "2J",
                                 "\xc3", "\xc0\x8a", "\xe2\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                 "\xf0\x9f\x98", "ok\xc2", "\x80\x1b[0m"}) {
    texts.emplace_back(ill_formed);
  }
  return texts;
}

// Written out anew, so that a gap in the exporter's own list shows.
bool is_forbidden(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  for (const std::string_view hidden :
       {"\xD8\x9C",     "\xE1\xA0\x8E", "\xE2\x80\x8B", "\xE2\x80\x8E", "\xE2\x80\x8F",
        "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC",
        "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA0", "\xE2\x81\xA6", "\xE2\x81\xA7",
        "\xE2\x81\xA8", "\xE2\x81\xA9", "\xEF\xBB\xBF", "\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    if (sequence == hidden) return true;
  }
  return sequence.size() == 2 && byte(0) == 0xC2 && byte(1) < 0xA0;  // C1
}

::testing::AssertionResult is_one_safe_line(std::string_view output) {
  if (output.empty() || output.back() != '\n') return ::testing::AssertionFailure() << "no line";
  output.remove_suffix(1);
  while (!output.empty()) {
    const Utf8Sequence found = first_utf8_sequence(output);
    if (!found.valid) return ::testing::AssertionFailure() << "invalid UTF-8";
    if (is_forbidden(output.substr(0, found.length))) {
      return ::testing::AssertionFailure()
             << ::testing::PrintToString(std::string(output.substr(0, found.length)));
    }
    output.remove_prefix(found.length);
  }
  return ::testing::AssertionSuccess();
}

// One event for each place that a text can stand in.
EventMaker events_holding(const std::string& text) {
  EventMaker maker;
  maker.add({.event_type = text});
  maker.add({.event_type = "e", .agent_name = text});
  maker.add({.event_type = "e", .pattern_type = text});
  maker.add({.event_type = "e", .payload = {{text, 1}}});
  maker.add({.event_type = "e", .payload = {{"k", text}}});
  maker.add({.event_type = "e", .payload = {{"k", std::as_bytes(std::span(text))}}});
  maker.add({.event_type = "e", .payload = {{"k", Value::array({Value(text)})}}});
  maker.add({.event_type = "e", .payload = {{"k", Value::object({{text, Value(text)}})}}});
  maker.add({.event_type = "e", .foreign_ids = {text, text, text, text}});
  return maker;
}

std::string printed(const Batch& batch, ConsoleFormat format, ConsoleColor color) {
  CapturedOutput output;
  ConsoleExporter exporter({.format = format, .color = color}, output.descriptor());
  EXPECT_EQ(exporter.export_batch(batch, in_a_second()).failed, 0u);
  return output.text();
}

TEST(Row14ConsoleExporter, HostileTextIsPrintedAsOneSafeLineInEveryFieldAndFormat) {
  for (const std::string& text : hostile_texts()) {
    EventMaker maker = events_holding(text);
    for (std::size_t i = 0; i < maker.batch().size(); ++i) {
      for (const auto format :
           {ConsoleFormat::kSeed, ConsoleFormat::kPretty, ConsoleFormat::kJson}) {
        const std::string line = printed(maker.batch_of(i, i + 1), format, ConsoleColor::kNever);
        ASSERT_TRUE(is_one_safe_line(line))
            << "field " << i << ", format " << static_cast<int>(format) << ": "
            << ::testing::PrintToString(line.substr(0, 200));
      }
    }
  }
}

TEST(Row14ConsoleExporter, HostileTextAddsNoEscapeToAColoredLine) {
  const auto escapes_in = [](const std::string& text, std::size_t field) {
    EventMaker maker = events_holding(text);
    const std::string line =
        printed(maker.batch_of(field, field + 1), ConsoleFormat::kPretty, ConsoleColor::kAlways);
    return std::count(line.begin(), line.end(), '\x1b');
  };
  for (std::size_t field = 1; field < 9; ++field) {
    EXPECT_EQ(escapes_in("\x1b[31mFAKE\x1b[0m", field), escapes_in("plain", field)) << field;
  }
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

TEST(Row14ConsoleExporter, EscapesShowWhatWasThere) {
  EXPECT_EQ(visible("a\nb\r\t\x1b[2J\x7f"), "a\\nb\\r\\t\\x1b[2J\\x7f");
  EXPECT_EQ(visible(std::string_view("\0nul", 4)), "\\x00nul");
  EXPECT_EQ(visible("\xC2\x9B"
                    "2J"),
            "\\u009b2J");  // U+009B
  EXPECT_EQ(visible("\x9B"
                    "2J"),
            "\\x9b2J");  // the byte
  EXPECT_EQ(visible("\xE2\x80\xAEgnp.exe"), "\\u202egnp.exe");
  EXPECT_EQ(visible("\xEF\xBB\xBF"
                    "bom"),
            "\\ufeffbom");
  EXPECT_EQ(visible("\xF3\xA0\x81\x81"), "\\U000e0041");  // a tag
  EXPECT_EQ(visible("C:\\dir \"q\" \xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80"),
            "C:\\dir \"q\" \xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80");
  // A family, held together by zero-width joiners.
  EXPECT_EQ(visible("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"),
            "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7");
  std::string json;
  append_visible_json(json, "{\"k\":\"\x7f\xE2\x80\xA8\xF3\xA0\x81\x81\"}");
  EXPECT_EQ(json, "{\"k\":\"\\u007f\\u2028\\udb40\\udc41\"}");
}

}  // namespace
}  // namespace tracebus::testing
