// SPDX-License-Identifier: Apache-2.0
//
// Does the engine know the memory model? Outcomes are the values read, thread by thread.
#include "tracebus/tests/model/litmus.h"

#include <array>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"

namespace tracebus::inline v1::model {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kAcqRel = std::memory_order_acq_rel;
constexpr auto kSeqCst = std::memory_order_seq_cst;

constexpr auto kAcceptable = Verdict::kAcceptable;
constexpr auto kForbidden = Verdict::kForbidden;

template <class... Values>
std::string joined(Values... values) {
  std::string text;
  ((text += std::to_string(values) + " "), ...);
  text.pop_back();
  return text;
}

// MP: x = 1; y = 1  ||  r1 = y; r2 = x
Scenario message_passing(std::memory_order store_order, std::memory_order load_order) {
  return [=](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0;
    execution.thread("writer", [&] {
      x.store(1, kRelaxed);
      y.store(1, store_order);
    });
    execution.thread("reader", [&] {
      r1 = y.load(load_order);
      r2 = x.load(kRelaxed);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
}

TEST(Litmus, MessagePassingNeedsBothReleaseAndAcquire) {
  const std::vector<Expected> weak = {{"0 0", kAcceptable, "reader first"},
                                      {"0 1", kAcceptable, "between the stores"},
                                      {"1 1", kAcceptable, "writer first"},
                                      {"1 0", kAcceptable, "a stale read: nothing orders it"}};
  std::vector<Expected> strong = weak;
  strong[3] = {"1 0", kForbidden, "the store of x happens before the load of x"};
  expect_outcomes(message_passing(kRelaxed, kRelaxed), weak);
  expect_outcomes(message_passing(kRelease, kRelaxed), weak);
  expect_outcomes(message_passing(kRelaxed, kAcquire), weak);
  expect_outcomes(message_passing(kRelease, kAcquire), strong);
  expect_outcomes(message_passing(kSeqCst, kSeqCst), strong);
}

// MP with fences: x = 1; fence; y = 1  ||  r1 = y; fence; r2 = x
Scenario message_passing_by_fences(std::memory_order release, std::memory_order acquire) {
  return [=](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0;
    execution.thread("writer", [&] {
      x.store(1, kRelaxed);
      model_fence(release);
      y.store(1, kRelaxed);
    });
    execution.thread("reader", [&] {
      r1 = y.load(kRelaxed);
      model_fence(acquire);
      r2 = x.load(kRelaxed);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
}

TEST(Litmus, FencesSynchroniseThroughRelaxedOperations) {
  std::vector<Expected> expected = {{"0 0", kAcceptable, "reader first"},
                                    {"0 1", kAcceptable, "between the stores"},
                                    {"1 1", kAcceptable, "writer first"},
                                    {"1 0", kForbidden, "the fences synchronise"}};
  expect_outcomes(message_passing_by_fences(kRelease, kAcquire), expected);
  expect_outcomes(message_passing_by_fences(kAcqRel, kAcqRel), expected);
  expected[3].verdict = kAcceptable;
  expect_outcomes(message_passing_by_fences(kAcquire, kAcquire), expected);
  expect_outcomes(message_passing_by_fences(kRelease, kRelease), expected);
}

TEST(Litmus, ReleaseFencePublishesOnlyWhatCameBeforeIt) {
  for (const bool before : {true, false}) {
    const Report report = explore([before](Execution& execution) {
      ModelAtom<int> flag{0};
      ModelPlain<int> data{0};
      execution.thread("writer", [&] {
        if (before) data.write(1);
        model_fence(kRelease);
        if (!before) data.write(1);
        flag.store(1, kRelaxed);
      });
      execution.thread("reader", [&] {
        if (flag.load(kAcquire) == 1) static_cast<void>(data.read());
      });
      execution.run();
    });
    EXPECT_EQ(report.passed(), before) << report.describe();
  }
}

// SB: x = 1; [fence]; r1 = y  ||  y = 1; [fence]; r2 = x
Scenario store_buffering(std::memory_order store_order, std::memory_order load_order, bool fenced) {
  return [=](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0;
    execution.thread("first", [&] {
      x.store(1, store_order);
      if (fenced) model_fence(kSeqCst);
      r1 = y.load(load_order);
    });
    execution.thread("second", [&] {
      y.store(1, store_order);
      if (fenced) model_fence(kSeqCst);
      r2 = x.load(load_order);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
}

TEST(Litmus, StoreBufferingIsStoppedBySequentialConsistencyOnly) {
  std::vector<Expected> expected = {{"0 1", kAcceptable, "first went first"},
                                    {"1 0", kAcceptable, "second went first"},
                                    {"1 1", kAcceptable, "both stored first"},
                                    {"0 0", kAcceptable, "both stores were still on their way"}};
  expect_outcomes(store_buffering(kRelaxed, kRelaxed, false), expected);
  expect_outcomes(store_buffering(kRelease, kAcquire, false), expected);
  expect_outcomes(store_buffering(kSeqCst, kAcquire, false), expected);
  expect_outcomes(store_buffering(kRelease, kSeqCst, false), expected);
  expected[3] = {"0 0", kForbidden, "one of the seq_cst stores comes before both loads"};
  expect_outcomes(store_buffering(kSeqCst, kSeqCst, false), expected);
  expect_outcomes(store_buffering(kRelaxed, kRelaxed, true), expected);
}

// SB with a fence on one side, made there alone or on all threads:
// x = 1; r1 = y  ||  y = 1; fence; r2 = x
Scenario asymmetric_store_buffering(bool everywhere) {
  return [=](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0;
    execution.thread("left", [&] {
      x.store(1, kRelaxed);
      r1 = y.load(kRelaxed);
    });
    execution.thread("right", [&] {
      y.store(1, kRelaxed);
      everywhere ? model_fence_everywhere() : model_fence(kSeqCst);
      r2 = x.load(kRelaxed);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
}

TEST(Litmus, FenceOnAllThreadsReplacesThatOfTheOther) {
  std::vector<Expected> expected = {{"0 1", kAcceptable, "left went first"},
                                    {"1 0", kAcceptable, "right went first"},
                                    {"1 1", kAcceptable, "both stores went first"},
                                    {"0 0", kAcceptable, "left has no fence between"}};
  expect_outcomes(asymmetric_store_buffering(false), expected);
  expected[3] = {"0 0", kForbidden, "left's part of the fence comes before its store or after"};
  expect_outcomes(asymmetric_store_buffering(true), expected);
}

// R: a seq_cst store on one side, a fence on the other, order the two as well.
TEST(Litmus, SequentialStoreAndSequentialFenceShareOneOrder) {
  const Scenario program = [](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0;
    execution.thread("operations", [&] {
      x.store(1, kSeqCst);
      r1 = y.load(kSeqCst);
    });
    execution.thread("fence", [&] {
      y.store(1, kRelaxed);
      model_fence(kSeqCst);
      r2 = x.load(kRelaxed);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
  expect_outcomes(program, {{"0 1", kAcceptable, "operations went first"},
                            {"1 0", kAcceptable, "fence went first"},
                            {"1 1", kAcceptable, "both stored first"},
                            {"0 0", kForbidden, "store before fence, or fence before load"}});
}

TEST(Litmus, SequentialLoadsAgreeOnARelaxedStore) {
  const Scenario program = [](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0, r3 = 0;
    execution.thread("writer", [&] { x.store(1, kRelaxed); });
    execution.thread("x then y", [&] {
      r1 = x.load(kSeqCst);
      r2 = y.load(kSeqCst);
    });
    execution.thread("y, then x", [&] {
      y.store(1, kSeqCst);
      r3 = x.load(kSeqCst);
    });
    if (execution.run() && r1 == 1 && r2 == 0) execution.outcome(joined(r3));
  };
  expect_outcomes(program, {{"1", kAcceptable, "it comes after the load that saw 1"},
                            {"0", kForbidden, "seq_cst loads of x cannot go backwards"}});
}

// LB: r1 = y; x = 1  ||  r2 = x; y = 1
TEST(Litmus, LoadBufferingIsNotExplored) {
  const Scenario program = [](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    int r1 = 0, r2 = 0;
    execution.thread("first", [&] {
      r1 = y.load(kRelaxed);
      x.store(1, kRelaxed);
    });
    execution.thread("second", [&] {
      r2 = x.load(kRelaxed);
      y.store(1, kRelaxed);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
  expect_outcomes(program, {{"0 0", kAcceptable, "both load first"},
                            {"0 1", kAcceptable, "first went first"},
                            {"1 0", kAcceptable, "second went first"},
                            {"1 1", kForbidden, "C++ allows it, but the engine reads no future"}});
}

// CoRR: x = 1; x = 2  ||  r1 = x; r2 = x
TEST(Litmus, OneThreadNeverSeesOneAtomGoBackwards) {
  const Scenario program = [](Execution& execution) {
    ModelAtom<int> x{0};
    int r1 = 0, r2 = 0;
    execution.thread("writer", [&] {
      x.store(1, kRelaxed);
      x.store(2, kRelaxed);
    });
    execution.thread("reader", [&] {
      r1 = x.load(kRelaxed);
      r2 = x.load(kRelaxed);
    });
    if (execution.run()) execution.outcome(joined(r1, r2));
  };
  std::vector<Expected> expected;
  for (int r1 = 0; r1 < 3; ++r1) {
    for (int r2 = 0; r2 < 3; ++r2) {
      expected.push_back({joined(r1, r2), r1 <= r2 ? kAcceptable : kForbidden, "coherence"});
    }
  }
  expect_outcomes(program, expected);
}

// IRIW: two writers of one atom each, two readers of both in opposite order.
Scenario independent_reads(std::memory_order store_order, std::memory_order load_order) {
  return [=](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    std::array<int, 4> r{};
    execution.thread("writer of x", [&] { x.store(1, store_order); });
    execution.thread("writer of y", [&] { y.store(1, store_order); });
    execution.thread("x then y", [&] {
      r[0] = x.load(load_order);
      r[1] = y.load(load_order);
    });
    execution.thread("y then x", [&] {
      r[2] = y.load(load_order);
      r[3] = x.load(load_order);
    });
    if (!execution.run()) return;
    const bool disagree = r[0] == 1 && r[1] == 0 && r[2] == 1 && r[3] == 0;
    execution.outcome(disagree ? "the readers disagree" : "other");
  };
}

TEST(Litmus, IndependentReadersAgreeUnderSequentialConsistencyOnly) {
  expect_outcomes(independent_reads(kRelease, kAcquire),
                  {{"the readers disagree", kAcceptable, "no order between the two stores"},
                   {"other", kAcceptable, "they may agree"}});
  expect_outcomes(independent_reads(kSeqCst, kSeqCst),
                  {{"the readers disagree", kForbidden, "seq_cst stores have one order for all"},
                   {"other", kAcceptable, "they may agree"}});
}

enum class Continued { kByNothing, kByReadModifyWrite, kByRelaxedStore };

// data = 1; x = 1 (release)  ||  x: 1 -> 2 (relaxed)  ||  r1 = x (acquire); r2 = data
Scenario release_sequence(Continued continued) {
  return [=](Execution& execution) {
    ModelAtom<int> data{0}, x{0};
    int r1 = 0, r2 = 0;
    execution.thread("writer", [&] {
      data.store(1, kRelaxed);
      x.store(1, kRelease);
      if (continued == Continued::kByRelaxedStore) x.store(2, kRelaxed);
    });
    execution.thread("middle", [&] {
      int one = 1;
      if (continued == Continued::kByReadModifyWrite) {
        x.compare_exchange_strong(one, 2, kRelaxed, kRelaxed);
      }
    });
    execution.thread("reader", [&] {
      r1 = x.load(kAcquire);
      r2 = data.load(kRelaxed);
    });
    if (execution.run() && r1 != 0) execution.outcome(joined(r1, r2));
  };
}

TEST(Litmus, OnlyReadModifyWritesContinueAReleaseSequence) {
  expect_outcomes(release_sequence(Continued::kByNothing),
                  {{"1 1", kAcceptable, "synchronised"}, {"1 0", kForbidden, "synchronised"}});
  expect_outcomes(release_sequence(Continued::kByReadModifyWrite),
                  {{"1 1", kAcceptable, "synchronised"},
                   {"1 0", kForbidden, "synchronised"},
                   {"2 1", kAcceptable, "the sequence goes on"},
                   {"2 0", kForbidden, "the sequence goes on through another thread's update"}});
  expect_outcomes(release_sequence(Continued::kByRelaxedStore),
                  {{"1 1", kAcceptable, "synchronised"},
                   {"1 0", kForbidden, "synchronised"},
                   {"2 1", kAcceptable, "by luck"},
                   {"2 0", kAcceptable, "since C++20 a plain store ends the sequence"}});
}

TEST(Litmus, ReadModifyWritesNeverLoseAnUpdate) {
  const Scenario program = [](Execution& execution) {
    ModelAtom<int> x{0};
    for (const char* name : {"first", "second", "third"}) {
      execution.thread(name, [&] { x.fetch_add(1, kRelaxed); });
    }
    if (execution.run()) execution.outcome(joined(x.load()));
  };
  expect_outcomes(program, {{"3", kAcceptable, "each reads the last"}, {"2", kForbidden, "lost"}});
}

TEST(Litmus, WeakCompareExchangeMayFailForNoReason) {
  for (const bool weak : {false, true}) {
    const Scenario program = [weak](Execution& execution) {
      ModelAtom<int> x{0};
      bool done = false;
      execution.thread("only", [&] {
        int expected = 0;
        done = weak ? x.compare_exchange_weak(expected, 1) : x.compare_exchange_strong(expected, 1);
      });
      if (execution.run()) execution.outcome(joined(done, x.load()));
    };
    expect_outcomes(program, {{"1 1", kAcceptable, "it was 0"},
                              {"0 0", weak ? kAcceptable : kForbidden, "spurious"}});
  }
}

TEST(Litmus, FailedCompareExchangeMayReadAStaleValue) {
  const Scenario program = [](Execution& execution) {
    ModelAtom<int> x{0};
    int expected = 7;
    bool done = false;
    execution.thread("writer", [&] { x.store(7, kRelaxed); });
    execution.thread("swapper",
                     [&] { done = x.compare_exchange_strong(expected, 8, kAcqRel, kRelaxed); });
    if (execution.run()) execution.outcome(joined(done, expected, x.load()));
  };
  expect_outcomes(program, {{"1 7 8", kAcceptable, "after the writer"},
                            {"0 0 7", kAcceptable, "before the writer, or by a stale read"},
                            {"0 7 7", kForbidden, "a strong one may not fail on what it expects"}});
}

}  // namespace
}  // namespace tracebus::inline v1::model
