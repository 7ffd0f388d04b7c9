// SPDX-License-Identifier: Apache-2.0
//
// Numbers by their fast ways, against those of the standard library.
#include "tracebus/core/json_number.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include "tracebus/core/decimal_digits.h"

namespace tracebus {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kNumbers = 100'000;
#else
constexpr int kNumbers = 1'000'000;  // of each kind
#endif

std::string fast(double value) {
  char text[kJsonNumberBytesMax];
  return {text, static_cast<std::size_t>(write_json_double(text, value) - text)};
}

// The shortest text that reads back, as the standard library finds it, marked as a double.
std::string plain(double value) {
  if (!std::isfinite(value)) return "null";
  char digits[40];
  std::string text(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void expect_same(std::uint64_t seed, const std::function<double(std::mt19937_64&)>& next) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < kNumbers; ++i) {
    const double value = next(random);
    ASSERT_EQ(fast(value), plain(value)) << "seed " << seed << ", number " << i;
    ASSERT_EQ(fast(-value), plain(-value)) << "seed " << seed << ", number " << i;
  }
}

TEST(JsonDoubles, OfAnyBitsAreTheShortest) {
  expect_same(1, [](auto& random) { return std::bit_cast<double>(random()); });
}

// As costs, durations and shares are: few digits, of any size.
TEST(JsonDoubles, OfFewDigitsAreTheShortest) {
  expect_same(2, [](auto& random) {
    constexpr std::uint64_t kDigits = 1'000'000'000'000'000;
    const std::uint64_t digits = random() % kDigits >> random() % 50;
    return static_cast<double>(digits) / std::pow(10.0, static_cast<double>(random() % 24));
  });
}

// Sums of prices have an error in the last digits.
TEST(JsonDoubles, OfSumsOfPricesAreTheShortest) {
  expect_same(3, [](auto& random) {
    const double input = static_cast<double>(random() % 3000) * 0.00015 / 1000;
    return input + static_cast<double>(random() % 1000) * 0.0006 / 1000;
  });
}

TEST(JsonDoubles, NextToShortOnesAreTheShortest) {
  expect_same(4, [](auto& random) {
    const double near = static_cast<double>(random() % 1'000'000) / 1e6;
    const auto steps = static_cast<std::int64_t>(random() % 5) - 2;
    return std::bit_cast<double>(std::bit_cast<std::int64_t>(near + 1e-7) + steps);
  });
}

// One step to each side of where one way ends and another begins.
TEST(JsonDoubles, AtPowersOfTenAndTheirMultiplesAreTheShortest) {
  for (int exponent = -30; exponent <= 30; ++exponent) {
    for (int times = 1; times <= 100; ++times) {
      const double value = times * std::pow(10.0, exponent);
      const double infinity = std::numeric_limits<double>::infinity();
      for (const double near : {value, std::nextafter(value, 0), std::nextafter(value, infinity)}) {
        ASSERT_EQ(fast(near), plain(near)) << times << "e" << exponent;
      }
    }
  }
}

std::string fast(std::uint64_t value) {
  char text[kJsonNumberBytesMax];
  return {text, static_cast<std::size_t>(write_uint64(text, value) - text)};
}

TEST(JsonIntegers, OfEverySizeAreExact) {
  for (std::uint64_t value = 0; value <= 20'000; ++value) {
    ASSERT_EQ(fast(value), std::to_string(value));
  }
  std::uint64_t power = 1;
  for (int digits = 1; digits <= 20; ++digits, power *= 10) {
    for (const std::uint64_t value : {power - 1, power, power + 1, power * 7 / 3}) {
      ASSERT_EQ(fast(value), std::to_string(value));
    }
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < kNumbers; ++i) {
    const std::uint64_t value = random() >> random() % 64;
    ASSERT_EQ(fast(value), std::to_string(value)) << "seed 5, number " << i;
    char text[kJsonNumberBytesMax];
    const auto negated = static_cast<std::int64_t>(value);
    char* const end = write_json_int64(text, negated);
    ASSERT_EQ(std::string(text, static_cast<std::size_t>(end - text)), std::to_string(negated))
        << "seed 5, number " << i;
  }
}

TEST(EightDigits, OfEveryNumberAreItsOwn) {
  std::mt19937_64 random(6);
  for (int i = 0; i < kNumbers; ++i) {
    const auto number = static_cast<std::uint32_t>(random() % EightDigits::kEnd >> random() % 27);
    const EightDigits digits(number);
    char text[8];
    digits.store(text);
    std::string expected = std::to_string(number);
    expected.insert(0, 8 - expected.size(), '0');
    ASSERT_EQ(std::string(text, 8), expected);
    const std::size_t first = expected.find_first_not_of('0');
    const std::size_t last = expected.find_last_not_of('0');
    ASSERT_EQ(digits.leading_zeros(), number == 0 ? 8 : first);
    ASSERT_EQ(digits.trailing_zeros(), number == 0 ? 8 : 7 - last);
  }
}

}  // namespace
}  // namespace tracebus
