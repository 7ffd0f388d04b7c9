// SPDX-License-Identifier: Apache-2.0
//
// What of an event crosses from core to core, counted: no line is written by two producers, and an
// event costs its own bytes twice on the way to the dispatcher (there, and the claim of the line
// for the next lap), twice more on the way to a worker, and next to nothing else.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "tracebus/bus/parking.h"
#include "tracebus/bus/subscription_queue.h"
#include "tracebus/core/ring.h"
#include "tracebus/tests/model/cache_lines.h"

namespace tracebus::inline v1::model {
namespace {

using CountedRing = BasicRing<CountedAtom, CountedPlain>;
using Word = CountedRing::Word;

static_assert(sizeof(CountedRing) == sizeof(Ring), "lines lie as in the library");
static_assert(sizeof(Word) == sizeof(RingWord));

constexpr std::uint64_t kRecordWords = 22;  // 176 bytes, as the comparison event
constexpr std::uint64_t kRecordBytes = kRecordWords * sizeof(Word);
constexpr double kRecordLines = static_cast<double>(kRecordBytes) / kCacheLineBytes;
constexpr std::uint64_t kRingBytes = std::uint64_t{64} << 10;

// Wakes are rare enough not to count.
struct NoSleep {
  using Key = std::uint32_t;
  Key prepare() const noexcept { return 0; }
  void notify() noexcept {}
  template <class Deadline>
  bool wait(Key, Deadline) noexcept {
    return true;
  }
  std::uint32_t state = 0;
};

class Producer {
 public:
  Producer() : storage_(new (std::align_val_t(kCacheLineBytes)) Word[kRingBytes / sizeof(Word)]) {
    ring_ = std::make_unique<CountedRing>(storage_, kRingBytes, kRingBytes);
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() { ::operator delete[](storage_, std::align_val_t(kCacheLineBytes)); }

  // False if the ring is full.
  bool emit() {
    Word* const place = ring_->claim(kRecordBytes);
    if (place == nullptr) return false;
    place[0].write(kRecordBytes);
    for (std::uint64_t i = 1; i < kRecordWords; ++i) place[i].write(i);
    ring_->publish(kRecordBytes);
    return true;
  }
  CountedRing& ring() { return *ring_; }

 private:
  Word* const storage_;
  std::unique_ptr<CountedRing> ring_;
};

struct Page {
  alignas(kCacheLineBytes) std::array<Word, 1024> words;
};
struct Note {};
using Queue = BasicSubscriptionQueue<Page, Note, CountedAtom>;

// Producers on cores 0, 1, ...; the dispatcher and a worker on the two after them.
class Machine {
 public:
  Machine(unsigned producers, bool has_worker) : producers_(producers), has_worker_(has_worker) {}

  // So often: each producer emits so many events, and then the dispatcher passes over all.
  // Crossings for each event, once every line has been met.
  double crossings_per_event(int passes, int events) {
    run(2 * static_cast<int>(kRingBytes / kRecordBytes) / events + 2, events);  // two laps
    lines_.count_anew();
    delivered_ = 0;
    run(passes, events);
    return static_cast<double>(lines_.crossings()) / static_cast<double>(delivered_);
  }
  int lines_of_several_producers() const {
    return lines_.lines_written_by_several((std::uint64_t{1} << producers_.size()) - 1);
  }

 private:
  unsigned dispatcher() const { return static_cast<unsigned>(producers_.size()); }

  void run(int passes, int events) {
    for (int pass = 0; pass < passes; ++pass) {
      for (unsigned core = 0; core < producers_.size(); ++core) {
        lines_.run_on(core);
        for (int i = 0; i < events; ++i) {
          ASSERT_TRUE(producers_[core].emit());
          parking_.wake_if_parked();
        }
      }
      lines_.run_on(dispatcher());
      for (Producer& producer : producers_) take(producer.ring());
      if (!has_worker_) continue;
      queue_.publish();
      lines_.run_on(dispatcher() + 1);
      work();
      lines_.run_on(dispatcher());
      queue_.reap([](Page*) {});
    }
  }

  void take(CountedRing& ring) {
    const std::uint64_t end = ring.poll_end();
    std::uint64_t position = ring.head();
    while (position != end) {
      position = ring.skip(position);
      const Word* const record = ring.at(position);
      const std::uint64_t words = record[0].read() / sizeof(Word);
      if (has_worker_) make_room();
      for (std::uint64_t i = 0; i < words; ++i) {
        const std::uint64_t word = record[i].read();
        if (has_worker_) pages_[page_].words[used_++].write(word);
      }
      if (has_worker_) queue_.admit(1);
      position += words * sizeof(Word);
      ++delivered_;
    }
    ring.release(position);
  }
  // The next of a few pages, as blocks come from a pool.
  void make_room() {
    if (used_ != 0 && used_ + kRecordWords <= pages_[page_].words.size()) return;
    page_ = (page_ + 1) % pages_.size();
    used_ = 0;
    ASSERT_TRUE(queue_.can_open());
    queue_.open(&pages_[page_], 0, nullptr, 0);
  }
  void work() {
    for (Queue::Claim claim = queue_.claim(512); claim.block != nullptr;
         claim = queue_.claim(512)) {
      for (std::uint64_t i = 0; i < claim.count * kRecordWords; ++i) {
        claim.block->words[claim.skip * kRecordWords + i].read();
      }
      queue_.let_go();
    }
  }

  CacheLines lines_;
  std::vector<Producer> producers_;
  const bool has_worker_;
  alignas(kCacheLineBytes) BasicParking<CountedAtom, NoSleep> parking_;
  Queue queue_{64};
  std::array<Page, 16> pages_;
  std::size_t page_ = 0;
  std::size_t used_ = 0;
  std::uint64_t delivered_ = 0;
};

// The positions of a ring cross twice a pass (the dispatcher reads the end, the producer writes it
// again), and so does the line in which one pass ends and the next begins; what the producer reads
// of the dispatcher's, a few times a lap, is the rest.
double lines_of_a_ring(int events) { return 2 * kRecordLines + 4.0 / events + 0.02; }

TEST(CacheLinesTest, NoLineIsWrittenByTwoProducers) {
  for (const unsigned producers : {2u, 8u, 32u}) {
    Machine machine(producers, true);
    machine.crossings_per_event(100, 50);
    EXPECT_EQ(machine.lines_of_several_producers(), 0) << producers;
  }
}

TEST(CacheLinesTest, EventToTheDispatcherCostsItsOwnLinesTwice) {
  for (const unsigned producers : {1u, 4u, 16u}) {
    for (const int events : {1, 10, 100, 200}) {
      Machine machine(producers, false);
      const double crossings = machine.crossings_per_event(2000 / events + 100, events);
      EXPECT_LE(crossings, lines_of_a_ring(events)) << producers << " producers, " << events;
      EXPECT_GE(crossings, 2 * kRecordLines - 0.05) << "an event that nobody carried over";
      if (producers == 4) {
        RecordProperty("lines_per_event_to_dispatcher_" + std::to_string(events),
                       std::to_string(crossings));
      }
    }
  }
}

TEST(CacheLinesTest, WorkerCostsTheLinesTwiceMore) {
  Machine machine(4, true);
  const double crossings = machine.crossings_per_event(200, 100);
  RecordProperty("lines_per_event_to_worker", std::to_string(crossings));
  EXPECT_LE(crossings, lines_of_a_ring(100) + 2 * kRecordLines + 0.2);
  EXPECT_GE(crossings, 4 * kRecordLines - 0.1);
}

// What is counted above would show: two counters in one line, and in two.
TEST(CacheLinesTest, SharedLineIsSeen) {
  struct alignas(kCacheLineBytes) Pair {
    CountedAtom<std::uint64_t> first;
    CountedAtom<std::uint64_t> second;
  };
  Pair together;
  std::array<Pair, 2> apart;
  const auto crossings = [](CountedAtom<std::uint64_t>& first, CountedAtom<std::uint64_t>& second) {
    CacheLines lines;
    for (int i = 0; i < 100; ++i) {
      lines.run_on(0);
      first.store(1);
      lines.run_on(1);
      second.store(1);
    }
    return std::pair(lines.crossings(), lines.lines_written_by_several(3));
  };
  EXPECT_EQ(crossings(together.first, together.second), std::pair(std::uint64_t{199}, 1));
  EXPECT_EQ(crossings(apart[0].first, apart[1].first), std::pair(std::uint64_t{0}, 0));
}

}  // namespace
}  // namespace tracebus::inline v1::model
