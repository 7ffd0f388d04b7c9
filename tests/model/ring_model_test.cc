// SPDX-License-Identifier: Apache-2.0
//
// The shipped ring, explored: every schedule of one consumer and one or two producers, and every
// value that the memory model lets their loads return.
//
// Oracle. Each record says who wrote it, which of that producer's records it is, and how long it
// is; its payload is computed from that. The receiver checks that each producer's records come
// whole, once, and in order, and that none is missing when the ring is recycled. All bytes of the
// ring and the producer's own members are plain values, so that every missing order is a race too.
#include "tracebus/core/ring.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

using CheckedRing = BasicRing<ModelAtom, ModelPlain>;
using Word = CheckedRing::Word;

constexpr std::uint64_t kRecordType = 1;
constexpr std::size_t kWordsMax = 16;

std::uint64_t header_of(std::uint64_t producer, std::uint64_t sequence, std::uint64_t size) {
  return size | kRecordType << 32 | producer << 48 | sequence << 52;
}
std::uint64_t payload_of(std::uint64_t header, std::uint64_t index) {
  return mix(header, index);
}

struct Bench {
  explicit Bench(std::uint64_t capacity_bytes) : ring(storage.data(), capacity_bytes) {}
  std::array<Word, kWordsMax> storage;
  CheckedRing ring;
  std::array<std::uint64_t, 3> received{};  // per producer; the consumer's own
  std::uint64_t refused = 0;                // claims that found no room; the first producer's own
};

void write_record(Bench& bench, Word* place, std::uint64_t header) {
  const auto index = static_cast<std::uint64_t>(place - bench.storage.data());
  check(index * 8 + size_of_word(header) <= bench.ring.capacity(), "it does not straddle the end");
  place[0].write(header);
  const std::uint64_t words = size_of_word(header) / 8;
  for (std::uint64_t i = 1; i < words; ++i) place[i].write(payload_of(header, i));
}

void produce(Bench& bench, std::uint64_t producer, std::uint64_t sequence, std::uint64_t size) {
  Word* place = bench.ring.claim(size);
  if (place == nullptr) {
    ++bench.refused;
    await([&] { return (place = bench.ring.claim(size)) != nullptr; });
  }
  write_record(bench, place, header_of(producer, sequence, size));
  bench.ring.publish(size);
}

// Checks the record at position and returns its end.
std::uint64_t consume(Bench& bench, std::uint64_t position) {
  position = bench.ring.skip_padding(position);
  const Word* const place = bench.ring.at(position);
  const std::uint64_t header = place[0].read();
  const std::uint64_t producer = (header >> 48) & 0xF;
  check(producer < bench.received.size(), "the record has a producer");
  const std::uint64_t size = size_of_word(header);
  check(size >= 8 && size <= bench.ring.capacity() / kRingShareOfRecordMax, "its size is sane");
  check(header == header_of(producer, bench.received[producer], size), "it is the next of its own");
  for (std::uint64_t i = 1; i < size / 8; ++i) {
    check(place[i].read() == payload_of(header, i), "its payload is whole");
  }
  ++bench.received[producer];
  return position + size;
}

enum class Release { kEach, kBatch };

void consume_until(Bench& bench, std::uint64_t& position, std::uint64_t end, Release release) {
  check(end - position <= bench.ring.capacity(), "no more is published than fits");
  while (position < end) {
    position = consume(bench, position);
    if (release == Release::kEach) bench.ring.release(position);
  }
  check(position == end, "what is published ends with a record");
  if (release == Release::kBatch) bench.ring.release(position);
}

// One life of the ring, seen by the consumer: until its producer has retired and all is read.
void consume_until_retired(Bench& bench, std::uint64_t& position, Release release) {
  bool retired = false;
  while (!retired) {
    std::uint64_t end = 0;
    await([&] {
      retired = bench.ring.retired();
      end = bench.ring.poll_end();
      return retired || end != position;
    });
    consume_until(bench, position, end, release);
  }
}

using Sizes = std::vector<std::uint64_t>;

struct Stream {
  std::uint64_t capacity_bytes;
  Sizes sizes;  // of the records
  Release release;
  bool starts_late = false;  // see begin_second_lap
};

// Brings a ring of 64 bytes to position 80, all released, with a limit that was cut short by a
// consumer that lagged behind.
void begin_second_lap(Bench& bench) {
  std::uint64_t position = 0;
  for (std::uint64_t i = 0; i < 5; ++i) {
    produce(bench, 1, i, 16);
    if (i == 3) bench.ring.release(position = consume(bench, position));
  }
  consume_until(bench, position, 80, Release::kBatch);
}

// One producer, one consumer; both wait when they must.
Scenario scenario_of(const Stream& stream) {
  return [stream](Execution& execution) {
    Bench bench(stream.capacity_bytes);
    if (stream.starts_late) begin_second_lap(bench);
    const std::uint64_t before = bench.received[1];
    const std::uint64_t total = before + stream.sizes.size();
    execution.thread("producer", [&] {
      for (std::uint64_t i = before; i < total; ++i) produce(bench, 1, i, stream.sizes[i - before]);
    });
    execution.thread("consumer", [&] {
      std::uint64_t position = bench.ring.head();
      while (bench.received[1] < total) {
        std::uint64_t end = 0;
        await([&] { return (end = bench.ring.poll_end()) != position; });
        consume_until(bench, position, end, stream.release);
      }
    });
    if (!execution.run()) return;
    check(bench.ring.head() == bench.ring.poll_end(), "all is released");
    execution.outcome(bench.refused == 0 ? "always room" : "full at times");
  };
}

// Two producers that want the same free ring, one after the other; the consumer recycles it between
// them. Each also claims once without publishing, which must not show.
Scenario two_lives(Sizes first, Sizes second) {
  return [=](Execution& execution) {
    Bench bench(64);
    std::uint64_t lives_in_order = 0;
    const std::array<const Sizes*, 2> sizes = {&first, &second};
    for (std::uint64_t producer = 1; producer <= 2; ++producer) {
      execution.thread(producer == 1 ? "producer 1" : "producer 2", [&, producer] {
        await([&] { return bench.ring.free() && bench.ring.reclaim(); });
        const Sizes& own = *sizes[producer - 1];
        for (std::size_t i = 0; i < own.size(); ++i) produce(bench, producer, i, own[i]);
        if (Word* const unpublished = bench.ring.claim(8)) unpublished->write(0);
        bench.ring.retire();
      });
    }
    execution.thread("consumer", [&] {
      std::uint64_t position = bench.ring.head();
      for (int life = 0; life < 2; ++life) {
        consume_until_retired(bench, position, Release::kBatch);
        const bool one = bench.received[1] == first.size();
        const bool two = bench.received[2] == second.size();
        check(one || two, "a retired producer's records have all arrived");
        if (life == 0) {
          check(bench.received[one ? 2 : 1] == 0, "one producer at a time");
          lives_in_order = one ? 12 : 21;
        }
        bench.ring.recycle();
      }
    });
    if (!execution.run()) return;
    check(bench.received[1] == first.size() && bench.received[2] == second.size(), "none is lost");
    check(bench.ring.free(), "the ring is free again");
    execution.outcome(std::to_string(lives_in_order));
  };
}

const Scenario kFirstInFirstOut = scenario_of({128, {32, 16, 24, 32}, Release::kEach});
// 8 + 16 + 16 + 16 leaves eight bytes of 64: the fifth record is preceded by padding.
const Scenario kWrap = scenario_of({64, {8, 16, 16, 16, 16, 16}, Release::kBatch});
const Scenario kLaterWrap = scenario_of({64, {16, 16, 8, 16, 16}, Release::kEach, true});
const Scenario kFull = scenario_of({64, {16, 16, 16, 16, 16, 8}, Release::kEach});
const Scenario kRecycled = two_lives({16, 8}, {8, 16});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  return report;
}

TEST(RingModel, RecordsArriveWholeOnceAndInOrder) { explored(kFirstInFirstOut); }

TEST(RingModel, WrapWithPaddingKeepsRecordsWhole) {
  for (const Scenario& scenario : {kWrap, kLaterWrap}) {
    const Report report = explored(scenario);
    EXPECT_TRUE(report.outcomes.contains("full at times"));
  }
}

TEST(RingModel, FullRingRefusesAndLaterAccepts) {
  const Report report = explored(kFull);
  EXPECT_TRUE(report.outcomes.contains("full at times"));
  EXPECT_TRUE(report.outcomes.contains("always room"));
}

TEST(RingModel, RecycledRingServesItsNextProducer) {
  const Report report = explored(kRecycled);
  EXPECT_TRUE(report.outcomes.contains("12"));
  EXPECT_TRUE(report.outcomes.contains("21"));
}

// Too long to explore: some of its executions, with new seeds whenever the constant is changed.
TEST(RingModel, ManyLapsUnderRandomSchedules) {
  const Scenario scenario = scenario_of({64, Sizes(60, 16), Release::kEach});
  const Report report = explore(scenario, {.random_executions = 1'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
}

// Store and load of tail, head and state, the exchange of state and its last store.
constexpr std::size_t kOrdersOfTheRing = 8;

TEST(RingModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"first in, first out", kFirstInFirstOut},
                                                {"wrap", kWrap},
                                                {"later wrap", kLaterWrap},
                                                {"full", kFull},
                                                {"recycled", kRecycled}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "ring.h"), kOrdersOfTheRing);
}

}  // namespace
}  // namespace tracebus::inline v1::model
