// SPDX-License-Identifier: Apache-2.0
//
// The shipped ring, explored: every schedule of one consumer and one or two producers, and every
// value that the memory model lets their loads return.
//
// Oracle. Each record says who wrote it, which of that producer's records it is, and how long it
// is; its payload is computed from that. The receiver checks that each producer's records come
// whole, once, and in order, and that none is missing when the ring is recycled. All bytes of the
// ring and the producer's own members are plain values, so that every missing order is a race too:
// in a part that the ring has grown out of, for one.
#include "tracebus/core/ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

using CheckedRing = BasicRing<ModelAtom, ModelPlain>;
using Word = CheckedRing::Word;

constexpr std::uint64_t kRecordType = 1;
constexpr std::uint64_t kFirstBytes = 64;  // of a ring's first part
constexpr std::uint64_t kSecondBytes = kFirstBytes * kRingGrowth;
constexpr std::uint64_t kThirdBytes = 2 * kSecondBytes;  // cut short by the largest size
constexpr std::size_t kWordsMax = (kFirstBytes + kSecondBytes + kThirdBytes) / 8;

std::uint64_t header_of(std::uint64_t producer, std::uint64_t sequence, std::uint64_t size) {
  return size | kRecordType << 32 | producer << 48 | sequence << 52;
}
std::uint64_t payload_of(std::uint64_t header, std::uint64_t index) { return mix(header, index); }

struct Bench {
  Bench(std::uint64_t capacity, std::uint64_t capacity_max)
      : ring(storage.data(), capacity, capacity_max), first_capacity(capacity) {}
  std::array<Word, kWordsMax> storage;
  CheckedRing ring;
  const std::uint64_t first_capacity;
  std::array<std::uint64_t, 3> received{};  // per producer; the consumer's own
  std::uint64_t links = 0;                  // that the consumer followed; its own
  // The first producer's own.
  std::uint64_t refused = 0;  // claims that found no room
  std::uint64_t grown = 0;
};

void write_record(Bench& bench, Word* place, std::uint64_t header) {
  const std::uint64_t capacity = bench.ring.capacity();
  const std::uint64_t part = CheckedRing::storage_bytes(bench.first_capacity, capacity) - capacity;
  const std::uint64_t at = static_cast<std::uint64_t>(place - bench.storage.data()) * 8;
  check(at >= part && at + size_of_word(header) <= part + capacity, "it lies within its part");
  place[0].write(header);
  const std::uint64_t words = size_of_word(header) / 8;
  for (std::uint64_t i = 1; i < words; ++i) place[i].write(payload_of(header, i));
}

struct Record {
  std::uint64_t producer;
  std::uint64_t sequence;
  std::uint64_t size;
  bool verbose = false;
};

// As the bus does: grows as long as it may, then waits for room.
void produce(Bench& bench, const Record& record) {
  CheckedRing& ring = bench.ring;
  Word* place = nullptr;
  const auto claim = [&] {
    return record.size <= ring.capacity() / kRingShareOfRecordMax &&
           (place = ring.claim(record.size, record.verbose)) != nullptr;
  };
  while (!claim() && ring.capacity() != ring.capacity_max()) {
    ring.grow();
    ++bench.grown;
  }
  if (place == nullptr) {
    ++bench.refused;
    await(claim);
  }
  write_record(bench, place, header_of(record.producer, record.sequence, record.size));
  ring.publish(record.size);
}

// Steps over what is no record.
std::uint64_t skip(Bench& bench, std::uint64_t position) {
  std::uint64_t capacity = bench.ring.consumer_capacity();
  position = bench.ring.skip(position);
  for (; capacity != bench.ring.consumer_capacity(); ++bench.links) {
    capacity = CheckedRing::next_capacity(capacity, bench.ring.capacity_max());
  }
  return position;
}

// Checks the record at position and returns its end.
std::uint64_t consume(Bench& bench, std::uint64_t position) {
  position = skip(bench, position);
  const Word* const place = bench.ring.at(position);
  const std::uint64_t header = place[0].read();
  const std::uint64_t producer = (header >> 48) & 0xF;
  check(producer < bench.received.size(), "the record has a producer");
  const std::uint64_t size = size_of_word(header);
  check(size >= 8 && size <= bench.ring.consumer_capacity() / kRingShareOfRecordMax,
        "its size is sane");
  check(header == header_of(producer, bench.received[producer], size), "it is the next of its own");
  for (std::uint64_t i = 1; i < size / 8; ++i) {
    check(place[i].read() == payload_of(header, i), "its payload is whole");
  }
  ++bench.received[producer];
  return position + size;
}

enum class Release { kEach, kBatch };

void consume_until(Bench& bench, std::uint64_t& position, std::uint64_t end, Release release) {
  check(end - position <= bench.ring.capacity_max(), "no more is published than fits");
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
  std::uint64_t capacity_max;
  Sizes sizes;  // of the records
  Release release;
  bool starts_late = false;  // see begin_second_lap
  bool verbose = false;      // all records give way first
  bool hesitates = false;    // the consumer looks at some records without taking them
};

// Brings the ring to position 80, all released, with a limit that was cut short by a consumer that
// lagged behind.
void begin_second_lap(Bench& bench) {
  std::uint64_t position = 0;
  for (std::uint64_t i = 0; i < 5; ++i) {
    produce(bench, {1, i, 16});
    if (i == 2 || i == 3) bench.ring.release(position = consume(bench, position));
  }
  consume_until(bench, position, 80, Release::kBatch);
}

// Looks at the next record; whether it shall be taken now. A look may follow a link, so what was
// stepped over is released even if the record is not.
bool is_taken(Bench& bench) {
  bench.ring.release(skip(bench, bench.ring.head()));
  return Execution::current().choose(2) == 0;
}

void consume_all(Bench& bench, const Stream& stream, std::uint64_t total) {
  bool may_hesitate = stream.hesitates;
  while (bench.received[1] < total) {
    std::uint64_t position = bench.ring.head();
    std::uint64_t end = 0;
    await([&] { return (end = bench.ring.poll_end()) != position; });
    check(!stream.verbose || end - position <= bench.ring.capacity_max() * 3 / 4 - kLinkBytes,
          "events that give way leave a quarter of the ring");
    if (may_hesitate && !is_taken(bench)) {
      may_hesitate = false;
      continue;
    }
    position = bench.ring.head();
    consume_until(bench, position, end, stream.release);
  }
}

// One producer, one consumer; both wait when they must.
Scenario scenario_of(const Stream& stream) {
  return [stream](Execution& execution) {
    Bench bench(kFirstBytes, stream.capacity_max);
    if (stream.starts_late) begin_second_lap(bench);
    const std::uint64_t before = bench.received[1];
    const std::uint64_t total = before + stream.sizes.size();
    execution.thread("producer", [&] {
      for (std::uint64_t i = before; i < total; ++i) {
        produce(bench, {1, i, stream.sizes[i - before], stream.verbose});
      }
    });
    execution.thread("consumer", [&] { consume_all(bench, stream, total); });
    if (!execution.run()) return;
    check(bench.ring.head() == bench.ring.poll_end(), "all is released");
    check(bench.links == bench.grown, "each link is followed");
    check(bench.ring.consumer_capacity() == bench.ring.capacity(), "both are in the same part");
    execution.outcome((bench.refused == 0 ? "always room" : "full at times") +
                      (", grown " + std::to_string(bench.grown)));
  };
}

// Two producers that want the same free ring, one after the other; the consumer recycles it between
// them. Each also claims once without publishing, which must not show.
Scenario two_lives(std::uint64_t capacity_max, Sizes first, Sizes second) {
  return [=](Execution& execution) {
    Bench bench(kFirstBytes, capacity_max);
    std::uint64_t lives_in_order = 0;
    const std::array<const Sizes*, 2> sizes = {&first, &second};
    for (std::uint64_t producer = 1; producer <= 2; ++producer) {
      execution.thread(producer == 1 ? "producer 1" : "producer 2", [&, producer] {
        await([&] { return bench.ring.free() && bench.ring.reclaim(); });
        const Sizes& own = *sizes[producer - 1];
        for (std::size_t i = 0; i < own.size(); ++i) produce(bench, {producer, i, own[i]});
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
        bench.ring.recycle(bench.storage.data(), kFirstBytes);
      }
    });
    if (!execution.run()) return;
    check(bench.received[1] == first.size() && bench.received[2] == second.size(), "none is lost");
    check(bench.ring.free() && bench.ring.capacity() == kFirstBytes, "the ring is as at first");
    execution.outcome(std::to_string(lives_in_order) + ", links " + std::to_string(bench.links));
  };
}

const Scenario kFirstInFirstOut = scenario_of({kFirstBytes, {16, 8, 16, 8}, Release::kEach});
// 8 + 16 + 16 + 16 leaves eight bytes of 64: the fifth record is preceded by padding.
const Scenario kWrap = scenario_of({kFirstBytes, {8, 16, 16, 16, 16, 16}, Release::kBatch});
const Scenario kLaterWrap = scenario_of({kFirstBytes, {16, 16, 8, 16, 16}, Release::kEach, true});
const Scenario kFull = scenario_of({kFirstBytes, {16, 16, 16, 16, 16, 8}, Release::kEach});
const Scenario kVerbose =
    scenario_of({kFirstBytes, {16, 16, 8, 16, 16}, Release::kEach, false, true});
const Scenario kRecycled = two_lives(kFirstBytes, {16, 8}, {8, 16});

// The fourth record finds the first part full, unless the consumer keeps pace.
const Scenario kGrown = scenario_of({kSecondBytes, {16, 16, 16, 16, 64, 8}, Release::kEach});
const Scenario kGrownInBatches = scenario_of({kSecondBytes, {16, 16, 16, 16, 16}, Release::kBatch});
const Scenario kHesitant =
    scenario_of({kSecondBytes, {16, 16, 16, 16}, Release::kEach, false, false, true});
// The link is the last word of a lap, or the first.
const Scenario kGrownAtWrap =
    scenario_of({kSecondBytes, {16, 16, 8, 16, 16}, Release::kEach, true});
const Scenario kGrownBehindWrap =
    scenario_of({kSecondBytes, {16, 16, 16, 16, 16}, Release::kEach, true});
// The first part is too small for the second record, and the second too full for the last unless
// the consumer keeps pace.
const Scenario kGrownTwice = scenario_of({kThirdBytes, {16, 64, 64, 64, 64}, Release::kBatch});
// The record is too large for the first two parts.
const Scenario kGrownForOneRecord = scenario_of({kThirdBytes, {8, 128, 8}, Release::kEach});
// Both lives grow into the same part.
const Scenario kGrownAndRecycled = two_lives(2 * kFirstBytes, {16, 24}, {16, 24});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  return report;
}

// Some executions grew the ring so often.
bool grew(const Report& report, int times) {
  const std::string text = "grown " + std::to_string(times);
  return std::any_of(report.outcomes.begin(), report.outcomes.end(),
                     [&](const auto& one) { return one.first.find(text) != std::string::npos; });
}

TEST(RingModel, RecordsArriveWholeOnceAndInOrder) { explored(kFirstInFirstOut); }

TEST(RingModel, WrapWithPaddingKeepsRecordsWhole) {
  for (const Scenario& scenario : {kWrap, kLaterWrap}) {
    const Report report = explored(scenario);
    EXPECT_TRUE(report.outcomes.contains("full at times, grown 0"));
  }
}

TEST(RingModel, FullRingRefusesAndLaterAccepts) {
  const Report report = explored(kFull);
  EXPECT_TRUE(report.outcomes.contains("full at times, grown 0"));
  EXPECT_TRUE(report.outcomes.contains("always room, grown 0"));
}

TEST(RingModel, VerboseRecordsLeaveAQuarter) { explored(kVerbose); }

TEST(RingModel, RecycledRingServesItsNextProducer) {
  const Report report = explored(kRecycled);
  EXPECT_TRUE(report.outcomes.contains("12, links 0"));
  EXPECT_TRUE(report.outcomes.contains("21, links 0"));
}

TEST(RingModel, FullRingGoesOnInALargerPart) {
  for (const Scenario& scenario : {kGrown, kGrownInBatches, kHesitant}) {
    const Report report = explored(scenario);
    EXPECT_TRUE(grew(report, 1));
  }
}

TEST(RingModel, LinkMayStandAtEitherSideOfAWrap) {
  for (const Scenario& scenario : {kGrownAtWrap, kGrownBehindWrap}) {
    const Report report = explored(scenario);
    EXPECT_TRUE(grew(report, 0));
    EXPECT_TRUE(grew(report, 1));
  }
}

TEST(RingModel, RingGrowsTwice) {
  EXPECT_TRUE(grew(explored(kGrownTwice), 2));
  const Report report = explored(kGrownForOneRecord);
  EXPECT_TRUE(grew(report, 2));
  EXPECT_FALSE(grew(report, 1));
}

TEST(RingModel, RecycledRingIsSmallAgain) {
  const Report report = explored(kGrownAndRecycled);
  EXPECT_TRUE(report.outcomes.contains("12, links 2"));
  EXPECT_TRUE(report.outcomes.contains("21, links 2"));
}

// Too long to explore: some of its executions, with new seeds whenever the constant is changed.
TEST(RingModel, ManyLapsUnderRandomSchedules) {
  for (const std::uint64_t capacity_max : {kFirstBytes, kThirdBytes}) {
    const Scenario scenario = scenario_of({capacity_max, Sizes(60, 16), Release::kEach});
    const Report report = explore(scenario, {.random_executions = 1'000, .seed = 1});
    EXPECT_TRUE(report.passed()) << report.describe();
  }
}

// Store and load of tail, head and state, the exchange of state and its last store.
constexpr std::size_t kOrdersOfTheRing = 8;

TEST(RingModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"first in, first out", kFirstInFirstOut},
                                                {"wrap", kWrap},
                                                {"recycled", kRecycled},
                                                {"grown", kGrown},
                                                {"grown at wrap", kGrownAtWrap}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "ring.h"), kOrdersOfTheRing);
}

}  // namespace
}  // namespace tracebus::inline v1::model
