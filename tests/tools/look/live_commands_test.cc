// SPDX-License-Identifier: Apache-2.0
//
// tail and top beside a Studio that runs, and top of a file that grows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "tracebus/core/timestamp.h"
#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using testing::append_line;
using testing::count_at;
using testing::eventually;
using ::testing::HasSubstr;
using testing::kSample;
using ::testing::Not;
using testing::number_at;
using testing::output_of;
using testing::ProgramResult;
using testing::run_program;
using testing::RunningProgram;
using testing::TemporaryFolder;
using testing::text_at;

std::string seconds_ago(int seconds) {
  return std::to_string(Timestamp::now().to_unix_ns() / 1'000'000'000 - seconds);
}
// A call as an agent's file has it; more: other members, each behind a comma.
std::string call(const std::string& agent, int ms, const std::string& more = "") {
  return R"({"event_type":"llm_call","agent_name":")" + agent +
         R"(","model":"m","run_id":"r","timestamp":)" + seconds_ago(1) + R"(,"duration_ms":)" +
         std::to_string(ms) + more + "}";
}

// A Studio that has loaded what it was given.
class RunningStudio {
 public:
  explicit RunningStudio(std::vector<std::string> arguments, const std::string& port = "0")
      : program_([&] {
          arguments.insert(arguments.begin(), "studio");
          arguments.insert(arguments.end(), {"--port", port, "--no-otlp"});
          return arguments;
        }()) {
    const auto has_loaded = [&] {
      return program_.out_so_far().find('\n') != std::string::npos &&
             run_program({"top", url(), "-n", "1"}).status == 0 &&
             program_.err_so_far().find(" event") != std::string::npos;
    };
    EXPECT_TRUE(eventually(has_loaded)) << program_.out_so_far() << program_.err_so_far();
  }
  std::string url() const {
    const std::string out = program_.out_so_far();
    return out.substr(0, out.find('\n'));
  }
  void end() {
    program_.send_signal(SIGTERM);
    (void)program_.wait();
  }

 private:
  RunningProgram program_;
};

TEST(LiveCommandsTest, TailOfAStudioShowsWhatTailOfItsFileShows) {
  const RunningStudio studio({kSample});
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"-n", "3"},
                                             {},
                                             {"--type", "llm_call", "-n", "2"},
                                             {"--agent", "Policy Checker", "--status", "error"},
                                             {"--text", "no such text"},
                                             {"--json", "--model", "gpt-4o-mini"},
                                             {"-n", "0"}}) {
    std::vector<std::string> of_file = {"tail", kSample}, of_studio = {"tail", studio.url()};
    of_file.insert(of_file.end(), options.begin(), options.end());
    of_studio.insert(of_studio.end(), options.begin(), options.end());
    const std::string expected = output_of(of_file), shown = output_of(of_studio);
    if (options != std::vector<std::string>{"--json", "--model", "gpt-4o-mini"}) {
      EXPECT_EQ(shown, expected) << ::testing::PrintToString(options);
    } else {
      EXPECT_EQ(std::ranges::count(shown, '\n'), std::ranges::count(expected, '\n'));
      EXPECT_THAT(shown, AllOf(HasSubstr(R"("model":"gpt-4o-mini")"), Not(HasSubstr("gemini"))));
    }
  }
}

TEST(LiveCommandsTest, TheTokenOfTheLinkIsSentAndNeverShown) {
  const RunningStudio studio({kSample, "--host", "127.0.0.1"});
  const std::string url = studio.url(), bare = url.substr(0, url.find('#'));
  ASSERT_NE(url, bare);
  EXPECT_EQ(output_of({"tail", url, "-n", "2"}), output_of({"tail", kSample, "-n", "2"}));
  EXPECT_THAT(output_of({"top", url, "-n", "1"}),
              AllOf(HasSubstr(bare), HasSubstr("17 events"), Not(HasSubstr("token"))));
  const ProgramResult refused = run_program({"tail", bare});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("401 this needs the token"));
}

TEST(LiveCommandsTest, TailFollowsAStudioThatGoesAwayAndComesBack) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  append_line(path, call("first", 5));
  RunningStudio studio({path, "--follow"});
  RunningProgram tail({"tail", "-f", studio.url(), "--attr", "note=a b&c=d"});
  append_line(path, call("hidden", 5, R"(,"note":"a b")"));
  append_line(path, call("second", 5, R"(,"note":"a b&c=d")"));
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("second") != std::string::npos; }))
      << tail.err_so_far();
  append_line(path, R"({"event_type":"llm_call_start","agent_name":"third","span_id":"s",)"
                    R"("run_id":"r","timestamp":1750000000})");
  append_line(path, R"({"event_type":"llm_call_end","agent_name":"third","span_id":"s",)"
                    R"("run_id":"r","timestamp":1750000002.5,"note":"a b&c=d"})");
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("third") != std::string::npos; }));
  studio.end();
  EXPECT_TRUE(
      eventually([&] { return tail.err_so_far().find("trying again") != std::string::npos; }));
  tail.send_signal(SIGINT);
  const ProgramResult result = tail.wait();
  EXPECT_EQ(result.status, 1) << "something may be missing";
  EXPECT_THAT(result.out, AllOf(Not(HasSubstr("hidden")), Not(HasSubstr("first"))));
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 2);
  EXPECT_THAT(result.out, HasSubstr("2500.0ms")) << "as its start and its end tell";
}

TEST(LiveCommandsTest, UsersAsk14_TailShowsEachEventHoweverManyComeAtOnce) {
  constexpr int kEvents = 50'000;  // several pages
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  append_line(path, call("before", 5));
  RunningStudio studio({path, "--follow"});
  RunningProgram tail({"tail", "-f", "--json", "-n", "1", studio.url(), "--run", "r"});
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("before") != std::string::npos; }));
  std::string lines;
  for (int i = 0; i < kEvents; ++i) lines += call("agent " + std::to_string(i), 5) + "\n";
  append_line(path, lines + call("last", 5));
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("\"last\"") != std::string::npos; }))
      << tail.err_so_far();
  tail.send_signal(SIGINT);
  const ProgramResult result = tail.wait();
  EXPECT_EQ(result.err, "");
  std::istringstream shown(result.out);
  std::string line;
  std::getline(shown, line);  // before
  for (int i = 0; i < kEvents; ++i) {
    std::getline(shown, line);
    ASSERT_THAT(line, HasSubstr("\"agent " + std::to_string(i) + "\""));
  }
  EXPECT_EQ(std::ranges::count(result.out, '\n'), kEvents + 2);
}

TEST(LiveCommandsTest, Row74_TailOfAStudioThatIsStartedAnewShowsItsEventsFromTheFirst) {
  const TemporaryFolder folder;
  const std::string before = folder.file("before.jsonl"), after = folder.file("after.jsonl");
  for (int i = 0; i < 5; ++i) append_line(before, call("loaded", 5));
  append_line(after, call("not live", 5));
  auto studio = std::make_unique<RunningStudio>(std::vector<std::string>{before, "--follow"});
  const std::string url = studio->url();
  RunningProgram tail({"tail", "-f", "-n", "1", url});
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("loaded") != std::string::npos; }));
  append_line(before, call("first life", 5));
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("first") != std::string::npos; }));
  studio->end();
  const std::size_t port = url.rfind(':') + 1;
  studio = std::make_unique<RunningStudio>(std::vector<std::string>{after, "--follow"},
                                           url.substr(port, url.find('/', port) - port));
  append_line(after, call("second life", 5));
  append_line(after, call("and more", 5));
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("more") != std::string::npos; }))
      << tail.err_so_far();
  tail.send_signal(SIGINT);
  const ProgramResult result = tail.wait();
  EXPECT_THAT(result.out, AllOf(HasSubstr("second life"), Not(HasSubstr("not live"))));
  EXPECT_THAT(result.err, HasSubstr("started anew"));
}

TEST(LiveCommandsTest, AStudioWithoutEventsIsWatchedFromItsFirst) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  append_line(path, "");
  RunningStudio studio({path, "--follow"});
  EXPECT_EQ(output_of({"tail", studio.url()}), "");
  RunningProgram tail({"tail", "-f", studio.url()});
  append_line(path, call("first", 5));
  append_line(path, call("second", 5));
  EXPECT_TRUE(eventually([&] { return tail.out_so_far().find("second") != std::string::npos; }))
      << tail.err_so_far();
  tail.send_signal(SIGINT);
  const ProgramResult result = tail.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 2) << result.out;
}

TEST(LiveCommandsTest, WhereNoStudioIsIsSaid) {
  for (const std::string command : {"tail", "top"}) {
    const ProgramResult result = run_program({command, "http://127.0.0.1:9/#token=secret"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("tracebus " + command + ": http://127.0.0.1:9"),
                      HasSubstr("is a Studio running there?"), Not(HasSubstr("secret"))));
  }
  EXPECT_EQ(run_program({"top", "/no/such/file"}).status, 2);
}

// The same events, as a file that grows and as a Studio beside it.
TEST(LiveCommandsTest, TopSaysHowASwarmIsDoingNow) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  append_line(path, R"({"event_type":"llm_call","agent_name":"long ago","model":"m",)"
                    R"("timestamp":1750000000,"duration_ms":90000,"cost_usd":5})");
  append_line(path, R"({"event_type":"agent_start","agent_name":"busy","run_id":"open one",)"
                    R"("workflow":"triage","timestamp":)" +
                        seconds_ago(2) + "}");
  append_line(path, call("quick", 5, R"(,"cost_usd":0.25)"));
  append_line(path, call("slow", 800, R"(,"cost_usd":0.5)"));
  append_line(path, R"({"event_type":"tool_end","agent_name":"handy","tool_name":"grep",)"
                    R"("run_id":"r","duration_ms":300,"timestamp":)" +
                        seconds_ago(1) + "}");
  append_line(path, R"({"event_type":"error","agent_name":"unlucky","run_id":"r","timestamp":)" +
                        seconds_ago(1) + "}");
  RunningStudio studio({path});
  for (const std::string& source : {path, studio.url()}) {
    simdjson::dom::parser parser;
    const simdjson::dom::element top =
        testing::json_of(parser, {"top", source, "-n", "1", "--json"});
    EXPECT_EQ(count_at(top, "/events"), 6);
    EXPECT_EQ(count_at(top, "/open_runs"), 1);
    EXPECT_EQ(text_at(top, "/runs/0/run_id"), "open one");
    EXPECT_EQ(text_at(top, "/runs/0/workflow"), "triage");
    EXPECT_DOUBLE_EQ(number_at(top, "/cost_usd_per_minute"), 0.75);
    EXPECT_EQ(count_at(top, "/calls_per_minute"), 2);
    EXPECT_EQ(count_at(top, "/errors_per_minute"), 1);
    EXPECT_EQ(text_at(top, "/errors/0/agent_name"), "unlucky");
    EXPECT_EQ(text_at(top, "/slowest/0/agent_name"), "slow");
    EXPECT_EQ(text_at(top, "/slowest/1/name"), "grep");
    EXPECT_EQ(text_at(top, "/slowest/2/agent_name"), "quick");
    EXPECT_TRUE(top.at_pointer("/events_per_second").is_null());
    EXPECT_EQ(top.at_pointer("/dropped").is_null(), source == path);
    const std::string text = output_of({"top", source, "-n", "1", "--color", "never"});
    EXPECT_THAT(text,
                AllOf(HasSubstr("6 events"), HasSubstr("1 open run"), HasSubstr("$0.7500/min"),
                      HasSubstr("1 errors/min"), HasSubstr("triage"), HasSubstr("unlucky"),
                      Not(HasSubstr("long ago")), Not(HasSubstr("\x1b"))));
  }
}

// Of a file and of a Studio, whose first event is a few seconds old.
TEST(LiveCommandsTest, TopDividesByTheTimeSeenInTheFirstMinute) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  append_line(path, R"({"event_type":"agent_start","agent_name":"a","run_id":"r","timestamp":)" +
                        seconds_ago(3) + "}");
  for (int i = 0; i < 10; ++i) append_line(path, call("a", 5, R"(,"cost_usd":0.25)"));
  RunningStudio studio({path});
  for (const std::string& source : {path, studio.url()}) {
    simdjson::dom::parser parser;
    const simdjson::dom::element top =
        testing::json_of(parser, {"top", source, "-n", "1", "--json"});
    EXPECT_GT(count_at(top, "/calls_per_minute"), 10) << source;
    EXPECT_LE(count_at(top, "/calls_per_minute"), 200) << source;
    EXPECT_GT(number_at(top, "/cost_usd_per_minute"), 2.5) << source;
  }
}

TEST(LiveCommandsTest, TopLooksAgainAndCountsWhatCame) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  append_line(path, call("first", 5));
  RunningProgram top({"top", path, "--json", "--interval", "0.1"});
  const auto has = [&](const std::string& text) {
    return eventually([&] { return top.out_so_far().find(text) != std::string::npos; });
  };
  EXPECT_TRUE(has(R"("events":1,"events_per_second":null)"));
  EXPECT_TRUE(has(R"("events":1,"events_per_second":0.0)"));
  append_line(path, "nonsense");
  append_line(path, call("second", 5));
  EXPECT_TRUE(has(R"("events":2,"events_per_second":0.0)"));
  top.send_signal(SIGINT);
  const ProgramResult result = top.wait();
  EXPECT_EQ(result.status, 1) << "a line was bad";
  const std::size_t rise = result.out.find(R"("events":2,"events_per_second":)");
  ASSERT_NE(rise, std::string::npos);
  EXPECT_GT(std::stod(result.out.substr(rise + 31)), 0.0) << result.out.substr(rise);
}

}  // namespace
}  // namespace tracebus
