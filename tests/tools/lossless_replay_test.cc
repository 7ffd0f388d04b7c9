// SPDX-License-Identifier: Apache-2.0
//
// Where ring and queue hold a fraction of the file and the exporter is slow, a replay that did not
// wait would lose events. The receiver is the oracle. Whoever holds up the exporter, or the
// dispatcher, lets go only once the replay does not go on.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tools/replay.h"

namespace tracebus {
namespace {

struct Received {
  std::vector<std::int64_t> numbers;
  std::vector<std::int64_t> seconds;
};

class Barrier {
 public:
  void open() {
    {
      std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    opened_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [&] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

class SlowExporter final : public Exporter {
 public:
  // No batch gets by before the barrier is open, if there is one.
  explicit SlowExporter(std::shared_ptr<Received> received,
                        std::shared_ptr<Barrier> barrier = nullptr)
      : received_(std::move(received)), barrier_(std::move(barrier)) {}

  std::string_view name() const noexcept override { return "slow"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    if (barrier_ != nullptr) barrier_->pass();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (const EventView& event : batch) {
      received_->numbers.push_back(event.find("number")->as_int64());
      received_->seconds.push_back(event.timestamp().seconds);
    }
    return ExportResult::ok();
  }

 private:
  const std::shared_ptr<Received> received_;
  const std::shared_ptr<Barrier> barrier_;
};

// Says how far it was read.
class WatchedReader final : public EventReader {
 public:
  explicit WatchedReader(const std::string& text) : reader_(read_jsonl(text)) {}
  const TraceEvent* next() override {
    const TraceEvent* const event = reader_->next();
    ++calls_;
    if (event == nullptr) is_at_end_ = true;
    return event;
  }
  const ReadAccount& account() const noexcept override { return reader_->account(); }

  // Until it was read to its end, or nobody has gone on reading for a while. A replay that was only
  // stopped by the system so long lets a test pass that should not, never the other way round.
  // Returns how many events it had given by then.
  std::uint64_t wait_until_nobody_goes_on() const {
    constexpr int kLooks = 30;
    std::uint64_t last = 0;
    for (int same = 0; same < kLooks && !is_at_end_;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      const std::uint64_t calls = calls_;
      same = calls == last ? same + 1 : 0;
      last = calls;
    }
    return calls_;
  }

 private:
  const std::unique_ptr<EventReader> reader_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<bool> is_at_end_{false};
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

constexpr std::size_t kSmallQueueBytes = 128 << 10;
constexpr int kHeldUpEvents = 3000;  // of 1 MiB in all

void expect_all(const Received& received, int count) {
  ASSERT_EQ(received.numbers.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ASSERT_EQ(received.numbers[static_cast<std::size_t>(i)], i);
}

// Sends them all, and opens the barrier once the replay waits, or is through. Returns how many it
// had read by then.
std::uint64_t send_until_it_waits(Replay& replay, Barrier& barrier,
                                  std::unique_ptr<Exporter> exporter) {
  std::vector<std::unique_ptr<Exporter>> exporters;
  exporters.push_back(std::move(exporter));
  EXPECT_TRUE(replay.start(std::move(exporters)).ok());
  const std::string text = numbered_events(kHeldUpEvents);
  WatchedReader reader(text);
  std::uint64_t read = 0;
  std::thread opens([&] {
    read = reader.wait_until_nobody_goes_on();
    barrier.open();
  });
  EXPECT_EQ(replay.send(reader).refused, 0u);
  opens.join();
  EXPECT_TRUE(replay.finish().ok());
  return read;
}

TEST(LosslessReplayTest, WhileTheExporterStandsStillItWaitsForTheQueue) {
  const auto received = std::make_shared<Received>();
  const auto barrier = std::make_shared<Barrier>();
  Replay replay({.speed = {},
                 .bytes_between_waits = 16 << 10,
                 .ring_bytes = 64 << 10,
                 .queue_bytes = kSmallQueueBytes});
  send_until_it_waits(replay, *barrier, std::make_unique<SlowExporter>(received, barrier));
  expect_all(*received, kHeldUpEvents);
}

// What lies in the rings when a queue is full comes into it all the same, so it has to be little.
TEST(LosslessReplayTest, WhileTheDispatcherStandsStillNoMoreThanItSaysLiesInTheRings) {
  constexpr std::size_t kBetweenWaits = 16 << 10;
  constexpr std::uint64_t kRecordBytesLeast = 64;
  const auto received = std::make_shared<Received>();
  Barrier barrier;
  Replay replay({.speed = {},
                 .bytes_between_waits = kBetweenWaits,
                 .ring_bytes = 4 << 20,
                 .queue_bytes = kSmallQueueBytes});
  CallbackOptions on_dispatcher;
  on_dispatcher.run_on = RunOn::kDispatcher;
  ASSERT_TRUE(
      replay.bus().subscribe([&](const EventView&) { barrier.pass(); }, on_dispatcher).ok());
  const std::uint64_t read =
      send_until_it_waits(replay, barrier, std::make_unique<SlowExporter>(received));
  EXPECT_LE(read, kBetweenWaits / kRecordBytesLeast);
  expect_all(*received, kHeldUpEvents);
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
