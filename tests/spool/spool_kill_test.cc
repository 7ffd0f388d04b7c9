// SPDX-License-Identifier: Apache-2.0
//
// G13: a process that spools is killed by SIGKILL, again and again in one folder. Whatever it was
// told that the spool has, a backend got by the end: from it, or from one of its successors.
//
//   TRACEBUS_KILL_ROUNDS=2000 spool_kill_test      what ctest -L nightly runs
//
// Oracle: pages shared with the processes, in which they mark each number before it is offered,
// after export_batch answered for it, and when the backend got it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <thread>

#include "tracebus/exporters/spool/spool_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kNumbersMax = 100'000'000;  // of which memory is taken as they are used

struct Marks {
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> last_got{0};
  std::atomic<std::uint64_t> out_of_order{0};
  std::atomic<bool> backend_is_up{true};
  std::atomic<std::uint8_t> acknowledged[kNumbersMax];
  std::atomic<std::uint8_t> got[kNumbersMax];
};

Marks& shared_marks() {
  void* const pages = mmap(nullptr, sizeof(Marks), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EXPECT_NE(pages, MAP_FAILED);
  return *new (pages) Marks;
}

class MarkingExporter final : public Exporter {
 public:
  explicit MarkingExporter(Marks& marks) : marks_(marks) {}
  std::string_view name() const noexcept override { return "marking"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    if (!marks_.backend_is_up) return ExportResult::failure(batch.size());
    for (const EventView& event : batch) {
      const auto number = static_cast<std::uint64_t>(event.find("n")->as_int64());
      marks_.got[number] = 1;
      // In one process they come in order.
      if (number < last_) ++marks_.out_of_order;
      last_ = number;
    }
    return ExportResult::ok();
  }

 private:
  Marks& marks_;
  std::uint64_t last_ = 0;
};

std::unique_ptr<SpoolExporter> opened(const std::string& folder, Marks& marks) {
  SpoolExporterOptions options;
  options.retry_min_ms = 1;
  options.retry_max_ms = 5;
  auto spool = SpoolExporter::open(folder, std::make_unique<MarkingExporter>(marks), options);
  return spool.ok() ? *std::move(spool) : nullptr;
}

[[noreturn]] void spool_until_killed(const std::string& folder, Marks& marks) {
  const std::unique_ptr<SpoolExporter> spool = opened(folder, marks);
  if (spool == nullptr) _exit(1);
  std::mt19937_64 random(marks.next);
  while (marks.next + 100 < kNumbersMax) {
    EventMaker maker;
    const std::uint64_t first = marks.next;
    const std::uint64_t size = 1 + random() % 100;
    for (std::uint64_t i = 0; i < size; ++i) {
      maker.add_numbered(static_cast<std::int64_t>(first + i), std::string(random() % 300, 'x'));
    }
    marks.next = first + size;
    if (spool->export_batch(maker.batch(), in_a_second()).lost() != 0) _exit(2);
    for (std::uint64_t i = 0; i < size; ++i) marks.acknowledged[first + i] = 1;
    marks.backend_is_up = random() % 16 >= 4;
  }
  _exit(0);
}

TEST(SpoolKill, G13_NothingThatWasAcknowledgedIsLost) {
  const char* const given = std::getenv("TRACEBUS_KILL_ROUNDS");
  const int rounds = given == nullptr ? 20 : std::atoi(given);
  const TemporaryFolder folder(memory_folder());
  Marks& marks = shared_marks();
  std::mt19937 random(3);
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) spool_until_killed(folder.file("spool"), marks);
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % 30'000));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    // One that came to an end of its own had no number left, and its round proves nothing.
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": " << WEXITSTATUS(status);
  }
  marks.backend_is_up = true;
  {
    const std::unique_ptr<SpoolExporter> spool = opened(folder.file("spool"), marks);
    ASSERT_NE(spool, nullptr);
    ASSERT_TRUE(spool->shutdown(std::chrono::steady_clock::now() + std::chrono::seconds(100)).ok());
    EXPECT_EQ(spool->stats().spool.segments, 0u);
  }
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  for (std::uint64_t number = 0; number < marks.next; ++number) {
    if (marks.acknowledged[number] == 0) continue;
    ++acknowledged;
    if (marks.got[number] == 0) ++lost;
  }
  EXPECT_EQ(lost, 0u) << "of " << acknowledged << " that the spool acknowledged";
  EXPECT_GT(acknowledged, static_cast<std::uint64_t>(rounds));
  RecordProperty("acknowledged", std::to_string(acknowledged));
  EXPECT_EQ(marks.out_of_order, 0u);
  munmap(&marks, sizeof marks);
}

}  // namespace
}  // namespace tracebus::testing
