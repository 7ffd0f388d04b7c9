// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/console_exporter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>

#include "tracebus/tests/exporters/captured_output.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/faulty_file_system.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string printed(const TraceEvent& event, ConsoleFormat format,
                    ConsoleColor color = ConsoleColor::kNever, bool with_content = true) {
  CapturedOutput output;
  ConsoleExporter exporter({.format = format, .color = color}, output.descriptor());
  EventMaker maker;
  maker.add(event, with_content);
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 0u);
  return output.text();
}

std::string seed_value(const Value& value) {
  const std::string line =
      printed({.event_type = "e", .payload = {{"k", value}}}, ConsoleFormat::kSeed);
  EXPECT_THAT(line, StartsWith("[e] k="));
  return line.substr(6, line.size() - 7);
}

TEST(Row14ConsoleExporter, SeedLayoutIsThatOfTheSeed) {
  EXPECT_EQ(printed({.event_type = "llm_call",
                     .agent_name = "analyst",
                     .pattern_type = "pipeline",
                     .payload = {{"model", "gpt-4o"}, {"input_tokens", 450}, {"cost_usd", 0.0042}}},
                    ConsoleFormat::kSeed),
            "[llm_call] pattern=pipeline agent=analyst model=gpt-4o input_tokens=450 "
            "cost_usd=0.0042\n");
  EXPECT_EQ(
      printed({.event_type = "pattern_start", .pattern_type = "supervisor"}, ConsoleFormat::kSeed),
      "[pattern_start] pattern=supervisor\n");
  EXPECT_EQ(printed({.event_type = "agent_start", .agent_name = "a b"}, ConsoleFormat::kSeed),
            "[agent_start] agent=a b\n");
  EXPECT_EQ(printed({}, ConsoleFormat::kSeed), "[]\n");
}

// The expected texts are what Python 3.11 prints.
TEST(Row14ConsoleExporter, SeedLayoutPrintsValuesAsPythonsStr) {
  EXPECT_EQ(seed_value(nullptr), "None");
  EXPECT_EQ(seed_value(true), "True");
  EXPECT_EQ(seed_value(false), "False");
  EXPECT_EQ(seed_value(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(seed_value("two words"), "two words");
  EXPECT_EQ(seed_value(std::as_bytes(std::span("\0a'\\\n\xff", 6))), "b\"\\x00a'\\\\\\n\\xff\"");
  EXPECT_EQ(seed_value(Value::array({nullptr, true, "a", "it's", "say \"x\"", "both ' and \"",
                                     "back\\slash", "\n\x1b", -5})),
            "[None, True, 'a', \"it's\", 'say \"x\"', 'both \\' and \"', 'back\\\\slash', "
            "'\\n\\x1b', -5]");
  EXPECT_EQ(seed_value(Value::object(
                {{"k", Value::array({1, Value::object({})})}, {"e", Value::array({})}})),
            "{'k': [1, {}], 'e': []}");
}

TEST(Row14ConsoleExporter, SeedLayoutPrintsFloatsAsPythonsStr) {
  EXPECT_EQ(seed_value(0.0), "0.0");
  EXPECT_EQ(seed_value(-0.0), "-0.0");
  EXPECT_EQ(seed_value(100000.0), "100000.0");
  EXPECT_EQ(seed_value(123456.789), "123456.789");
  EXPECT_EQ(seed_value(1e15), "1000000000000000.0");
  EXPECT_EQ(seed_value(1e16), "1e+16");
  EXPECT_EQ(seed_value(1.5e16), "1.5e+16");
  EXPECT_EQ(seed_value(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(seed_value(0.0001), "0.0001");
  EXPECT_EQ(seed_value(0.00012345), "0.00012345");
  EXPECT_EQ(seed_value(0.00001), "1e-05");
  EXPECT_EQ(seed_value(1.25e-7), "1.25e-07");
  EXPECT_EQ(seed_value(5e-324), "5e-324");
  EXPECT_EQ(seed_value(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(seed_value(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(seed_value(-std::numeric_limits<double>::infinity()), "-inf");
}

const TraceEvent& sample_event() {
  static const TraceEvent event = {
      .timestamp = Timestamp{1749479521, 243439700},
      .event_type = "llm_call",
      .agent_name = "analyst",
      .payload = {{"model", "gpt-4o"}, {"text", "two words"}, {"list", Value::array({1, "a"})}}};
  return event;
}

TEST(Row14ConsoleExporter, PrettyLayoutIsAligned) {
  EXPECT_EQ(printed(sample_event(), ConsoleFormat::kPretty),
            "14:32:01.243 llm_call            analyst          -            "
            "model=gpt-4o text=\"two words\" list=[1,\"a\"]\n");
}

TEST(Row14ConsoleExporter, PrettyLayoutColorsTheTypeByItsClass) {
  const auto colored = [](std::string_view type) {
    return printed({.event_type = type}, ConsoleFormat::kPretty, ConsoleColor::kAlways);
  };
  EXPECT_THAT(colored("llm_call"), HasSubstr("\x1b[34mllm_call\x1b[0m "));
  EXPECT_THAT(colored("tool_error"), HasSubstr("\x1b[1;31mtool_error\x1b[0m "));
  EXPECT_THAT(colored("agent_start"), HasSubstr("\x1b[36magent_start\x1b[0m "));
  EXPECT_THAT(colored("other"), HasSubstr(" other "));
}

TEST(Row14ConsoleExporter, JsonLayoutIsTheJsonlLine) {
  EventMaker maker;
  maker.add(sample_event());
  EXPECT_EQ(printed(sample_event(), ConsoleFormat::kJson), jsonl_of(maker.batch()));
}

TEST(Row14ConsoleExporter, ColorsAreForTerminalsThatWantThem) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(::grantpt(terminal), 0);
  ASSERT_EQ(::unlockpt(terminal), 0);
  const int screen = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(screen, 0);
  const auto has_color = [&](ConsoleColor color) {
    ConsoleExporter exporter({.format = ConsoleFormat::kPretty, .color = color}, screen);
    EventMaker maker;
    maker.add(sample_event());
    EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 0u);
    char shown[4096];
    const ssize_t length = ::read(terminal, shown, sizeof shown);
    return std::string_view(shown, static_cast<std::size_t>(length)).find('\x1b') !=
           std::string_view::npos;
  };
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "xterm", 1);
  EXPECT_TRUE(has_color(ConsoleColor::kAuto));
  EXPECT_FALSE(has_color(ConsoleColor::kNever));
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(has_color(ConsoleColor::kAuto));
  EXPECT_TRUE(has_color(ConsoleColor::kAlways));
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(has_color(ConsoleColor::kAuto));
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(has_color(ConsoleColor::kAuto));
  ::setenv("TERM", "xterm", 1);
  EXPECT_THAT(printed(sample_event(), ConsoleFormat::kPretty, ConsoleColor::kAuto),
              Not(HasSubstr("\x1b")));  // no terminal
  ::close(screen);
  ::close(terminal);
}

// --- What the descriptor may do ---

TEST(Row14ConsoleExporter, BatchIsOneWriteAndShortWritesGoOn) {
  CapturedOutput output;
  FaultyFileSystem files;
  EventMaker maker = numbered_events(5);
  ConsoleExporter exporter({.format = ConsoleFormat::kJson, .file_system = &files},
                           output.descriptor());
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 0u);
  EXPECT_EQ(files.writes(), 1u);
  files.inject({.at_call = 1, .call = Call::kWrite, .error = 0, .is_short_write = true});
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 0u);
  files.inject({.at_call = 1, .call = Call::kWrite, .error = EINTR});
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 0u);
  const std::string lines = jsonl_of(maker.batch());
  EXPECT_EQ(output.text(), lines + lines + lines);
}

TEST(Row14ConsoleExporter, CutLineIsCountedAndEndedBeforeTheNext) {
  CapturedOutput output;
  FaultyFileSystem files;
  EventMaker maker = numbered_events(5);
  ConsoleExporter exporter({.format = ConsoleFormat::kJson, .file_system = &files},
                           output.descriptor());
  files.inject({.at_call = 1, .call = Call::kWrite, .error = EIO, .is_short_write = true});
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 3u);
  EXPECT_THAT(std::string(exporter.last_error()), HasSubstr("cannot write to 'the console'"));
  EXPECT_EQ(exporter.export_batch(maker.batch_of(0, 1), in_a_second()).failed, 0u);
  const std::string lines = jsonl_of(maker.batch());
  EXPECT_EQ(output.text(),
            lines.substr(0, lines.size() / 2) + "\n" + jsonl_of(maker.batch_of(0, 1)));
}

TEST(Row14ConsoleExporter, ReaderThatWentAwayFailsTheBatch) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  EventMaker maker = numbered_events(3);
  ConsoleExporter exporter({}, ends[1]);
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).failed, 3u);
  EXPECT_THAT(std::string(exporter.last_error()), HasSubstr("Broken pipe"));
  ::close(ends[1]);
}

class FullPipe {
 public:
  FullPipe() {
    EXPECT_EQ(::pipe2(ends_, O_NONBLOCK | O_CLOEXEC), 0);
    const std::string filling(4096, 'x');
    for (ssize_t wrote = 1; wrote > 0; filled_ += wrote > 0 ? static_cast<std::size_t>(wrote) : 0) {
      wrote = ::write(ends_[1], filling.data(), filling.size());
    }
  }
  ~FullPipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  int in() const { return ends_[1]; }
  std::size_t filled() const { return filled_; }
  std::string read_some(std::size_t bytes) const {
    std::string text(bytes, '\0');
    const ssize_t read = ::read(ends_[0], text.data(), bytes);
    text.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
    return text;
  }

 private:
  int ends_[2];
  std::size_t filled_ = 0;
};

TEST(Row14ConsoleExporter, FullPipeIsWaitedForUntilTheDeadlineOrAStop) {
  const FullPipe pipe;
  EventMaker maker = numbered_events(3);
  ConsoleExporter exporter({.format = ConsoleFormat::kJson}, pipe.in());
  const auto begun = std::chrono::steady_clock::now();
  ExportContext context = {.deadline = begun + std::chrono::milliseconds(30), .stop = {}};
  EXPECT_EQ(exporter.export_batch(maker.batch(), context).failed, 3u);
  EXPECT_GE(std::chrono::steady_clock::now(), context.deadline);

  std::stop_source stop;
  stop.request_stop();
  context = {.deadline = begun + std::chrono::hours(1), .stop = stop.get_token()};
  EXPECT_EQ(exporter.export_batch(maker.batch(), context).failed, 3u);

  std::jthread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (std::size_t left = pipe.filled(); left > 0;) left -= pipe.read_some(left).size();
  });
  context.stop = {};
  EXPECT_EQ(exporter.export_batch(maker.batch(), context).failed, 0u);
  reader.join();
  EXPECT_EQ(pipe.read_some(1 << 16), jsonl_of(maker.batch()));
}

}  // namespace
}  // namespace tracebus::testing
