// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/core/key_patterns.h"
#include "tracebus/core/redactor.h"
#include "tracebus/core/secret_scanner.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/core/utf8.h"

namespace tracebus::testing {
namespace {

std::string redacted(std::string_view text, bool cut = false) {
  Redactor redactor({.mask = "#"});
  return redactor.redact(text, cut).value_or(std::string(text));
}

struct Case {
  std::string_view text;
  std::string_view expected = {};  // empty: as it was
};

void expect_all(std::initializer_list<Case> cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(redacted(one.text), one.expected.empty() ? one.text : one.expected) << one.text;
  }
}

TEST(Redaction, Row66_WhatMustBeMasked) {
  expect_all({
      {"write to bob.smith+tag@mail.example.co.uk, now", "write to #, now"},
      {"?to=bob%40example.com&x=1", "?to=#&x=1"},
      {"key sk-proj-abcDEF0123456789abcd.", "key #."},
      {"sk-ant-api03-AbCdEf0123456789_-xyz", "#"},
      {"ghp_0123456789abcdefghijABCDEFGHIJ012345!", "#!"},
      {"id AKIAIOSFODNN7EXAMPLE in", "id # in"},
      {"AIzaSyA-1234567890abcdefghijklmnopqrstu", "#"},
      {"xoxb-123456789012-abcdefGHIJ", "#"},
      {"curl with Bearer abc123.def-456_ghi", "curl with Bearer #"},
      {"Basic dXNlcjpwYXNzd29yZA==", "Basic #"},
      {"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end", "jwt # end"},
      {"a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n#\nb"},
      {"postgres://app:s3cret!@db.internal:5432/x", "postgres://#@db.internal:5432/x"},
      {"card 4111 1111 1111 1111.", "card #."},
      {"5500-0000-0000-0004", "#"},
      {"amex 378282246310005", "amex #"},
      {"4111111111111111 123 is a card and its code", "# 123 is a card and its code"},
      {"ssn 078-05-1120", "ssn #"},
      {"call +49 (30) 123-4567 or (212) 555-0123", "call # or #"},
      {"export OPENAI_API_KEY=abcdef", "export OPENAI_API_KEY=#"},
      {"db_password: \"two words\", next", "db_password: \"#\", next"},
      {"Authorization: Digest username=x, nonce=y\nHost: h", "Authorization: #\nHost: h"},
      {"-H 'X-Api-Key: 42' url", "-H 'X-Api-Key: #' url"},
      {R"(in a log: {"client_secret": {"a": "}"}, "n": 1})",
       R"(in a log: {"client_secret": #, "n": 1})"},
      {R"(escaped \"password\":\"hun\\ter\", \"n\":1)", R"(escaped \"password\":\"#\", \"n\":1)"},
      {"line\\nsk-abcdefghij0123456789", "line\\n#"},
  });
}

TEST(Redaction, WhatMustStay) {
  expect_all({
      {""},
      {"a risk-averse task-force, scikit sk-learn-contrib-extensions-package"},
      {"@property def x(self): a @ b, react@18.2.0, user@localhost"},
      {"2026-11-21T15:34:52.123456789Z 1750000000000000000 1750000000000"},
      {"4111111111111112 has a wrong digit, 1234567890123456 no issuer"},
      {"x=0.4111111111111111, a4111111111111111, 41111111111111110000"},
      {"ids 550e8400-e29b-41d4-a716-446655440000 0af7651916cd43dd8448eb211c80319c"},
      {"000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000 123-45-67890"},
      {"input_tokens=450, max_tokens: 20, time_to_first_token: 0.3"},
      {"the bearer of news; Basic understanding; bearer responsibility"},
      {"http://host:8080/path?q=a:b@c https://example.com/@user"},
      {"eyJhbGciOiJIUzI1NiJ9 alone, AKIAshort, ghp_short"},
      {"password: null, secret=, 10.0.0.1"},
      {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
  });
}

TEST(Redaction, OnlyTheRulesThatAreWanted) {
  Redactor none({.rules = {}});
  EXPECT_EQ(none.redact("a@b.com 4111111111111111 password=x 10.0.0.1"), std::nullopt);
  Redactor addresses({.rules = {RedactionRule::kIpv4}, .mask = "#"});
  EXPECT_EQ(addresses.redact("a@b.com 10.0.0.1, 1.2.3.4.5 300.1.1.1"),
            "a@b.com #, 1.2.3.4.5 300.1.1.1");
}

TEST(Redaction, EachRuleIsCounted) {
  Redactor redactor({});
  const auto counts = redactor.counts();
  EXPECT_TRUE(redactor.redact(R"({"password":"x","m":["a@b.com, c@d.org",378282246310005]})"));
  EXPECT_EQ(counts->get(RedactionRule::kKey), 1u);
  EXPECT_EQ(counts->get(RedactionRule::kEmail), 2u);
  EXPECT_EQ(counts->get(RedactionRule::kCard), 1u);
  EXPECT_EQ(counts->total(), 4u);
}

TEST(Redaction, KeysAreComparedAsPeopleWriteThem) {
  const std::vector<std::string> patterns = {"api_key", "*password", "billing.*", "p?n", "x.y"};
  const KeyPatterns keys(patterns);
  for (const std::string_view key :
       {"api_key", "API-Key", "apiKey", "http.request.header.api-key", "db.password",
        "userPassword", "billing.address.street", "pin", "x.pan", "X.Y", "tool/api_key"}) {
    EXPECT_TRUE(keys.matches(key)) << key;
  }
  for (const std::string_view key :
       {"", "-_", "api_keys", "passwordless", "billing", "my.billing.x", "pn", "z.x.y", "y"}) {
    EXPECT_FALSE(keys.matches(key)) << key;
  }
  const std::string long_key = std::string(5000, 'a') + ".API_KEY";
  EXPECT_TRUE(keys.matches(long_key));
}

TEST(Redaction, UsualKeysDoNotHideWhatTracesAreReadFor) {
  const KeyPatterns keys(KeyPatterns::secrets());
  for (const std::string_view key :
       {"gen_ai.usage.input_tokens", "llm.token_count.prompt", "gen_ai.token.type", "model",
        "gen_ai.server.time_to_first_token", "session.id", "author", "key", "monkey"}) {
    EXPECT_FALSE(keys.matches(key)) << key;
  }
  for (const std::string_view key :
       {"http.request.header.authorization", "Set-Cookie", "openaiApiKey", "accessToken", "pwd",
        "AWS_SECRET_ACCESS_KEY", "client_secret", "token", "refresh-token", "private_key"}) {
    EXPECT_TRUE(keys.matches(key)) << key;
  }
}

TEST(Redaction, PlainKeysAreExceptions) {
  Redactor redactor({.plain_keys = {"token"}, .mask = "#"});
  EXPECT_EQ(redactor.redact(R"({"token":"word","api_key":"word"})"),
            R"({"token":"word","api_key":"#"})");
}

TEST(Redaction, Row66_JsonStaysJson) {
  expect_all({
      {R"({"password":"a\"b","n":1})", R"({"password":"#","n":1})"},
      {R"( { "api_key" : { "deep" : [1, "}"] } , "n" : [ ] })",
       R"( { "api_key" : "#" , "n" : [ ] })"},
      {R"({"pass\u0077ord":7})", R"({"pass\u0077ord":"#"})"},
      {R"(["bob\u0040example.com"])", R"(["#"])"},
      {R"({"card":4111111111111111,"n":-1.5e300})", R"({"card":"#","n":-1.5e300})"},
      {R"({"bob@example.com":"x"})", R"({"#":"x"})"},
      {R"({"password":null,"secret":true,"token":""})"},
      {R"({"a":"{\"password\":\"x\\\"y\",\"b\":[1]}"})",
       R"({"a":"{\"password\":\"#\",\"b\":[1]}"})"},
      {R"({"a":"line\nsk-abcdefghij0123456789"})", R"({"a":"line\n#"})"},
      {"{\"password\":\"x\"}\n{\"password\":\"y\"}\n",
       "{\"password\":\"#\"}\n{\"password\":\"#\"}\n"},
      {R"([NaN,-Infinity,true,{"pwd":[]}])"},
  });
}

TEST(Redaction, WhatOnlyBeginsLikeJsonIsSearchedAsText) {
  expect_all({
      {"[bob@example.com]", "[#]"},
      {"[4111 1111 1111 1111]", "[#]"},
      {"[10:32:11] login password=abc", "[10:32:11] login password=#"},
      {"[1] mail bob@example.com", "[1] mail #"},
      {"{'password': 'x', 'n': 1}", "{'password': '#', 'n': 1}"},
      {R"(["password" = "x"])", R"(["password" = "#"])"},
      {R"({"password": "cut off)", R"({"password": "#")"},
      {R"({"a": "cut off bob@example.com)", R"({"a": "cut off #)"},
      {R"({"n": 1, "password": x"y})", R"({"n": 1, "password": "#""y})"},
      {"{{{{", ""},
      {"]", ""},
  });
}

TEST(Redaction, JsonWithinJsonIsReadFourDeep) {
  std::string text = R"({"password":"x"})";
  for (int level = 1; level <= 6; ++level) {
    Redactor redactor({.rules = {RedactionRule::kKey}, .mask = "#"});
    std::string quoted;
    for (const char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    text = "{\"a\":\"" + quoted + "\"}";
    EXPECT_EQ(redactor.redact(text).has_value(), level < Redactor::kJsonLevelsMax) << level;
  }
}

TEST(Redaction, SecretsThatWereCutOffAreMasked) {
  for (const auto& [text, expected] : std::initializer_list<Case>{
           {"key sk-pro", "key #"},
           {"mail bob@exam", "mail #"},
           {"Bearer ab", "Bearer #"},
           {"card 4111 1111 11", "card #"},
           {"ssn 078-05-1", "ssn #"},
           {"x -----BEGIN PRIVATE KEY-----\nMII", "x #"},
           {"postgres://app:s3cr", "postgres://#"},
           {R"({"a":"sk-pro)", R"({"a":"#)"},
       }) {
    EXPECT_EQ(redacted(text, true), expected);
  }
  EXPECT_EQ(redacted("key sk-pro"), "key sk-pro");
}

TEST(Redaction, CutTextEndsWithAWholeCharacter) {
  const std::string_view text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
  for (std::size_t bytes_max = 0; bytes_max <= text.size(); ++bytes_max) {
    const std::string_view cut = cut_text(text, bytes_max);
    EXPECT_LE(cut.size(), bytes_max);
    EXPECT_GT(cut.size() + 4, bytes_max);
    EXPECT_TRUE(is_valid_utf8(cut));
  }
  EXPECT_EQ(cut_text("\x80\x80\x80\x80\x80\x80", 5).size(), 5u);  // no character at all
}

TEST(Redaction, CutJsonKeepsWhatFits) {
  constexpr std::string_view kJson = R"({"a":"some text","b":[1,2,{"c":null}]})";
  EXPECT_EQ(cut_json(kJson, 1000), kJson);
  EXPECT_EQ(cut_json(kJson, kJson.size() - 1), R"({"a":"some text","b":[1,2,{}]})");
  EXPECT_EQ(cut_json(kJson, 25), R"({"a":"some text","b":[1]})");
  EXPECT_EQ(cut_json(kJson, 12), R"({"a":"some"})");
  EXPECT_EQ(cut_json(kJson, 2), "{}");
  EXPECT_EQ(cut_json(kJson, 1), "{");
  EXPECT_EQ(cut_json(R"(["x\u00e4y"])", 9), R"(["x"])");
  EXPECT_EQ(cut_json(R"(["x\ud83d\ude00y"])", 16), R"(["x"])");
  EXPECT_EQ(cut_json(R"(["x\ud83d\ude00y"])", 17), R"(["x\ud83d\ude00"])");
}

}  // namespace
}  // namespace tracebus::testing
