// SPDX-License-Identifier: Apache-2.0
//
// What was recorded from a bus is replayed: to agents, and onto another bus.
#include "tracebus/trace/replay_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/trace/recording_bus.h"
#include "tracebus/trace/replay_llm.h"

namespace tracebus {
namespace {

using std::chrono::nanoseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kLong;
using testing::read_file;
using ::testing::SizeIs;
using testing::TemporaryFolder;

// Holds all that a test emits, so that nothing is dropped.
BusRecordingOptions roomy() {
  BusRecordingOptions options;
  options.exporter.queue_bytes_max = std::size_t{256} << 20;
  return options;
}

void record_random_events(const std::string& path, std::uint64_t seed) {
  TraceEventBus bus;
  const auto recording = BusRecording::start(bus, path, roomy());
  ASSERT_TRUE(recording.ok());
  testing::EventGenerator events(seed);
  for (int i = 0; i < 500; ++i) {
    while (bus.emit(events.next()) == EmitResult::kFull) std::this_thread::yield();
  }
  ASSERT_TRUE((*recording)->stop(kLong).ok());
}

// A line holds every field of its event: type, agent, pattern, time to the nanosecond, payload in
// its order, ids, and origin.
TEST(EventReplay, Row49_EventsOfARecordingAreTheSameInEveryField) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TemporaryFolder folder;
    record_random_events(folder.file("first.jsonl"), seed);
    TraceEventBus bus;
    const auto recording = BusRecording::start(bus, folder.file("second.jsonl"), roomy());
    ASSERT_TRUE(recording.ok());
    const auto reader = open_jsonl(folder.file("first.jsonl"));
    ASSERT_TRUE(reader.ok());
    const auto replayed = replay_events(**reader, bus, {.speed = 0});
    ASSERT_TRUE(replayed.ok()) << replayed.status();
    EXPECT_GT(replayed->accepted, 400u);
    EXPECT_EQ(replayed->refused + replayed->unwanted + replayed->account.bad_lines, 0u);
    ASSERT_TRUE((*recording)->stop(kLong).ok());
    EXPECT_EQ(testing::lines_of(read_file(folder.file("second.jsonl"))),
              testing::lines_of(read_file(folder.file("first.jsonl"))));
  }
}

// Agents that ask a model and a tool, over a bus that is recorded; and then the recording instead.
TEST(EventReplay, Row49_ARunRecordedFromABusReplaysEndToEnd) {
  for (const auto format : {std::optional<RecordingFormat>(), {RecordingFormat::kRecorder}}) {
    const TemporaryFolder folder;
    const std::string path = folder.file("runs.jsonl");
    using Model = std::function<std::string(const std::string&)>;
    const auto agent_loop = [](const Model& model, const Model& tool) {
      const std::string plan = model("plan");
      return model("answer with " + tool(plan));
    };
    std::string live;
    {
      TraceEventBus bus;
      const auto recording = BusRecording::start(bus, path, {.recording = {.format = format}});
      ASSERT_TRUE(recording.ok());
      const auto emit = [&](std::string_view type, Payload payload) {
        bus.emit({.event_type = type,
                  .agent_name = "a",
                  .payload = std::move(payload),
                  .foreign_ids = {.run_id = "r"}});
      };
      const Model model = [&](const std::string& question) {
        emit("llm_call_start", {{"messages", std::string_view(question)}});
        const std::string answer = "<" + question + ">";
        emit("llm_call_end", {{"response", std::string_view(answer)}});
        return answer;
      };
      const Model tool = [&](const std::string& arguments) {
        emit("tool_start", {{"tool_name", "t"}, {"arguments", std::string_view(arguments)}});
        const std::string result = "[" + arguments + "]";
        emit("tool_end", {{"tool_name", "t"}, {"result", std::string_view(result)}});
        return result;
      };
      emit("pattern_start", {{"pattern_type", "loop"}});
      live = agent_loop(model, tool);
      emit("pattern_end", {{"result_output", std::string_view(live)}});
      ASSERT_TRUE((*recording)->stop(kLong).ok());
    }
    const auto source = ReplaySource::load(path);
    ASSERT_TRUE(source.ok());
    const ReplayOptions options = {.match = ReplayMatch::kByRequest, .run = "r"};
    const auto llm = (*source)->llm("a", options);
    const auto tools = (*source)->tools("a", options);
    ASSERT_TRUE(llm.ok() && tools.ok()) << llm.status() << tools.status();
    const auto ask = [&](const std::string& question) {
      const auto answer = (*llm)->call({{"user", question}});
      return answer.ok() ? answer->response() : answer.status().ToString();
    };
    const auto use = [&](const std::string& arguments) {
      const auto result = (*tools)->call("t", arguments);
      return result.ok() ? result->response() : result.status().ToString();
    };
    EXPECT_EQ(agent_loop(ask, use), live);
    EXPECT_EQ((*llm)->left() + (*tools)->left(), 0u);
  }
}

// A clock that stands still but for sleeps.
class VirtualTime {
 public:
  EventReplayOptions options(double speed) {
    return {.speed = speed,
            .now = [this] { return now_; },
            .sleep_until = [this](SteadyTime due) { now_ = due; }};
  }
  std::int64_t ns() const { return (now_ - SteadyTime()).count(); }

 private:
  SteadyTime now_;
};

constexpr std::string_view kTimedLines =
    R"({"timestamp": 1749479521.25, "event_type": "agent_start", "payload": {}})"
    "\n"
    R"({"timestamp": 1749479523.75, "event_type": "agent_start", "payload": {}})"
    "\n"
    R"({"timestamp": 1749479522.0, "event_type": "agent_start", "payload": {}})"
    "\n"
    R"({"event_type": "agent_start", "payload": {}})"
    "\n"
    R"({"timestamp": 1749479524.250000001, "event_type": "agent_start", "payload": {}})"
    "\n";

// When each event was emitted, in virtual nanoseconds since the first.
std::vector<std::int64_t> emitted_at(double speed) {
  VirtualTime time;
  TraceEventBus bus({.threading = Threading::kManual});
  std::vector<std::int64_t> times;
  const auto note = [&](const EventView&) { times.push_back(time.ns()); };
  EXPECT_TRUE(bus.subscribe(note, {.run_on = RunOn::kDispatcher}).ok());
  EventReplayOptions options = time.options(speed);
  const auto sleep = options.sleep_until;
  options.sleep_until = [&](SteadyTime due) {
    EXPECT_TRUE(bus.poll().ok());  // what came before, at its time
    sleep(due);
  };
  const auto reader = read_jsonl(kTimedLines);
  EXPECT_TRUE(replay_events(*reader, bus, options).ok());
  EXPECT_TRUE(bus.poll().ok());
  return times;
}

TEST(EventReplay, Row49_ThePaceIsThatOfTheRecordingTimesSpeed) {
  constexpr std::int64_t kMs = 1'000'000;
  EXPECT_THAT(emitted_at(1), ElementsAre(0, 2500 * kMs, 2500 * kMs, 2500 * kMs, 3000 * kMs + 1));
  EXPECT_THAT(emitted_at(10), ElementsAre(0, 250 * kMs, 250 * kMs, 250 * kMs, 300 * kMs));
  EXPECT_THAT(emitted_at(0.5), ElementsAre(0, 5000 * kMs, 5000 * kMs, 5000 * kMs, 6000 * kMs + 2));
  EXPECT_THAT(emitted_at(0), ElementsAre(0, 0, 0, 0, 0));
}

TEST(EventReplay, WallTimesAreKeptWhateverThePace) {
  TraceEventBus bus;
  testing::Collected times;
  bus.subscribe([&](const EventView& event) {
    char text[kTimestampTextMax];
    times.add({text, format_decimal_seconds(event.timestamp(), text)});
  });
  VirtualTime time;
  const auto reader = read_jsonl(kTimedLines);
  ASSERT_TRUE(replay_events(*reader, bus, time.options(1000)).ok());
  ASSERT_TRUE(testing::eventually([&] { return times.size() == 5; }));
  EXPECT_EQ(times.texts()[0], "1749479521.25");
  EXPECT_EQ(times.texts()[4], "1749479524.250000001");
}

TEST(EventReplay, AStopEndsTheWait) {
  TraceEventBus bus;
  testing::Collected seen;
  bus.subscribe([&](const EventView&) { seen.add(""); });
  std::stop_source stop;
  std::atomic<std::uint64_t> accepted{0};
  std::thread replaying([&] {
    const auto reader = read_jsonl(kTimedLines);
    const auto replayed = replay_events(*reader, bus, {.speed = 1e-6, .stop = stop.get_token()});
    accepted = replayed.ok() ? replayed->accepted : 99;
  });
  EXPECT_TRUE(testing::eventually([&] { return seen.size() == 1; }));
  stop.request_stop();
  replaying.join();
  EXPECT_LE(accepted, 2u) << "the one that it waited for may have gone out";
}

TEST(EventReplay, SpeedsThatAreNoneAreRefused) {
  TraceEventBus bus;
  for (const double speed : {-1.0, std::nan(""), HUGE_VAL}) {
    const auto reader = read_jsonl(kTimedLines);
    EXPECT_THAT(replay_events(*reader, bus, {.speed = speed}).status().ToString(),
                HasSubstr("speed is"));
  }
}

TEST(EventReplay, EventsThatNobodyWantsAreCounted) {
  TraceEventBus bus;
  const auto reader = read_jsonl(kTimedLines);
  const auto replayed = replay_events(*reader, bus, {.speed = 0});
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(replayed->unwanted, 5u);
  EXPECT_EQ(replayed->account.events, 5u);
}

}  // namespace
}  // namespace tracebus
