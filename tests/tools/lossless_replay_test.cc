// SPDX-License-Identifier: Apache-2.0
//
// Where ring and queue hold a fraction of the file and the exporter is slow, a replay that did not
// wait would lose events. The receiver is the oracle.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tools/replay.h"

namespace tracebus {
namespace {

struct Received {
  std::vector<std::int64_t> numbers;
  std::vector<std::int64_t> seconds;
};

class SlowExporter final : public Exporter {
 public:
  explicit SlowExporter(std::shared_ptr<Received> received) : received_(std::move(received)) {}

  std::string_view name() const noexcept override { return "slow"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (const EventView& event : batch) {
      received_->numbers.push_back(event.find("number")->as_int64());
      received_->seconds.push_back(event.timestamp().seconds);
    }
    return ExportResult::ok();
  }

 private:
  const std::shared_ptr<Received> received_;
};

std::string numbered_events(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "{\"timestamp\":" + std::to_string(1000 - i) +
            ",\"event_type\":\"message\",\"agent_name\":\"\",\"pattern_type\":\"\"," +
            "\"payload\":{\"number\":" + std::to_string(i) + ",\"text\":\"" +
            std::string(static_cast<std::size_t>(i) % 500, 'x') + "\"}}\n";
  }
  return text;
}

TEST(LosslessReplayTest, ASlowExporterBehindSmallBuffersGetsEveryEventInOrder) {
  constexpr int kEvents = 5000;
  const testing::TemporaryFolder folder;
  testing::write_file(folder.file("a.jsonl"), numbered_events(kEvents));
  const auto received = std::make_shared<Received>();
  Replay replay({.speed = {},
                 .bytes_between_waits = 16 << 10,
                 .ring_bytes = 64 << 10,
                 .queue_bytes = 128 << 10});
  std::vector<std::unique_ptr<Exporter>> exporters;
  exporters.push_back(std::make_unique<SlowExporter>(received));
  ASSERT_TRUE(replay.start(std::move(exporters)).ok());
  const ReplayedFile file = replay.send(folder.file("a.jsonl"));
  EXPECT_EQ(file.account.events, static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(file.refused, 0u);
  EXPECT_TRUE(replay.finish().ok());
  ASSERT_EQ(received->numbers.size(), static_cast<std::size_t>(kEvents));
  for (int i = 0; i < kEvents; ++i) {
    ASSERT_EQ(received->numbers[static_cast<std::size_t>(i)], i);
    ASSERT_EQ(received->seconds[static_cast<std::size_t>(i)], 1000 - i);
  }
}

TEST(LosslessReplayTest, AnEventTooBigForTheBusIsCountedAndTheRestGoesOn) {
  const testing::TemporaryFolder folder;
  const auto received = std::make_shared<Received>();
  // A record may take a quarter of its ring.
  Replay replay({.speed = {},
                 .bytes_between_waits = 512,
                 .ring_bytes = kRingBytesMin,
                 .queue_bytes = 128 << 10});
  std::vector<std::unique_ptr<Exporter>> exporters;
  exporters.push_back(std::make_unique<SlowExporter>(received));
  ASSERT_TRUE(replay.start(std::move(exporters)).ok());
  std::string text = numbered_events(3);
  text.insert(text.rfind("\"}}"), 2000, 'x');
  testing::write_file(folder.file("b.jsonl"), text + numbered_events(1));
  EXPECT_EQ(replay.send(folder.file("b.jsonl")).refused, 1u);
  EXPECT_TRUE(replay.finish().ok());
  EXPECT_EQ(received->numbers, (std::vector<std::int64_t>{0, 1, 0}));
}

}  // namespace
}  // namespace tracebus
