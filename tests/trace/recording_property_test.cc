// SPDX-License-Identifier: Apache-2.0
//
// Random recordings: what was recorded comes back from the file, and the file is what Python would
// have written, as Python's own json says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/trace/random_entry.h"
#include "tracebus/trace/python_json.h"
#include "tracebus/trace/replay_llm.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus {
namespace {

using testing::RandomEntries;
using testing::TemporaryFolder;
using testing::write_file;

// The time that the nearest double of seconds stands for, to the nanosecond that its text has.
Timestamp as_double(const Timestamp& time) {
  char text[kTimestampTextMax];
  double seconds = 0;
  std::from_chars(text, text + format_decimal_seconds(time, text), seconds);
  std::string shortest;
  append_python_json_double(shortest, seconds);
  return parse_decimal_seconds(shortest).value();
}

void record_run(Recorder& recorder, RandomEntries& random) {
  ASSERT_TRUE(recorder.start(random.text()).ok());
  for (std::uint64_t calls = random.below(6); calls > 0; --calls) {
    if (random.below(3) == 0) {
      const std::string name = random.text();
      const std::string arguments = random.text();
      ASSERT_TRUE(recorder.record_tool_call({.tool_name = name, .arguments = arguments}).ok());
    } else {
      ASSERT_TRUE(recorder.record_llm_call(random.call()).ok());
    }
  }
  ASSERT_TRUE(recorder.end(random.text()).ok());
}

std::string text_of(const std::vector<RecordedEntry>& entries, RecordingFormat format) {
  std::string text;
  for (const RecordedEntry& entry : entries) {
    append_recording_line(text, entry, format);
    text += '\n';
  }
  return text;
}

class RecordingProperty : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RecordingProperty, Row48_WhatWasRecordedComesBackWhole) {
  const TemporaryFolder folder(testing::memory_folder());
  const std::string path = folder.file("run.jsonl");
  RandomEntries random(GetParam());
  Recorder recorder;
  record_run(recorder, random);
  record_run(recorder, random);
  ASSERT_TRUE(recorder.save(path).ok());
  const absl::StatusOr<Recording> recording = load_recording(path);
  ASSERT_TRUE(recording.ok()) << recording.status();
  EXPECT_EQ(recording->account.bad_lines + recording->account.repaired, 0u);
  std::vector<RecordedEntry> expected = recorder.entries();
  for (RecordedEntry& entry : expected) entry.timestamp = as_double(entry.timestamp);
  ASSERT_EQ(recording->entries.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(recording->entries[i], expected[i])
        << text_of({expected[i]}, RecordingFormat::kRecorder)
        << text_of({recording->entries[i]}, RecordingFormat::kRecorder);
  }
  EXPECT_EQ(recording->total_cost(), recorder.total_cost());
  // And once more, byte for byte.
  EXPECT_EQ(text_of(recording->entries, RecordingFormat::kRecorder), testing::read_file(path));
}

// Bytes changed, cut out and doubled: what is still there is read, joined, priced and written again
// without harm, and what is written again loads again.
TEST_P(RecordingProperty, DamagedRecordingsDoNoHarm) {
  RandomEntries random(GetParam());
  Recorder recorder;
  record_run(recorder, random);
  std::string text = text_of(recorder.entries(), RecordingFormat::kRecorder) +
                     text_of(recorder.entries(), RecordingFormat::kStudio);
  for (std::uint64_t damage = random.below(20); damage > 0; --damage) {
    const std::size_t at = random.below(text.size());
    const std::size_t bytes = random.below(20);
    switch (random.below(3)) {
      case 0:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, bytes);
        break;
      default:
        text.insert(random.below(text.size()), text.substr(at, bytes));
    }
  }
  const auto reader = read_jsonl(text);
  absl::StatusOr<Recording> recording = load_recording(*reader, "damaged");
  if (!recording.ok()) return;
  std::string again;
  for (const RecordingFormat format :
       {RecordingFormat::kRecorder, RecordingFormat::kEvents, RecordingFormat::kStudio}) {
    again = text_of(recording->entries, format);
    const auto second_reader = read_jsonl(again);
    const absl::StatusOr<Recording> second = load_recording(*second_reader, "again");
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(second->entries.size(), recording->entries.size());
    EXPECT_EQ(second->account.bad_lines, 0u);
  }
  const ReplaySource source(*std::move(recording), "damaged");
  for (const std::string& run : source.runs()) {
    const auto llm = source.llm({}, {.match = ReplayMatch::kByRequest, .run = run});
    if (!llm.ok()) continue;
    EXPECT_FALSE((*llm)->call({{"nobody", "asked this"}}).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RecordingProperty, ::testing::Range<std::uint64_t>(1, 101));

// json.dumps of what json.loads made of a line is that line. NaN and the like are in it too.
TEST(PythonJson, Row47_PythonWritesTheSameBytes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("lines.jsonl");
  const std::string script = folder.file("same.py");
  std::string lines;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomEntries random(seed);
    Recorder recorder;
    record_run(recorder, random);
    lines += text_of(recorder.entries(), RecordingFormat::kRecorder);
    lines += text_of(recorder.entries(), RecordingFormat::kEvents);
  }
  for (const double real : {1e16, 1e15, 1.5e-5, 1e-4, -0.0, 5e-324, 1.7976931348623157e308, 1e22,
                            123456789012345680.0, std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    append_python_json_double(lines, real);
    lines += '\n';
  }
  constexpr char kHardText[] = "\0\x7f\x80 \xED\xA0\x80 \u2028\U0010FFFF";
  append_python_json_string(lines, std::string_view(kHardText, sizeof kHardText - 1));
  write_file(path, lines + '\n');
  write_file(script,
             "import json, sys\n"
             "for line in open(sys.argv[1], encoding='ascii'):\n"
             "    line = line[:-1]\n"
             "    assert json.dumps(json.loads(line)) == line, line\n");
  const std::string command = "python3 '" + script + "' '" + path + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace tracebus
