// SPDX-License-Identifier: Apache-2.0
//
// The shipped subscription queue, explored: one dispatcher that follows a short script, one worker
// that claims a few times. What is left then, it claims afterwards, unexplored: so short scripts
// can begin and end anywhere in the queue's life.
//
// Oracle. The content of an event follows from its number. Every admitted event is settled once:
// the worker claims it and finds its content, or the dispatcher evicts it. A page given back is
// wiped at once, so reading it any longer is a race; in the end each page has been given back as
// often as it was opened.
#include "tracebus/bus/subscription_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::size_t kEventsMax = 16;
constexpr std::size_t kPages = 8;
constexpr std::size_t kPageWords = 4;
constexpr std::uint32_t kSlots = 4;

struct Page {
  const ModelPlain<std::uint64_t>& at(std::uint64_t index) const {
    check(index < kPageWords, "it lies within its page");
    return words[index % kPageWords];
  }

  std::array<ModelPlain<std::uint64_t>, kPageWords> words;
  std::uint32_t references = 0;  // slots that refer to it; the dispatcher's own
};
struct Note {
  ModelPlain<std::uint64_t> first;  // number of the slot's first event
};
using Queue = BasicSubscriptionQueue<Page, Note, ModelAtom>;

std::uint64_t content_of(std::uint64_t event) { return mix(7, event); }
std::uint64_t bytes_before(std::uint64_t event) { return event * 100; }

struct Bench {
  Bench() {
    for (std::uint64_t i = 0; i < notes.size(); ++i) notes[i].first.write(i);
    for (Page& page : pages) idle.push_back(&page);
  }

  Queue queue{kSlots};
  std::array<Page, kPages> pages;
  std::array<Note, kEventsMax> notes;

  // The dispatcher's own.
  std::vector<Page*> idle;
  Page* open = nullptr;
  std::uint32_t used = 0;  // words of the open page
  std::array<std::uint32_t, kEventsMax> evicted{};
  std::vector<std::uint64_t> firsts;  // of all slots so far
  std::size_t retired = 0;            // notes that nobody needs any more
  // The worker's own.
  std::array<std::uint32_t, kEventsMax> claimed{};
};

// --- Dispatcher ---

void reap(Bench& bench) {
  bench.queue.reap([&bench](Page* page) {
    check(page->references != 0, "a page is given back as often as it was opened");
    if (--page->references != 0 || page == bench.open) return;
    for (auto& word : page->words) word.write(0);
    bench.idle.push_back(page);
  });
}

void evict(Bench& bench) {
  if (bench.queue.open_slots() < 2) return;
  const Queue::Eviction eviction = bench.queue.evict();
  for (std::uint64_t i = eviction.skip; i < eviction.skip + eviction.count; ++i) {
    const std::uint64_t event = eviction.note->first.read() + i;
    ++bench.evicted[event];
    check(eviction.block->at(eviction.offset + i).read() == content_of(event),
          "the dispatcher finds what it evicts");
  }
}

void open_slot(Bench& bench) {
  if (!bench.queue.can_open()) {
    evict(bench);
    reap(bench);
  }
  const std::uint64_t first = bench.queue.admitted();
  ++bench.open->references;
  bench.firsts.push_back(first);
  bench.queue.open(bench.open, bench.used, &bench.notes[first], bytes_before(first));
}

// Wipes the notes of settled slots, unless the worker may be reading one.
void retire_notes(Bench& bench) {
  while (bench.retired + 1 < bench.firsts.size() &&
         bench.queue.front() >= bench.firsts[bench.retired + 1] && !bench.queue.worker_reads()) {
    bench.notes[bench.firsts[bench.retired++]].first.write(kEventsMax);
  }
}

void perform(Bench& bench, char step) {
  switch (step) {
    case 'O':  // a slot on a fresh page
      bench.open = bench.idle.back();
      bench.idle.pop_back();
      bench.used = 0;
      open_slot(bench);
      break;
    case 'X':  // a slot that goes on in the page of the one before
      open_slot(bench);
      break;
    case 'A':
      bench.open->words[bench.used++].write(content_of(bench.queue.admitted()));
      bench.queue.admit(1);
      break;
    case 'P': bench.queue.publish(); break;
    case 'E': evict(bench); break;
    case 'R': reap(bench); break;
    case 'N': retire_notes(bench); break;
    default: check(false, "the script is made of known steps");
  }
}

// --- Worker ---

void take(Bench& bench, const Queue::Claim& claim) {
  const std::uint64_t slot_first = claim.first - claim.skip;
  check(claim.note->first.read() == slot_first, "the note is the slot's");
  check(claim.slot_bytes == bytes_before(slot_first), "so are the bytes before it");
  for (std::uint64_t i = 0; i < claim.count; ++i) {
    check(claim.first + i < kEventsMax, "it was admitted");
    ++bench.claimed[(claim.first + i) % kEventsMax];
    check(claim.block->at(claim.offset + claim.skip + i).read() == content_of(claim.first + i),
          "the worker finds what it claims");
  }
}

enum class LetsGo { kAfterEach, kNever };

struct Plan {
  std::string_view before;  // steps made before the worker starts; 'W' is one claim of the worker
  std::string_view script;  // steps made beside it
  std::uint32_t claims;     // that the worker makes meanwhile
  std::uint64_t claim_max;
  LetsGo lets_go = LetsGo::kAfterEach;
};

bool work(Bench& bench, const Plan& plan) {
  const Queue::Claim claim = bench.queue.claim(plan.claim_max);
  if (claim.block == nullptr) return false;
  take(bench, claim);
  if (plan.lets_go == LetsGo::kAfterEach) bench.queue.let_go();
  return true;
}

void check_accounts(Bench& bench) {
  bench.queue.close();
  reap(bench);
  check(bench.queue.front() == bench.queue.admitted(), "all are settled");
  for (std::uint64_t event = 0; event < bench.queue.admitted(); ++event) {
    check(bench.claimed[event] + bench.evicted[event] == 1, "each event is settled once");
  }
  for (const Page& page : bench.pages) check(page.references == 0, "every page comes back");
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    for (const char step : plan.before) {
      if (step == 'W') work(bench, plan);
      if (step != 'W') perform(bench, step);
    }
    execution.thread("dispatcher", [&] {
      for (const char step : plan.script) perform(bench, step);
    });
    execution.thread("worker", [&] {
      for (std::uint32_t i = 0; i < plan.claims; ++i) work(bench, plan);
    });
    if (!execution.run()) return;
    std::string ends;
    for (std::uint64_t i = 0; i < bench.queue.admitted(); ++i) {
      ends += bench.claimed[i] != 0 ? 'c' : bench.evicted[i] != 0 ? 'e' : '-';
    }
    execution.outcome(ends);
    while (work(bench, plan)) continue;
    bench.queue.let_go();
    check_accounts(bench);
  };
}

// Events come to an empty queue, in the slot that is open and in a new one; then some are evicted.
const Scenario kPublish = scenario_of({"O", "APAOAPE", 2, 2});
// A slot is evicted before its event was published.
const Scenario kUnpublished = scenario_of({"O", "AOAEP", 2, 2});
// What the dispatcher tells the worker of a slot is withdrawn once it is settled.
const Scenario kNotes = scenario_of({"OAOAP", "N", 2, 1});
// The oldest slot is evicted while its two events are claimed one by one.
const Scenario kEvict = scenario_of({"OAAOAP", "ER", 2, 1});
// The worker goes from page to page without letting go, the dispatcher takes back what it left.
const Scenario kAside = scenario_of({"OAOAOAP", "RR", 2, 1, LetsGo::kNever});
// The same, where the worker holds a page of two slots.
const Scenario kShared = scenario_of({"OAXAOAPW", "RER", 2, 1, LetsGo::kNever});
// All slots are taken; the oldest is evicted and used again under the worker's eyes.
const Scenario kReused = scenario_of({"OAOAOAOAP", "EROAP", 1, 1});
// An empty slot is settled the moment the one before it is. Both are used again while the worker,
// which stands in the first, looks into the second for the end of the first.
const Scenario kOvertaken = scenario_of({"OAXXAXPW", "ROX", 1, 1});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  for (const auto& [outcome, times] : report.outcomes) std::printf("  %s", outcome.c_str());
  std::printf("\n");
  return report;
}

TEST(SubscriptionQueueModel, PublishedEventsAreClaimedInOrder) { explored(kPublish); }
TEST(SubscriptionQueueModel, EvictionOfUnpublishedEventsIsSafe) { explored(kUnpublished); }
TEST(SubscriptionQueueModel, EvictionAndClaimSettleEachEventOnce) { explored(kEvict); }
TEST(SubscriptionQueueModel, NoteLivesAsLongAsTheWorkerReadsIt) { explored(kNotes); }
TEST(SubscriptionQueueModel, BlockThatTheWorkerHoldsIsSetAside) { explored(kAside); }
TEST(SubscriptionQueueModel, BlockOfSeveralSlotsIsFreedOncePerSlot) { explored(kShared); }
TEST(SubscriptionQueueModel, ReusedSlotIsNeverTakenForItsOldSelf) { explored(kReused); }
TEST(SubscriptionQueueModel, OvertakenWorkerFindsItsWay) { explored(kOvertaken); }

constexpr std::size_t kOrdersOfTheQueue = 15;  // that are stronger than relaxed

TEST(SubscriptionQueueModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"publish", kPublish},
                                                {"unpublished", kUnpublished},
                                                {"notes", kNotes},
                                                {"evict", kEvict},
                                                {"aside", kAside},
                                                {"shared", kShared},
                                                {"reused", kReused},
                                                {"overtaken", kOvertaken}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "subscription_queue.h"), kOrdersOfTheQueue);
}

}  // namespace
}  // namespace tracebus::inline v1::model
