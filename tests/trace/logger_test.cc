// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/tests/core/allocation_count.h"
#include "tracebus/tests/trace/manual_clock.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/tests/trace/task.h"
#include "tracebus/trace/log_context.h"
#include "tracebus/trace/log_line.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Lines {
 public:
  LogLineSink sink() {
    return [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
    };
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  std::string take_one() {
    std::vector<std::string> lines = take();
    return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " lines";
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

struct LoggerRig {
  testing::ManualClock clock{0.123456789};
  Lines lines;
  Logger log{"agents.alpha",
             {.level_min = LogLevel::kDebug, .sink = lines.sink(), .clock = &clock}};
};

std::string line_of(const LogLine& line) {
  std::string text;
  append_log_line(text, line);
  return text;
}

TEST(Logger, Row55_LinesAreTheSeedsObject) {
  LoggerRig rig;
  rig.log.info("starting");
  EXPECT_EQ(rig.lines.take_one(),
            R"({"timestamp":"2023-11-14T22:13:20.123456+00:00","level":"INFO",)"
            R"("logger":"agents.alpha","message":"starting"})"
            "\n");
  const LogContext bound({{"agent_name", "alpha"}, {"task_id", "t-1"}});
  rig.log.exception("the call failed", std::runtime_error("no judge"));
  EXPECT_EQ(rig.lines.take_one(),
            R"({"timestamp":"2023-11-14T22:13:20.123456+00:00","level":"ERROR",)"
            R"("logger":"agents.alpha","message":"the call failed",)"
            R"("extra":{"agent_name":"alpha","task_id":"t-1"},)"
            R"("exception":"std::runtime_error: no judge"})"
            "\n");
}

TEST(Logger, Row55_LevelsAreThoseOfTheSeed) {
  EXPECT_EQ(Logger("x").level_min(), LogLevel::kWarning);
  LoggerRig rig;
  rig.log.debug("m");
  rig.log.warning("m");
  rig.log.critical("m");
  EXPECT_THAT(rig.lines.take(), ElementsAre(HasSubstr("\"DEBUG\""), HasSubstr("\"WARNING\""),
                                            HasSubstr("\"CRITICAL\"")));
  rig.log.set_level_min(LogLevel::kError);
  rig.log.warning("below");
  rig.log.error("m");
  EXPECT_THAT(rig.lines.take(), ElementsAre(HasSubstr("\"ERROR\"")));
  EXPECT_EQ(log_level_called("warning"), LogLevel::kWarning);
  EXPECT_EQ(log_level_called("Debug"), LogLevel::kDebug);
  EXPECT_EQ(log_level_called("verbose"), std::nullopt);
  EXPECT_EQ(log_level_called(""), std::nullopt);
}

// A million lines that nobody reads cost no memory.
TEST(Logger, Row55_LinesBelowTheLevelAreNotBuilt) {
  Logger log("quiet");
  const std::size_t before = testing::allocation_count();
  log.info("unseen", {{"tokens", 412}});
  EXPECT_EQ(testing::allocation_count(), before);
}

TEST(LogContext, Row55_ScopesNestAndTheInnerValueCounts) {
  LoggerRig rig;
  {
    const LogContext outer({{"agent_name", "alpha"}, {"step", 1}});
    {
      LogContext inner({{"step", 2}, {"tool", "search"}});
      rig.log.info("m", {{"tool", "fetch"}, {"ok", true}});
      EXPECT_THAT(rig.lines.take_one(),
                  HasSubstr(R"("extra":{"agent_name":"alpha","step":2,"tool":"fetch","ok":true})"));
      inner.end();
      rig.log.info("m");
      EXPECT_THAT(rig.lines.take_one(), HasSubstr(R"("extra":{"agent_name":"alpha","step":1})"));
    }
  }
  rig.log.info("m");
  EXPECT_THAT(rig.lines.take_one(), Not(HasSubstr("extra")));
}

// The fields are copied: what they were made of may go.
TEST(LogContext, Row55_FieldsOutliveTheirTexts) {
  LoggerRig rig;
  std::string value(100, 'v');
  const LogContext bound({{"key", value}});
  value.assign(100, 'x');
  rig.log.info("m");
  EXPECT_THAT(rig.lines.take_one(), HasSubstr(std::string(100, 'v')));
}

TEST(LogContext, Row55_ThreadsHaveTheirOwnUnlessTheContextIsHandedOn) {
  LoggerRig rig;
  const LogContext bound({{"task_id", "t-1"}});
  std::thread([&] { rig.log.info("m"); }).join();
  EXPECT_THAT(rig.lines.take_one(), Not(HasSubstr("extra")));
  std::thread(Context::current().wrap([&] { rig.log.info("m"); })).join();
  EXPECT_THAT(rig.lines.take_one(), HasSubstr(R"("extra":{"task_id":"t-1"})"));
}

testing::Detached task(testing::Executor& executor, Logger& log, int number) {
  const LogContext bound({{"task", number}});
  for (int step = 0; step < 10; ++step) {
    co_await executor.hop();
    const LogContext inner({{"step", step}});
    co_await executor.hop();
    log.info(std::to_string(number) + "." + std::to_string(step));
  }
  executor.remove_pending();
}

// Oracle: each line's extra says what its message says, whatever thread the task went on upon.
TEST(LogContext, Row55_TasksCarryTheirOwnAcrossThreads) {
  constexpr int kTasks = 100;
  LoggerRig rig;
  testing::Executor executor(4);
  for (int i = 0; i < kTasks; ++i) {
    executor.add_pending();
    task(executor, rig.log, i);
  }
  executor.join();
  const std::vector<std::string> lines = rig.lines.take();
  EXPECT_EQ(lines.size(), kTasks * 10u);
  for (const std::string& line : lines) {
    const std::size_t at = line.find("\"message\":\"") + 11;
    const std::string message = line.substr(at, line.find('"', at) - at);
    const std::size_t dot = message.find('.');
    EXPECT_THAT(line, HasSubstr("\"extra\":{\"task\":" + message.substr(0, dot) +
                                ",\"step\":" + message.substr(dot + 1) + "}"));
  }
}

TEST(LogContext, Row55_IsNoAttributeOfSpans) {
  testing::SpanRig rig;
  const LogContext bound({{"task_id", "t-1"}});
  { const Span span = rig.tracer.tool("search"); }
  EXPECT_EQ(rig.take_end()["task_id"], "");
}

TEST(Logger, Row55_IdsOfTheSpanAreAddedWhereTheyAreAskedFor) {
  testing::SpanRig rig;
  Lines lines;
  Logger log("a", {.level_min = LogLevel::kInfo, .sink = lines.sink(), .ids = true});
  log.info("outside");
  EXPECT_THAT(lines.take_one(), Not(HasSubstr("extra")));
  const Span span = rig.tracer.agent("alpha");
  log.info("inside");
  EXPECT_THAT(lines.take_one(), HasSubstr("\"trace_id\":\"" + span.ids().trace_id.hex() +
                                          "\",\"span_id\":\"" + span.ids().span_id.hex() + "\"}"));
}

// CWE-117: what others say neither ends a line nor rearranges it.
TEST(Logger, Row55_TextsCannotForgeLines) {
  const Attribute hostile[] = {{"k\n", "v\r\n{\"level\":\"INFO\"}"}};
  const std::string line = line_of({.logger = "a\nb",
                                    .message = "x\"}\n{\"level\":\"CRITICAL\"}\x1b[2J",
                                    .context = hostile,
                                    .exception = "\xe2\x80\xae\xff"});
  EXPECT_EQ(line.find_first_of("\n\r\x1b"), line.npos);
  EXPECT_THAT(line, HasSubstr(R"("message":"x\"}\n{\"level\":\"CRITICAL\"}\u001b[2J")"));
  EXPECT_THAT(line, HasSubstr(R"("extra":{"k\n":"v\r\n{\"level\":\"INFO\"}"})"));
  EXPECT_THAT(line, EndsWith("\"exception\":\"\\u202e\xEF\xBF\xBD\"}"));
}

TEST(Logger, Row55_ValuesOfEveryTypeAreJson) {
  Value deep = 1;
  for (int i = 0; i < 100; ++i) deep = Value::array({deep});
  const std::byte bytes[] = {std::byte{0}, std::byte{255}};
  const Attribute all[] = {{"null", nullptr},
                           {"bool", false},
                           {"number", -1.5},
                           {"nan", std::numeric_limits<double>::quiet_NaN()},
                           {"bytes", Bytes(bytes)},
                           {"list", Value::array({1, "two"})},
                           {"object", Value::object({{"k", Value::array({})}})},
                           {"deep", deep}};
  EXPECT_THAT(line_of({.fields = all}),
              HasSubstr(R"("extra":{"null":null,"bool":false,"number":-1.5,"nan":null,)"
                        R"("bytes":"AP8=","list":[1,"two"],"object":{"k":[]},"deep":null})"));
}

TEST(Logger, Row55_ASinkThatThrowsIsCountedAndHarmsNobody) {
  Logger log("a", {.sink = [](std::string_view) { throw std::runtime_error("disk full"); }});
  log.error("m");
  log.exception("m", std::logic_error("x"));
  EXPECT_EQ(log.failures(), 2u);
}

// Oracle: on the pipe that is standard error, each line is whole.
TEST(Logger, Row55_WithoutASinkLinesGoWholeToStandardError) {
  ::testing::internal::CaptureStderr();
  Logger log("a");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) log.error("line", {{"filler", std::string(200, 'x')}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream captured(::testing::internal::GetCapturedStderr());
  int lines = 0;
  for (std::string line; std::getline(captured, line); ++lines) {
    EXPECT_THAT(line, StartsWith("{\"timestamp\":\""));
    EXPECT_THAT(line, EndsWith("x\"}}"));
  }
  EXPECT_EQ(lines, 400);
  EXPECT_EQ(log.failures(), 0u);
}

}  // namespace
}  // namespace tracebus
