// SPDX-License-Identifier: Apache-2.0
//
// Options from the environment: each variable reaches its option, and what is wrong is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "tracebus/bus/options.h"
#include "tracebus/tests/bus/option_texts.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string bus_error(const OptionTexts& texts) {
  const Environment environment(texts);
  const absl::Status status = BusOptions::from_env().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

std::string exporter_error(const OptionTexts& texts) {
  const Environment environment(texts);
  const absl::Status status = ExporterOptions::from_env().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(OptionsFromEnvTest, NothingSetGivesTheDefaults) {
  const Environment environment({});
  EXPECT_EQ(option_texts(*BusOptions::from_env()), option_texts(BusOptions{}));
  EXPECT_EQ(option_texts(*ExporterOptions::from_env()), option_texts(ExporterOptions{}));
}

TEST(OptionsFromEnvTest, EmptyCountsAsNotSet) {
  OptionTexts empty = option_texts(BusOptions{});
  empty.merge(option_texts(ExporterOptions{}));
  for (auto& [name, text] : empty) text.clear();
  const Environment environment(empty);
  EXPECT_EQ(option_texts(*BusOptions::from_env()), option_texts(BusOptions{}));
  EXPECT_EQ(option_texts(*ExporterOptions::from_env()), option_texts(ExporterOptions{}));
}

TEST(OptionsFromEnvTest, EachVariableOfABusReachesItsOption) {
  const Environment environment({{"TRACEBUS_RING_BYTES", "8KiB"},
                                 {"TRACEBUS_RING_BYTES_MAX", "131072"},
                                 {"TRACEBUS_RING_BUDGET_BYTES", "2GiB"},
                                 {"TRACEBUS_LARGE_BYTES_MAX", "0"},
                                 {"TRACEBUS_CALLBACK_OVERFLOW", "drop_oldest"},
                                 {"TRACEBUS_CALLBACK_QUEUE_BYTES_MAX", "3MiB"},
                                 {"TRACEBUS_SHUTDOWN_TIMEOUT_MS", "3600000"},
                                 {"TRACEBUS_THREADING", "manual"},
                                 {"TRACEBUS_PAGES", "huge"},
                                 {"TRACEBUS_DISPATCHER_CPUS", "0-3,6"},
                                 {"TRACEBUS_WORKER_CPUS", "1023"},
                                 {"TRACEBUS_DISPATCHER_NICE", "-20"},
                                 {"TRACEBUS_WORKER_NICE", "19"},
                                 {"TRACEBUS_STATS_INTERVAL_MS", "250"}});
  const absl::StatusOr<BusOptions> options = BusOptions::from_env();
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->ring_bytes, 8192);
  EXPECT_EQ(options->ring_bytes_max, 131072);
  EXPECT_EQ(options->ring_budget_bytes, std::size_t{2} << 30);
  EXPECT_EQ(options->large_bytes_max, 0);
  EXPECT_EQ(options->callback_overflow, Overflow::kDropOldest);
  EXPECT_EQ(options->callback_queue_bytes_max, 3 << 20);
  EXPECT_EQ(options->shutdown_timeout_ms, 3600000);
  EXPECT_EQ(options->threading, Threading::kManual);
  EXPECT_EQ(options->pages, Pages::kHuge);
  EXPECT_THAT(options->dispatcher_thread.cpus, ElementsAre(0, 1, 2, 3, 6));
  EXPECT_THAT(options->worker_threads.cpus, ElementsAre(1023));
  EXPECT_EQ(options->dispatcher_thread.nice, -20);
  EXPECT_EQ(options->worker_threads.nice, 19);
  EXPECT_EQ(options->stats_interval_ms, 250);
}

TEST(OptionsFromEnvTest, EachVariableOfAnExporterReachesItsOption) {
  const Environment environment({{"TRACEBUS_QUEUE_BYTES_MAX", "16GiB"},
                                 {"TRACEBUS_OVERFLOW", "block"},
                                 {"TRACEBUS_BLOCK_TIMEOUT_MS", "1"},
                                 {"TRACEBUS_BATCH_EVENTS_MAX", "65536"},
                                 {"TRACEBUS_BATCH_BYTES_MAX", "18446744073709551615"},
                                 {"TRACEBUS_BATCH_DELAY_MS_MAX", "0"},
                                 {"TRACEBUS_EXPORT_TIMEOUT_MS", "86400000"}});
  const absl::StatusOr<ExporterOptions> options = ExporterOptions::from_env();
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->queue_bytes_max, std::size_t{16} << 30);
  EXPECT_EQ(options->overflow, Overflow::kBlock);
  EXPECT_EQ(options->block_timeout_ms, 1);
  EXPECT_EQ(options->batch.events_max, 65536);
  EXPECT_EQ(options->batch.bytes_max, SIZE_MAX);
  EXPECT_EQ(options->batch.delay_ms_max, 0);
  EXPECT_EQ(options->export_timeout_ms, 86400000);
}

TEST(OptionsFromEnvTest, UnknownVariablesAreNoErrors) {
  const Environment environment({});
  setenv("TRACEBUS_NO_SUCH_OPTION", "-1", 1);
  EXPECT_TRUE(BusOptions::from_env().ok());
  EXPECT_TRUE(ExporterOptions::from_env().ok());
  unsetenv("TRACEBUS_NO_SUCH_OPTION");
}

TEST(OptionsFromEnvTest, BusIsNotRefusedForAnExporter) {
  const Environment environment(OptionTexts{{"TRACEBUS_OVERFLOW", "x"}});
  EXPECT_TRUE(BusOptions::from_env().ok());
  EXPECT_FALSE(ExporterOptions::from_env().ok());
}

TEST(OptionsFromEnvTest, ErrorsNameVariableValueAndRange) {
  EXPECT_EQ(
      bus_error({{"TRACEBUS_STATS_INTERVAL_MS", "3600001"}}),
      "TRACEBUS_STATS_INTERVAL_MS is \"3600001\", and must be a whole number from 0 to 3600000");
  EXPECT_EQ(bus_error({{"TRACEBUS_RING_BYTES", "5000"}}),
            "TRACEBUS_RING_BYTES is \"5000\", and must be a power of two from 4096 to 67108864, in "
            "bytes or such as 64KiB");
  EXPECT_EQ(bus_error({{"TRACEBUS_DISPATCHER_NICE", "20"}}),
            "TRACEBUS_DISPATCHER_NICE is \"20\", and must be a whole number from -20 to 19");
  EXPECT_EQ(
      bus_error({{"TRACEBUS_WORKER_CPUS", "3-1"}}),
      "TRACEBUS_WORKER_CPUS is \"3-1\", and must be a list of processors from 0 to 1023, such "
      "as 0-3,6");
  EXPECT_EQ(bus_error({{"TRACEBUS_THREADING", "Manual"}}),
            "TRACEBUS_THREADING is \"Manual\", and must be threads or manual");
  EXPECT_EQ(exporter_error({{"TRACEBUS_OVERFLOW", "drop"}}),
            "TRACEBUS_OVERFLOW is \"drop\", and must be drop_newest, drop_oldest or block");
}

TEST(OptionsFromEnvTest, LimitsAmongOptionsAreCheckedAgainstBothValues) {
  EXPECT_THAT(
      bus_error({{"TRACEBUS_RING_BYTES", "64KiB"}, {"TRACEBUS_RING_BYTES_MAX", "32KiB"}}),
      AllOf(StartsWith("TRACEBUS_RING_BYTES_MAX is \"32KiB\""), HasSubstr("from 65536 to 67108864"),
            HasSubstr("; TRACEBUS_RING_BYTES is 65536")));
  EXPECT_THAT(
      bus_error({{"TRACEBUS_RING_BYTES", "8MiB"}}),
      AllOf(StartsWith("TRACEBUS_RING_BYTES_MAX is 4194304 by default, and must be a power"),
            HasSubstr("; TRACEBUS_RING_BYTES is 8388608")));
  EXPECT_THAT(bus_error({{"TRACEBUS_RING_BUDGET_BYTES", "4096"}}),
              HasSubstr("; TRACEBUS_RING_BYTES is 65536"));
  EXPECT_EQ(bus_error({{"TRACEBUS_THREADING", "manual"}, {"TRACEBUS_CALLBACK_OVERFLOW", "block"}}),
            "TRACEBUS_CALLBACK_OVERFLOW is \"block\", and must be drop_newest or drop_oldest, as "
            "threading is manual");
}

TEST(OptionsFromEnvTest, NumbersAreDecimalDigitsAndNothingElse) {
  for (const std::string_view text : {"+5",
                                      "-5",
                                      "-0",
                                      "--5",
                                      " 5",
                                      "5 ",
                                      "5\n",
                                      "0x10",
                                      "1e3",
                                      "5.0",
                                      "5.",
                                      "1'000",
                                      "1,000",
                                      "five",
                                      "-",
                                      "4294967296000",
                                      "9223372036854775808",
                                      "18446744073709551616",
                                      "99999999999999999999999999",
                                      "1KiB",
                                      "\xd9\xa5"}) {
    const std::string error = bus_error({{"TRACEBUS_STATS_INTERVAL_MS", std::string(text)}});
    EXPECT_THAT(error, AllOf(StartsWith("TRACEBUS_STATS_INTERVAL_MS is \""),
                             HasSubstr("from 0 to 3600000")));
  }
  for (const std::string_view text : {"+5", "- 5", "--5", "-21", "-2147483649", "-4294967296"}) {
    EXPECT_THAT(bus_error({{"TRACEBUS_WORKER_NICE", std::string(text)}}),
                HasSubstr("from -20 to 19"));
  }
}

TEST(OptionsFromEnvTest, BytesHaveABinaryUnitOrNone) {
  for (const std::string_view text :
       {"4096 KiB", "4096kib", "4096K", "4096KB", "4096B", "KiB", "-1KiB", "4.5MiB", "4096KiBKiB",
        "4096KiB ", "+8KiB", "0x10KiB", "17179869184GiB", "18014398509481988KiB",
        "36893488147419103232"}) {
    EXPECT_THAT(exporter_error({{"TRACEBUS_BATCH_BYTES_MAX", std::string(text)}}),
                AllOf(StartsWith("TRACEBUS_BATCH_BYTES_MAX is \""), HasSubstr("such as 64KiB")));
  }
  const Environment environment(OptionTexts{{"TRACEBUS_BATCH_BYTES_MAX", "17179869183GiB"}});
  EXPECT_EQ(ExporterOptions::from_env()->batch.bytes_max, std::size_t{17179869183} << 30);
}

TEST(OptionsFromEnvTest, WrongValuesAreShownEscapedAndCut) {
  EXPECT_THAT(bus_error({{"TRACEBUS_THREADING", "a\x1b[31m\"\n"}}),
              HasSubstr(R"(is "a\x1b[31m\"\n", and)"));
  EXPECT_THAT(bus_error({{"TRACEBUS_THREADING", std::string(100'000, 'a')}}),
              AllOf(HasSubstr("\"" + std::string(64, 'a') + "...\","),
                    Not(HasSubstr(std::string(65, 'a')))));
}

}  // namespace
}  // namespace tracebus::testing
