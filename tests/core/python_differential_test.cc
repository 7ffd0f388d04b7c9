// SPDX-License-Identifier: Apache-2.0
//
// Differential tests: what tracebus writes and reads as JSON and as time, against Python's. One
// Python process a test judges thousands of values; python_differential_test.py is its half.
#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <functional>
#include <iomanip>
#include <random>
#include <sstream>
#include <string>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus {
namespace {

constexpr std::uint64_t kSeed = 3141;

std::string hex(std::string_view bytes) {
  std::ostringstream out;
  for (const char c : bytes) {
    out << std::hex << std::setw(2) << std::setfill('0')
        << static_cast<int>(static_cast<unsigned char>(c));
  }
  return out.str();
}

std::string bits_of(double value) {
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0') << std::bit_cast<std::uint64_t>(value);
  return out.str();
}

std::string time_text(const std::optional<Timestamp>& time) {
  if (!time) return "none";
  return std::to_string(time->seconds) + " " + std::to_string(time->nanoseconds);
}

std::string quoted(std::string_view call, std::string_view argument) {
  return std::string(call) + "('" + std::string(argument) + "')";
}

// The Python expression of what JSON must say.
std::string expression(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return "None";
    case ValueType::kBool:
      return value.as_bool() ? "True" : "False";
    case ValueType::kInt64:
      return std::to_string(value.as_int64());
    case ValueType::kDouble:
      return quoted("real", bits_of(value.as_double()));
    case ValueType::kString:
      return quoted("text", hex(value.as_string()));
    case ValueType::kBytes: {
      const Bytes bytes = value.as_bytes();
      return quoted("raw", hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    case ValueType::kArray: {
      std::string list = "[";
      for (const Value& item : value.as_array()) list += expression(item) + ", ";
      return list + "]";
    }
    case ValueType::kObject: {
      std::string pairs = "members(";
      for (const Attribute& member : value.as_object()) {
        pairs += "(" + quoted("text", hex(member.key)) + ", " + expression(member.value) + "), ";
      }
      return pairs + ")";
    }
  }
  return "";
}

// Lets Python compare `count` lines that make_line made, and expects it to find nothing wrong.
void expect_python_agrees(int count, const std::function<std::string()>& make_line) {
  const std::string path =
      ::testing::TempDir() + "python_differential_" + std::to_string(getpid()) + ".txt";
  std::ofstream file(path);
  for (int i = 0; i < count; ++i) file << make_line() << '\n';
  file.close();
  const std::string script = TRACEBUS_SOURCE_DIR "/tests/core/python_differential_test.py";
  const std::string command = "python3 '" + script + "' '" + path + "' 2>&1";
  FILE* const python = popen(command.c_str(), "r");
  ASSERT_NE(python, nullptr);
  std::string said;
  char chunk[4096];
  while (const std::size_t got = fread(chunk, 1, sizeof chunk, python)) said.append(chunk, got);
  EXPECT_EQ(pclose(python), 0) << command;
  EXPECT_EQ(said, "compared " + std::to_string(count) + " wrong 0\n") << "seed " << kSeed;
  std::remove(path.c_str());
}

TEST(PythonJson, ReadsTheSameStrings) {
  testing::EventGenerator generator(kSeed);
  expect_python_agrees(5000, [&] {
    generator.next();
    const std::string_view text = generator.text(100);
    std::string json;
    append_json_string(json, text);
    return "json\t" + json + "\t" + quoted("text", hex(text));
  });
}

std::string double_line(double value) {
  std::string json;
  append_json_double(json, value);
  return "double\t" + json + "\t" + bits_of(value);
}

TEST(PythonJson, ReadsTheSameDoubles) {
  testing::EventGenerator generator(kSeed);
  expect_python_agrees(5000, [&] { return double_line(generator.real()); });
  // Costs and durations: up to fourteen digits, nine of them after the point.
  std::mt19937_64 random(kSeed);
  expect_python_agrees(5000, [&] {
    const double billionths = static_cast<double>(random() % 100'000'000'000'000);
    const double round = std::pow(10.0, static_cast<double>(random() % 10));
    return double_line((random() % 2 == 0 ? -1 : 1) * std::floor(billionths / round) * round / 1e9);
  });
}

TEST(PythonJson, ReadsTheSameIntegers) {
  testing::EventGenerator generator(kSeed);
  expect_python_agrees(5000, [&] {
    const std::int64_t value = generator.integer();
    std::string json;
    append_json_int64(json, value);
    return "json\t" + json + "\t" + std::to_string(value);
  });
}

TEST(PythonJson, ReadsTheSamePayloads) {
  testing::EventGenerator generator(kSeed);
  constexpr ViewContext kContext{.instance = 1, .clock = nullptr, .content = true};
  expect_python_agrees(3000, [&] {
    const TraceEvent& event = generator.next();
    const testing::BuiltRecord record = testing::build(event);
    std::string json;
    append_json_payload(json, record.view(kContext));
    const Value::Object attributes(event.payload.begin(), event.payload.end());
    return "json\t" + json + "\t" + expression(Value::object(attributes));
  });
}

// Numbers in all the forms of JSON, with up to forty digits and exponents to match.
class NumberGenerator {
 public:
  std::string next() {
    std::string text = random_() % 2 == 0 ? "" : "-";
    text += random_() % 3 == 0 ? "0" : std::to_string(1 + random_() % 9) + digits(19);
    if (random_() % 2 == 0) text += "." + std::to_string(random_() % 10) + digits(20);
    if (random_() % 2 == 0) {
      text += "eE"[random_() % 2];
      text += std::string(1, "+-"[random_() % 2]).substr(random_() % 2);
      text += std::to_string(random_() % 30);
    }
    return text;
  }

 private:
  std::string digits(std::uint64_t count_max) {
    std::string text;
    for (std::uint64_t count = random_() % (count_max + 1); count != 0; --count) {
      text += static_cast<char>('0' + random_() % 10);
    }
    return text;
  }

  std::mt19937_64 random_{kSeed};
};

TEST(PythonFractions, GiveTheSameTimeForAnyNumber) {
  NumberGenerator numbers;
  expect_python_agrees(10'000, [&] {
    const std::string number = numbers.next();
    return "seconds\t" + time_text(parse_decimal_seconds(number)) + "\t" + number;
  });
}

TEST(PythonFractions, GiveTheSameTimeForSecondsAsADouble) {
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> recent(-2e9, 2e9), exponent(-12, 15);
  expect_python_agrees(5000, [&] {
    const double seconds = random() % 2 == 0 ? recent(random) : std::pow(10.0, exponent(random));
    return "from_seconds\t" + time_text(Timestamp::from_seconds(seconds)) + "\t" + bits_of(seconds);
  });
}

TEST(PythonDates, AreTheSameFromYear1To9999) {
  std::mt19937_64 random(kSeed);
  std::uniform_int_distribution<std::int64_t> seconds(-62135596800, 253402300799);
  expect_python_agrees(5000, [&] {
    const Timestamp time{seconds(random), static_cast<std::uint32_t>(random() % 1'000'000'000)};
    char text[kTimestampTextMax + 16];
    const std::string iso(text, format_iso8601(time, 9, text));
    EXPECT_EQ(parse_iso8601(iso), time) << iso;
    return "iso\t" + iso + "\t" + time_text(time);
  });
}

}  // namespace
}  // namespace tracebus
