// SPDX-License-Identifier: Apache-2.0
//
// Redaction of random texts and random JSON.
//
// Oracles. A parser that is not ours says what is JSON. A secret that was put into a JSON text is
// looked for in what comes out, as a string of the parsed document. Steps are counted, not timed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>
#include <string>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/redactor.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/core/utf8.h"

namespace tracebus::testing {
namespace {

bool is_json(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

// Whether any string or number of the document holds the text.
bool holds(const simdjson::dom::element& element, std::string_view text) {
  switch (element.type()) {
    case simdjson::dom::element_type::STRING:
      return element.get_string().value().find(text) != std::string_view::npos;
    case simdjson::dom::element_type::INT64:
      return std::to_string(element.get_int64().value()).find(text) != std::string::npos;
    case simdjson::dom::element_type::ARRAY: {
      const simdjson::dom::array children = element.get_array();
      for (const simdjson::dom::element child : children) {
        if (holds(child, text)) return true;
      }
      return false;
    }
    case simdjson::dom::element_type::OBJECT: {
      const simdjson::dom::object members = element.get_object();
      for (const simdjson::dom::key_value_pair member : members) {
        if (member.key.find(text) != std::string_view::npos || holds(member.value, text)) {
          return true;
        }
      }
      return false;
    }
    default:
      return false;
  }
}

constexpr std::string_view kPieces[] = {"bob@example.com",
                                        "sk-abcDEF0123456789abcd",
                                        "4111111111111111",
                                        "password",
                                        "api_key",
                                        "=",
                                        ":",
                                        "\"",
                                        "'",
                                        "\\",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        " ",
                                        "\n",
                                        "Bearer ",
                                        "abc123.def456",
                                        "://",
                                        "u:p@h/",
                                        "@",
                                        ".",
                                        "-",
                                        "+49 30 1234567",
                                        "078-05-1120",
                                        "eyJ",
                                        "-----BEGIN PRIVATE KEY-----",
                                        "\xC3\xA4",
                                        "\xE2\x82\xAC",
                                        "\xFF",
                                        "sk-",
                                        "a",
                                        "7",
                                        "null",
                                        "true",
                                        "%40",
                                        "[REDACTED]",
                                        "\\u0040",
                                        "_"};

std::string random_text(std::mt19937_64& random) {
  std::string text;
  for (std::uint64_t left = random() % 40; left != 0; --left) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text;
}

// As append_json_string, but any character may be escaped.
void append_escaped(std::string& out, std::string_view text, std::mt19937_64& random) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (byte < 0x20 || c == '"' || c == '\\' || random() % 5 == 0)) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string random_valid_text(std::mt19937_64& random) {
  std::string text = random_text(random);
  std::erase(text, '\xFF');
  return text;
}

void append_random_json(std::string& out, int depth, std::mt19937_64& random) {
  switch (random() % (depth == 0 ? 4 : 7)) {
    case 0:
      out += std::to_string(static_cast<std::int64_t>(random()));
      return;
    case 1:
      out += random() % 2 == 0 ? "null" : "1.5e3";
      return;
    case 2:
      out += "4111111111111111";
      return;
    case 3:
      return append_escaped(out, random_valid_text(random), random);
    case 4: {  // JSON within a string
      std::string inner = "[";
      append_random_json(inner, depth - 1, random);
      return append_escaped(out, inner + "]", random);
    }
    case 5: {
      out += '[';
      for (std::uint64_t i = 0, end = random() % 4; i < end; ++i) {
        if (i != 0) out += random() % 2 == 0 ? ", " : ",";
        append_random_json(out, depth - 1, random);
      }
      out += ']';
      return;
    }
    default:
      out += '{';
      for (std::uint64_t i = 0, end = random() % 4; i < end; ++i) {
        if (i != 0) out += ',';
        append_escaped(out, random() % 3 == 0 ? "password" : random_valid_text(random), random);
        out += random() % 2 == 0 ? ":" : " : ";
        append_random_json(out, depth - 1, random);
      }
      out += '}';
  }
}

std::string random_json(std::mt19937_64& random) {
  std::string json = random() % 2 == 0 ? "[" : "{\"x\":";
  const char end = json[0] == '[' ? ']' : '}';
  append_random_json(json, 4, random);
  return json + end;
}

TEST(RedactionProperty, ValidJsonStaysValidWithoutItsSecrets) {
  for (std::uint64_t seed = 1; seed <= 4000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const std::string json = random_json(random);
    ASSERT_TRUE(is_json(json)) << json;
    Redactor redactor({});
    const std::string out = redactor.redact(json).value_or(json);
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    ASSERT_EQ(parser.parse(simdjson::padded_string(out)).get(document), simdjson::SUCCESS)
        << json << "\n"
        << out;
    EXPECT_FALSE(holds(document, "bob@example.com")) << json << "\n" << out;
  }
}

TEST(RedactionProperty, WhatIsMaskedStaysAsItIs) {
  for (std::uint64_t seed = 1; seed <= 4000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const std::string json = random_json(random);
    Redactor redactor({});
    const std::string once = redactor.redact(json).value_or(json);
    EXPECT_EQ(redactor.redact(once).value_or(once), once) << json;
  }
}

TEST(RedactionProperty, ValidUtf8StaysValid) {
  for (std::uint64_t seed = 1; seed <= 4000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const std::string text = random_valid_text(random);
    Redactor redactor({.rules = RedactionRules::all()});
    for (const bool cut : {false, true}) {
      EXPECT_TRUE(is_valid_utf8(redactor.redact(text, cut).value_or(text))) << text;
    }
    EXPECT_TRUE(is_valid_utf8(cut_text(text, random() % 60)));
    static_cast<void>(redactor.redact(random_text(random)));  // anything may be read
  }
}

TEST(RedactionProperty, JsonThatIsCutStaysJson) {
  for (std::uint64_t seed = 1; seed <= 4000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const std::string json = random_json(random);
    const std::size_t bytes_max = 2 + random() % (json.size() + 1);
    const std::string cut = cut_json(json, bytes_max);
    EXPECT_LE(cut.size(), bytes_max) << json;
    EXPECT_TRUE(is_json(cut)) << bytes_max << "\n" << json << "\n" << cut;
  }
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

// Of texts that are made to be gone over again and again.
TEST(RedactionProperty, StepsGrowWithTheTextAlone) {
  const std::string_view hostile[] = {"a",
                                      "a@",
                                      "@",
                                      "a@a.",
                                      "sk-",
                                      "sk-aaaaaaaaaaaaaaaaaaaa-",
                                      "eyJ",
                                      "eyJ-",
                                      "ghp_",
                                      "1",
                                      "1 ",
                                      "4111-",
                                      "+1",
                                      "(2",
                                      "bearer ",
                                      "basic a",
                                      "://",
                                      "a://b:",
                                      "password",
                                      "password=",
                                      "a=",
                                      "=",
                                      ":",
                                      "\"",
                                      "\\",
                                      "\\\"",
                                      "{",
                                      "[",
                                      "[[{",
                                      "{\"a\":",
                                      "[\"\\\"",
                                      "-----BEGIN ",
                                      "%40",
                                      "a%40",
                                      "\"password\":",
                                      "{\"password\":[",
                                      "-",
                                      "_",
                                      "github_pat_",
                                      "AKIA",
                                      "A",
                                      "1.",
                                      "1.1.1.",
                                      "{\"a\":\"[\\\"",
                                      "\x80",
                                      "[1,",
                                      "password={",
                                      "\\\\",
                                      "\\n",
                                      "secret:'"};
  for (const std::string_view piece : hostile) {
    for (const bool cut : {false, true}) {
      const auto steps = [piece, cut](std::size_t bytes) {
        Redactor redactor({.rules = RedactionRules::all()});
        static_cast<void>(redactor.redact(repeated(piece, bytes), cut));
        return redactor.steps();
      };
      const std::uint64_t small = steps(20'000);
      const std::uint64_t large = steps(200'000);
      EXPECT_LE(large, 11 * small + 1000) << piece;
      EXPECT_LE(large, 200'000u * 100) << piece;
    }
  }
}

}  // namespace
}  // namespace tracebus::testing
