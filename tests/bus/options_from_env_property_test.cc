// SPDX-License-Identifier: Apache-2.0
//
// Random options and random texts. Oracles: valid options, written to the environment, come back;
// any text at all gives options that validate accepts, or an error that names a variable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/cpu_list.h"
#include "tracebus/bus/option_list.h"
#include "tracebus/tests/bus/option_texts.h"

namespace tracebus::testing {
namespace {

constexpr unsigned kSeed = 90210;

// Sets each option to a value within its range, the ends more often than by chance.
class RandomValues {
 public:
  explicit RandomValues(std::mt19937_64& random) : random_(random) {}

  template <class T>
  void number(const OptionName&, T& value, const NumberRange<T>& range) {
    if (range.form == NumberForm::kPowerOfTwoBytes) {
      value = range.min;
      while (value < range.max && random_() % 3 != 0) value = static_cast<T>(value * 2);
      return;
    }
    const std::uint64_t choice = random_() % 4;
    if (choice == 0) value = range.min;
    if (choice == 1) value = range.max;
    if (choice > 1) value = std::uniform_int_distribution<T>(range.min, range.max)(random_);
  }
  template <class E>
  void choice(const OptionName&, E& value, const Choices<E>& choices) {
    value = choices.all[random_() % choices.allowed].value;
  }
  void cpus(const OptionName&, std::vector<int>& value) {
    value.resize(random_() % 20);
    for (int& cpu : value) cpu = static_cast<int>(random_() % (kCpuMax + 1));
  }

 private:
  std::mt19937_64& random_;
};

template <class Options>
void expect_options_come_back() {
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 5000; ++round) {
    Options options;
    RandomValues values(random);
    visit_options(options, values);
    ASSERT_TRUE(validate(options).ok()) << validate(options);
    const OptionTexts texts = option_texts(options);
    const Environment environment(texts);
    const absl::StatusOr<Options> read = Options::from_env();
    ASSERT_TRUE(read.ok()) << "seed " << kSeed << ", round " << round << ": " << read.status();
    ASSERT_EQ(option_texts(*read), texts) << "seed " << kSeed << ", round " << round;
  }
}

TEST(OptionsFromEnvPropertyTest, ValidBusOptionsComeBack) {
  expect_options_come_back<BusOptions>();
}
TEST(OptionsFromEnvPropertyTest, ValidExporterOptionsComeBack) {
  expect_options_come_back<ExporterOptions>();
}

// A text without NUL, which no variable can hold: bytes, or what resembles a value.
std::string random_text(std::mt19937_64& random) {
  constexpr std::string_view kAlphabet = "0123456789-,+ .KMGiBdrop_block";
  const bool bytes = random() % 4 == 0;
  std::string text(random() % 24, ' ');
  for (char& c : text) {
    c = bytes ? static_cast<char>(1 + random() % 255) : kAlphabet[random() % kAlphabet.size()];
  }
  return text;
}

template <class Options>
void expect_options_or_an_error(const std::string& why) {
  const absl::StatusOr<Options> options = Options::from_env();
  if (options.ok()) {
    EXPECT_TRUE(validate(*options).ok()) << why << validate(*options);
  } else {
    EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_THAT(std::string(options.status().message()), ::testing::StartsWith("TRACEBUS_")) << why;
  }
}

TEST(OptionsFromEnvPropertyTest, AnyTextGivesValidOptionsOrNamesTheVariable) {
  std::mt19937_64 random(kSeed);
  OptionTexts names = option_texts(BusOptions{});
  names.merge(option_texts(ExporterOptions{}));
  for (int round = 0; round < 20'000; ++round) {
    OptionTexts texts;
    for (const auto& [name, text] : names) {
      if (random() % 8 == 0) texts[name] = random_text(random);
    }
    const std::string why = "seed " + std::to_string(kSeed) + ", round " + std::to_string(round);
    const Environment environment(texts);
    expect_options_or_an_error<BusOptions>(why);
    expect_options_or_an_error<ExporterOptions>(why);
    ASSERT_FALSE(HasFailure());
  }
}

// What a text of a number from 0 to max means, by arithmetic on its digits; -1: not such a text.
std::int64_t expected_number(std::string_view text, std::int64_t max) {
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    number = std::min(10 * number + (c - '0'), max + 1);
  }
  return number > max ? -1 : number;
}

TEST(OptionsFromEnvPropertyTest, NumbersAreReadAsTheirDigitsSay) {
  std::mt19937_64 random(kSeed);
  constexpr std::string_view kAlphabet = "00123456789-+ ";
  int read = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text(1 + random() % 9, ' ');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    const Environment environment(OptionTexts{{"TRACEBUS_STATS_INTERVAL_MS", text}});
    const absl::StatusOr<BusOptions> options = BusOptions::from_env();
    const std::int64_t expected = expected_number(text, 3'600'000);
    ASSERT_EQ(options.ok() ? options->stats_interval_ms : -1, expected)
        << "seed " << kSeed << ": '" << text << "'";
    if (options.ok()) ++read;
  }
  EXPECT_GT(read, 1000);  // or the alphabet proves nothing
}

}  // namespace
}  // namespace tracebus::testing
