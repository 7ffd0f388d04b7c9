// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/simulated_clock.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::read_file;
using ::testing::SizeIs;
using testing::TemporaryFolder;
using testing::write_file;

void set_wall(testing::SimulatedClock& clock, std::int64_t unix_ns) {
  clock.set_wall_by(std::chrono::nanoseconds(unix_ns - clock.unix_ns()));
}

RecordedLlmCall bull_call() {
  return {.agent_name = "bull",
          .messages = {{"user", "Argue the bull case"}, {"assistant", "x", "bear"}},
          .response = "Strong demand\nand \"quotes\" \u20ac \U0001F600",
          .metadata = {{"round", 1}},
          .model = "gemini-2.5-flash",
          .input_tokens = 450,
          .output_tokens = 380,
          .cost_usd = 0.00094};
}

RecordedLlmCall extractor_call() {
  return {.agent_name = "extractor",
          .messages = {{"user", "Tesla Q3 2025 earnings..."}},
          .response = "Revenue: $25.2B (+8% YoY), gross margin: 17.1%",
          .model = "claude-haiku-3-5-20241022",
          .input_tokens = 180,
          .output_tokens = 42,
          .cost_usd = 0.00006};
}

RecordedLlmCall writer_call() {
  return {.agent_name = "writer",
          .messages = {{"user", "Revenue: $25.2B..."}},
          .response = "Tesla Q3: Revenue beat consensus by 2%...",
          .model = "gpt-4o-mini",
          .input_tokens = 60,
          .output_tokens = 85,
          .cost_usd = 0.00009};
}

Recording loaded(const std::string& path) {
  absl::StatusOr<Recording> recording = load_recording(path);
  EXPECT_TRUE(recording.ok()) << recording.status();
  return recording.ok() ? *std::move(recording) : Recording();
}

// The example of document 000, line by line.
TEST(Recorder, Row47_TheDocumentsExampleRecordsSavesAndLoads) {
  const TemporaryFolder folder;
  const std::string path = folder.file("traces/pipeline_run_001.jsonl");
  Recorder recorder;
  ASSERT_TRUE(recorder.start("pipeline").ok());
  ASSERT_TRUE(recorder.record_llm_call(extractor_call()).ok());
  ASSERT_TRUE(recorder.record_llm_call(writer_call()).ok());
  ASSERT_TRUE(recorder.end("Tesla Q3: Revenue beat consensus by 2%...").ok());
  ASSERT_TRUE(recorder.save(path).ok());
  EXPECT_THAT(recorder.entries(), SizeIs(4));
  EXPECT_THAT(recorder.llm_calls(), SizeIs(2));
  EXPECT_EQ(recorder.total_cost().value(), 150'000);  // 0.00006 + 0.00009 dollars
  const Recording recording = loaded(path);
  ASSERT_THAT(recording.entries, SizeIs(4));
  const RecordedEntry& extractor = recording.entries[1];
  EXPECT_EQ(extractor.event_type, "llm_call");
  EXPECT_EQ(extractor.agent_name, "extractor");
  EXPECT_EQ(extractor.response, extractor_call().response);
  EXPECT_EQ(extractor.messages, extractor_call().messages);
  EXPECT_EQ(extractor.model(), "claude-haiku-3-5-20241022");
  EXPECT_EQ(extractor.input_tokens(), 180);
  EXPECT_EQ(extractor.output_tokens(), 42);
  EXPECT_EQ(extractor.cost(), NanoDollars(60'000));
  EXPECT_EQ(recording.total_cost(), recorder.total_cost());
  EXPECT_EQ(recording.entries.back().response, "Tesla Q3: Revenue beat consensus by 2%...");
}

class TimedRecorder : public ::testing::Test {
 protected:
  TimedRecorder() { set_wall(clock_, 1'749'479'521'243'439'700); }

  void record() {
    ASSERT_TRUE(recorder_.start("debate").ok());
    clock_.pass(std::chrono::seconds(1));
    ASSERT_TRUE(recorder_.record_llm_call(bull_call()).ok());
    clock_.pass(std::chrono::seconds(1));
    ASSERT_TRUE(recorder_
                    .record_tool_call({.agent_name = "bull",
                                       .tool_name = "search",
                                       .arguments = R"({"q": 1})",
                                       .result = "found",
                                       .duration_ms = 2.5})
                    .ok());
    clock_.pass(std::chrono::seconds(1));
    ASSERT_TRUE(recorder_.end("Buy").ok());
  }
  std::vector<std::string> saved(RecordingFormat format) {
    const TemporaryFolder folder;
    EXPECT_TRUE(recorder_.save(folder.file("run.jsonl"), format).ok());
    return lines_of(read_file(folder.file("run.jsonl")));
  }

  testing::SimulatedClock clock_;
  Recorder recorder_;
};

TEST_F(TimedRecorder, Row47_LinesAreTheSeedsByteForByte) {
  record();
  EXPECT_THAT(
      saved(RecordingFormat::kRecorder),
      ElementsAre(
          R"({"timestamp": 1749479521.2434397, "event_type": "pattern_start", "agent_name": "", )"
          R"("messages_in": [], "response": "", "metadata": {"pattern_type": "debate"}})",
          R"({"timestamp": 1749479522.2434397, "event_type": "llm_call", "agent_name": "bull", )"
          R"("messages_in": [{"role": "user", "content": "Argue the bull case", "name": null}, )"
          R"({"role": "assistant", "content": "x", "name": "bear"}], "response": )"
          R"("Strong demand\nand \"quotes\" \u20ac \ud83d\ude00", "metadata": {"round": 1, )"
          R"("model": "gemini-2.5-flash", "input_tokens": 450, "output_tokens": 380, )"
          R"("cost_usd": 0.00094}})",
          R"({"timestamp": 1749479523.2434397, "event_type": "tool_call", "agent_name": "bull", )"
          R"("messages_in": [], "response": "found", "metadata": {"tool_name": "search", )"
          R"("arguments": "{\"q\": 1}", "duration_ms": 2.5}})",
          R"({"timestamp": 1749479524.2434397, "event_type": "pattern_end", "agent_name": "", )"
          R"("messages_in": [], "response": "Buy", "metadata": {"duration_seconds": 3.0}})"));
}

TEST_F(TimedRecorder, Row15_LinesOfTheExporterAreTheSeedsByteForByte) {
  record();
  EXPECT_THAT(
      saved(RecordingFormat::kEvents),
      ElementsAre(
          R"({"timestamp": 1749479521.2434397, "event_type": "pattern_start", "agent_name": "", )"
          R"("pattern_type": "debate", "payload": {"pattern_type": "debate"}})",
          R"({"timestamp": 1749479522.2434397, "event_type": "llm_call", "agent_name": "bull", )"
          R"("pattern_type": "debate", "payload": {"response": )"
          R"("Strong demand\nand \"quotes\" \u20ac \ud83d\ude00", "model": "gemini-2.5-flash", )"
          R"("round": 1, "input_tokens": 450, "output_tokens": 380, "cost_usd": 0.00094}})",
          R"({"timestamp": 1749479523.2434397, "event_type": "tool_call", "agent_name": "bull", )"
          R"("pattern_type": "debate", "payload": {"result": "found", "tool_name": "search", )"
          R"("arguments": "{\"q\": 1}", "duration_ms": 2.5}})",
          R"({"timestamp": 1749479524.2434397, "event_type": "pattern_end", "agent_name": "", )"
          R"("pattern_type": "", "payload": {"result_output": "Buy", "duration_seconds": 3.0}})"));
}

// The span that document 001 prints, but for the last zero of its 0.00840, which no JSON writer
// keeps.
TEST(Recorder, Section0_FlatLineIsTheDocumentsSpan) {
  testing::SimulatedClock clock;
  set_wall(clock, 1'749'479'521'243'000'000);
  Recorder recorder({.run_id = "run-174"});
  ASSERT_TRUE(recorder.start("supervisor").ok());
  ASSERT_TRUE(recorder
                  .record_llm_call({.agent_name = "billing_agent",
                                    .messages = {{"user", "secret"}},
                                    .response = "secret",
                                    .metadata = {{"workflow", "main"}, {"provider", "anthropic"}},
                                    .model = "claude-sonnet-4-20250514",
                                    .input_tokens = 180,
                                    .output_tokens = 140,
                                    .cost_usd = 0.0084,
                                    .duration_ms = 2401.3})
                  .ok());
  const TemporaryFolder folder;
  const std::string path = folder.file("spans.jsonl");
  ASSERT_TRUE(recorder.save(path, RecordingFormat::kStudio).ok());
  EXPECT_EQ(lines_of(read_file(path)).back(),
            R"({"event_type": "llm_call_end", "agent_name": "billing_agent", "workflow": "main", )"
            R"("pattern": "supervisor", "run_id": "run-174", "provider": "anthropic", )"
            R"("model": "claude-sonnet-4-20250514", "input_tokens": 180, "output_tokens": 140, )"
            R"("duration_ms": 2401.3, "cost_estimate": 0.0084, )"
            R"("timestamp": "2025-06-09T14:32:01.243Z"})");
  const Recording recording = loaded(path);
  EXPECT_EQ(recording.total_cost(), NanoDollars(8'400'000));
  EXPECT_EQ(recording.entries.back().duration_ms(), 2401.3);
  EXPECT_EQ(recording.entries.back().run_id, "run-174");
}

TEST(Recorder, FailedCallIsAnErrorInEveryFormat) {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.jsonl");
  Recorder recorder;
  ASSERT_TRUE(recorder.start("debate").ok());
  ASSERT_TRUE(recorder.record_llm_call({.agent_name = "bull", .error = "429 rate limited"}).ok());
  for (const RecordingFormat format :
       {RecordingFormat::kRecorder, RecordingFormat::kEvents, RecordingFormat::kStudio}) {
    ASSERT_TRUE(recorder.save(path, format).ok());
    const std::optional<std::string> error = loaded(path).entries.back().error();
    ASSERT_TRUE(error.has_value());
    // The flat line has no room for the words.
    EXPECT_EQ(*error, format == RecordingFormat::kStudio ? "" : "429 rate limited");
  }
}

TEST(Recorder, Row47_BusEventsMirrorTheEntries) {
  TraceEventBus bus;
  testing::Collected seen;
  testing::Collected hidden;
  const auto collect = [](testing::Collected& to) {
    return [&to](const EventView& event) {
      std::string text(event.event_type());
      for (const AttributeView& attribute : event.payload()) {
        text.append(" ").append(attribute.key);
        if (attribute.value.type() == ValueType::kString)
          text.append("=").append(attribute.value.as_string());
      }
      to.add(text + "|" + std::string(event.pattern_type()));
    };
  };
  ASSERT_TRUE(bus.subscribe(collect(seen), {.content = true}).ok());
  bus.subscribe(collect(hidden));
  Recorder recorder({.bus = &bus});
  ASSERT_TRUE(recorder.start("pipeline").ok());
  ASSERT_TRUE(
      recorder.record_llm_call({.agent_name = "a", .response = "yes", .metadata = {{"round", 1}}})
          .ok());
  ASSERT_TRUE(recorder
                  .record_llm_call({.agent_name = "a",
                                    .response = "yes",
                                    .metadata = {{"response", "no"}, {"model", "m2"}},
                                    .model = "m1"})
                  .ok());
  ASSERT_TRUE(recorder.end("done").ok());
  ASSERT_TRUE(bus.flush(testing::kLong).ok());
  ASSERT_TRUE(testing::eventually([&] { return seen.size() == 4 && hidden.size() == 4; }));
  EXPECT_THAT(seen.texts(), ElementsAre("pattern_start pattern_type=pipeline|pipeline",
                                        "llm_call response=yes model= round|pipeline",
                                        "llm_call response=no model=m2|pipeline",
                                        "pattern_end result_output=done duration_seconds|"));
  EXPECT_EQ(hidden.texts()[1], "llm_call model= round|pipeline")
      << "content is for who asks for it";
}

TEST(Recorder, Row47_DurationIsOfTheSteadyClockWhenTheWallClockJumpsBack) {
  testing::SimulatedClock clock;
  set_wall(clock, 1'749'479'521'000'000'000);
  Recorder recorder;
  ASSERT_TRUE(recorder.start("debate").ok());
  clock.pass(std::chrono::seconds(2));
  set_wall(clock, 1'749'470'000'000'000'000);
  ASSERT_TRUE(recorder.end("").ok());
  EXPECT_EQ(recorder.entries().back().duration_ms(), 2000.0);
}

TEST(Recorder, CallsOutOfOrderAreRefusedWithWhatToDo) {
  Recorder recorder;
  EXPECT_THAT(recorder.record_llm_call(bull_call()).ToString(), HasSubstr("call start("));
  EXPECT_THAT(recorder.record_tool_call({}).ToString(), HasSubstr("call start("));
  EXPECT_THAT(recorder.end("").ToString(), HasSubstr("call start("));
  ASSERT_TRUE(recorder.start("debate").ok());
  EXPECT_THAT(recorder.start("other").ToString(), HasSubstr("'debate' is open: call end("));
  ASSERT_TRUE(recorder.end("").ok());
  EXPECT_TRUE(recorder.start("other").ok());
  EXPECT_THAT(recorder.entries(), SizeIs(3));
  EXPECT_EQ(recorder.refused(), 2u);
}

TEST(Recorder, FiguresThatAreNoneAreRefusedAndNotRecorded) {
  Recorder recorder;
  ASSERT_TRUE(recorder.start("debate").ok());
  EXPECT_THAT(recorder.record_llm_call({.cost_usd = -0.5}).ToString(),
              HasSubstr("cost_usd is -0.5"));
  EXPECT_FALSE(recorder.record_llm_call({.cost_usd = std::nan("")}).ok());
  EXPECT_FALSE(recorder.record_llm_call({.input_tokens = -1}).ok());
  EXPECT_FALSE(recorder.record_llm_call({.output_tokens = -1}).ok());
  EXPECT_FALSE(
      recorder.record_llm_call({.duration_ms = std::numeric_limits<double>::infinity()}).ok());
  Value deep;
  for (int i = 0; i < 70; ++i) deep = Value::array({deep});
  EXPECT_THAT(recorder.record_llm_call({.metadata = {{"deep", deep}}}).ToString(),
              HasSubstr("64 levels"));
  EXPECT_EQ(recorder.refused(), 6u);
  EXPECT_THAT(recorder.entries(), SizeIs(1));
  EXPECT_EQ(recorder.total_cost(), NanoDollars());
}

TEST(Recorder, MemoryHasABound) {
  Recorder recorder({.bytes_max = 4096});
  ASSERT_TRUE(recorder.start("debate").ok());
  absl::Status status;
  int recorded = 0;
  for (; recorded < 100; ++recorded) {
    status = recorder.record_llm_call(bull_call());
    if (!status.ok()) break;
  }
  EXPECT_GT(recorded, 2);
  EXPECT_LT(recorded, 20);
  EXPECT_THAT(status.ToString(), HasSubstr("bytes_max, 4096"));
}

TEST(Recorder, ThreadsRecordIntoOneRunAndNothingIsLost) {
  Recorder recorder;
  ASSERT_TRUE(recorder.start("debate").ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 250; ++n) EXPECT_TRUE(recorder.record_llm_call(writer_call()).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(recorder.llm_calls(), SizeIs(1000));
  EXPECT_EQ(recorder.total_cost().value(), 1000 * 90'000);
}

TEST(RecorderSave, Row47_ReplacesTheFileAtOnceAndForItsOwnerAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.jsonl");
  write_file(path, "what was there before\n");
  Recorder recorder;
  ASSERT_TRUE(recorder.start("debate").ok());
  ASSERT_TRUE(recorder.save(path).ok());
  EXPECT_THAT(lines_of(read_file(path)), ElementsAre(HasSubstr("pattern_start")));
  EXPECT_THAT(folder.names(), ElementsAre("run.jsonl"));
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// SQLite's method: the k-th call fails, for each k.
TEST(RecorderSave, Row47_AFaultLeavesTheOldFileOrTheNewOneAndNothingBesideIt) {
  Recorder recorder;
  ASSERT_TRUE(recorder.start("debate").ok());
  bool struck = true;
  for (std::uint64_t k = 1; struck; ++k) {
    SCOPED_TRACE("call " + std::to_string(k));
    const TemporaryFolder folder;
    const std::string path = folder.file("run.jsonl");
    write_file(path, "old\n");
    testing::FaultyFileSystem files({.at_call = k, .error = ENOSPC, .is_short_write = true});
    Recorder faulty({.file_system = &files});
    ASSERT_TRUE(faulty.start("debate").ok());
    const absl::Status saved = faulty.save(path);
    struck = files.has_struck();
    ASSERT_LT(k, 50u);
    const bool is_new = read_file(path).find("pattern_start") != std::string::npos;
    EXPECT_TRUE(is_new || read_file(path) == "old\n");
    EXPECT_TRUE(is_new || !saved.ok());
    EXPECT_THAT(folder.names(), ElementsAre("run.jsonl"));
    if (saved.ok()) continue;
    EXPECT_THAT(saved.ToString(), HasSubstr("make room on the disk"));
  }
}

TEST(RecorderSave, ReplacesNothingThatIsNoFile) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(folder.file("target"), folder.file("link"));
  Recorder recorder;
  EXPECT_THAT(recorder.save("").ToString(), HasSubstr("give the path of a file"));
  EXPECT_THAT(recorder.save(folder.path().string()).ToString(), HasSubstr("it is a folder"));
  EXPECT_THAT(recorder.save(folder.file("link")).ToString(), HasSubstr("no regular file"));
  EXPECT_THAT(recorder.save("/dev/null").ToString(), HasSubstr("no regular file"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace tracebus
