// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/price_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <tuple>

#include "tracebus/tests/source_folder.h"
#include "tracebus/trace/cost_tracker.h"

namespace tracebus {
namespace {

std::string message_of(std::string_view json) {
  const absl::StatusOr<PriceTable> table = parse_prices(json, "p.json");
  return table.ok() ? "OK" : std::string(table.status().message());
}

ModelPrice price_of(std::string_view json, std::string_view model) {
  const absl::StatusOr<PriceTable> table = parse_prices(json, "p.json");
  EXPECT_TRUE(table.ok()) << table.status().message();
  const ModelPrice* const price = table.ok() ? table->find(model) : nullptr;
  EXPECT_NE(price, nullptr) << model;
  return price == nullptr ? ModelPrice{} : *price;
}

// A file of the test's own, which goes with it.
class OwnFile {
 public:
  explicit OwnFile(std::string_view text)
      : path_(::testing::TempDir() + "prices." + std::to_string(::getpid()) + ".json") {
    std::ofstream(path_) << text;
  }
  ~OwnFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(PriceFile, Row45_TheExampleHasTheSeedsPrices) {
  const auto table = read_price_file(TRACEBUS_SOURCE_DIR "/tools/examples/prices.json");
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(table->size(), 6u);
  // Dollars for a thousand tokens, as the seed lists them.
  const std::tuple<std::string_view, double, double> expected[] = {
      {"gpt-4o-mini", .00015, .0006},
      {"gpt-4o-2024-08-06", .0025, .01},
      {"claude-sonnet-4-5-20250514", .003, .015},
      {"claude-haiku-3-5-20241022", .0008, .004},
      {"gemini-2.0-flash", .0001, .0004}};
  for (const auto& [model, input, output] : expected) {
    const ModelPrice* const price = table->find(model);
    ASSERT_NE(price, nullptr) << model;
    EXPECT_EQ(price->input, std::llround(input * 1e9)) << model;
    EXPECT_EQ(price->output, std::llround(output * 1e9)) << model;
    EXPECT_LT(price->cache_read.value_or(0), price->input) << model;
    EXPECT_FALSE(price->cache_write || price->reasoning) << model;
  }
}

TEST(PriceFile, Row45_AllClassesOfTokensHavePricesAndUnitsMayDiffer) {
  const std::string_view json = R"({"models": {
    "a": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75, "reasoning": 20},
    "b": {"unit": "usd_per_1k_tokens", "input": 0.003, "output": 1.5e-2, "cache_read": null},
    "c": {"input_cost_per_1k": 0.001, "output": 1}},
    "unit": "usd_per_1m_tokens", "comment": "the unit may come last"})";
  const ModelPrice a = price_of(json, "a");
  EXPECT_EQ(a.input, 3'000'000);
  EXPECT_EQ(a.output, 15'000'000);
  EXPECT_EQ(a.cache_read, 300'000);
  EXPECT_EQ(a.cache_write, 3'750'000);
  EXPECT_EQ(a.reasoning, 20'000'000);
  const ModelPrice b = price_of(json, "b");
  EXPECT_EQ(b.input, 3'000'000);
  EXPECT_EQ(b.output, 15'000'000);
  EXPECT_EQ(b.cache_read, std::nullopt);
  EXPECT_EQ(price_of(json, "c").input, 1'000'000);
}

TEST(PriceFile, Row45_TheSeedsListIsRead) {
  const std::string_view list = R"([
    {"model_pattern": "gpt-4o-mini", "input_cost_per_1k": 0.00015, "output_cost_per_1k": 0.0006},
    {"model_pattern": "gpt-4o", "input_cost_per_1k": 0.0025, "output_cost_per_1k": 0.01}])";
  EXPECT_EQ(price_of(list, "gpt-4o-mini").input, 150'000);
  EXPECT_EQ(price_of(list, "gpt-4o").output, 10'000'000);
  EXPECT_EQ(price_of(R"({"models": )" + std::string(list) + "}", "gpt-4o").input, 2'500'000);
}

// A double of 0.0248 or 0.1 is not exactly that.
TEST(PriceFile, Row45_PricesAreExactToTheLastDigit) {
  std::mt19937_64 random(45);
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t picos = static_cast<std::int64_t>(random() % 1'000'000'000'000);
    const std::string digits = std::to_string(1'000'000 + picos % 1'000'000).substr(1);
    const std::string text = std::to_string(picos / 1'000'000) + "." + digits;
    const std::string json = R"({"unit": "usd_per_1m_tokens", "models": {"m": {"input": )" + text +
                             R"(, "output": 0}}})";
    ASSERT_EQ(price_of(json, "m").input, picos) << text;
  }
}

TEST(PriceFile, Row45_AModelThatTheFileDoesNotNameIsUnpriced) {
  auto table = parse_prices(
      R"({"unit": "usd_per_1m_tokens", "models": {"m": {"input": 1, "output": 0}}})", "p.json");
  ASSERT_TRUE(table.ok());
  CostTracker tracker({.prices = std::make_shared<const PriceTable>(*std::move(table))});
  EXPECT_EQ(tracker.record({.model = "m-1", .usage = {.input = 7}}), CostResult::kCounted);
  EXPECT_EQ(tracker.record({.model = "other", .usage = {.input = 7}}), CostResult::kUnpriced);
  EXPECT_EQ(tracker.total_cost().value(), 7000);
}

struct Wrong {
  std::string_view models;
  std::string_view message;
};

TEST(PriceFile, Row45_ErrorsNameFileLineAndModelAndWhatToDo) {
  const Wrong wrong[] = {
      {R"("m": {"input": -1, "output": 1})",
       R"(p.json:3: "m": input, -1, is negative; give dollars, from 0 to a dollar a token)"},
      {R"("m": {"input": 1e999999999999, "output": 1})",
       R"(p.json:3: "m": input, 1e999999999999, is larger than any amount that can be kept; )"
       R"(give dollars, from 0 to a dollar a token)"},
      {R"("m": {"input": 1, "output": 1000001})",
       R"(p.json:3: "m": output, 1000001, is larger than any amount that can be kept; )"
       R"(give dollars, from 0 to a dollar a token)"},
      {R"("m": {"input": 0.0000001, "output": 1})",
       R"(p.json:3: "m": input, 0.0000001, has more than 6 digits behind the point, which are )"
       R"(not kept; round it)"},
      {R"("m": {"input": 1.2.3, "output": 1})",
       R"(p.json:3: "m": input, 1.2.3, is no number; give dollars, from 0 to a dollar a token)"},
      {R"("m": {"input": "1", "output": 1})",
       R"(p.json:3: "m": "input" is no number; give dollars as 2.50)"},
      {R"("m": {"input": 1})", R"(p.json:3: "m": has no output; give its price, 0 if it is free)"},
      {R"("m": {"input": null, "output": 1})",
       R"(p.json:3: "m": has no input; give its price, 0 if it is free)"},
      {R"("m": {"input": 1, "input_cost_per_1k": 1, "output": 1})",
       R"(p.json:3: "m": "input" is given twice; remove one)"},
      {"\"m\": {\"input\": 1, \"output\": 1},\n\n\"m\": {\"input\": 1, \"output\": 1}",
       R"(p.json:5: "m": is there twice, also on line 3; remove one)"},
      {R"("m.*": {"input": 1, "output": 1})",
       R"(p.json:3: "m.*": looks like a regular expression; give the beginning of the model's )"
       R"(name, or a glob with * and ?)"},
      {R"("m": {"unit": "usd", "input": 1, "output": 1})",
       R"(p.json:3: the unit "usd" is not known; give usd_per_1k_tokens or usd_per_1m_tokens)"},
      {R"("m": [1])", R"(p.json:3: "m" is no object; give {"input": ..., "output": ...})"},
      {R"("": {"input": 1, "output": 1})",
       R"(p.json:3: "": a price's pattern has 1 to 1024 bytes, not 0: "")"},
  };
  for (const auto& [models, message] : wrong) {
    const std::string json =
        "{\"unit\": \"usd_per_1m_tokens\",\n\"models\": {\n" + std::string(models) + "}}";
    EXPECT_EQ(message_of(json), message);
  }
  EXPECT_EQ(message_of(R"({"models": {"m": {"input": 1, "output": 1}}})"),
            R"(p.json:1: "m": has no unit; give "unit": "usd_per_1k_tokens" or )"
            R"("usd_per_1m_tokens", for it or for the file)");
  EXPECT_TRUE(message_of(R"({"models": {"m": {"imput": 1}}})")
                  .starts_with(R"(p.json:1: the key "imput" is not known; models have input, )"));
}

TEST(PriceFile, Row45_WhatIsNoJsonOrNoTableIsRefused) {
  for (const std::string_view json : {"",
                                      " ",
                                      "{",
                                      "[",
                                      "[1]",
                                      "7",
                                      "null",
                                      "\"x\"",
                                      "{}",
                                      R"({"models": 7})",
                                      R"({"models": {}, "models": {}})",
                                      R"({"models": {}} x)",
                                      R"({"models": {}}{})",
                                      R"([{"input_cost_per_1k": 1, "output_cost_per_1k": 1}])",
                                      R"({"models": {"m": {"input": NaN}}})",
                                      R"({"models": {"m": {"input": Infinity, "output": 1}}})",
                                      "{\"models\": {\"\xff\": {}}}",
                                      R"([{"model_pattern": 7}])",
                                      R"([{"model_pattern": "a", "model": "b"}])",
                                      R"({"models": {"m": {"input": 1, "output": 1}})",
                                      R"({"comment": 1, "models": {}})"}) {
    const std::string message = message_of(json);
    EXPECT_TRUE(message.starts_with("p.json")) << json << ": " << message;
  }
  EXPECT_EQ(message_of(R"({"models": {}})"), "OK") << "then nothing is priced";
}

// Of every beginning, and with every byte changed: no crash, and no table out of half a text.
TEST(PriceFile, Row45_CutAndChangedTextsNeverCrash) {
  const std::string json = R"({"unit": "usd_per_1k_tokens", "comment": "x\u00e4",
    "models": {"a*": {"input": 0.1, "output": 2e-3, "reasoning": null}, "b": {"input": 1,
    "output": 1}}})";
  ASSERT_EQ(message_of(json), "OK");
  for (std::size_t size = 0; size < json.size(); ++size) {
    EXPECT_NE(message_of(json.substr(0, size)), "OK") << size;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    for (const char c : {'\0', '"', '{', ']', ',', '9', '-', '\xff', '\n'}) {
      std::string changed = json;
      changed[i] = c;
      message_of(changed);
    }
  }
}

TEST(PriceFile, Row45_SizesAreBounded) {
  const std::string large(kPriceFileBytesMax + 1, ' ');
  EXPECT_EQ(parse_prices(large, "p.json").status().code(), absl::StatusCode::kResourceExhausted);
  const OwnFile file(large);
  EXPECT_EQ(read_price_file(file.path()).status().code(), absl::StatusCode::kResourceExhausted);
  std::string many = R"({"unit": "usd_per_1k_tokens", "models": {)";
  for (std::size_t i = 0; i <= kPricesMax; ++i) {
    many += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + R"(":{"input":1,"output":1})";
  }
  EXPECT_EQ(parse_prices(many + "}}", "p.json").status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_NE(message_of(std::string(100'000, '[')), "OK");
}

TEST(PriceFile, Row45_PathsThatAreNoFilesAreNamed) {
  EXPECT_EQ(read_price_file("/nowhere/p.json").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(read_price_file(::testing::TempDir()).status().code(),
            absl::StatusCode::kInvalidArgument);
  const OwnFile file(R"({"models": {}})");
  EXPECT_TRUE(read_price_file(file.path()).ok());
  std::filesystem::remove(file.path());
  ASSERT_EQ(::mkfifo(file.path().c_str(), 0600), 0);
  EXPECT_EQ(read_price_file(file.path()).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tracebus
