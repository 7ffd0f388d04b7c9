// SPDX-License-Identifier: Apache-2.0
//
// Scopes that end in any order, on any thread, after their thread. The oracle is a model: the
// context of the innermost scope of this thread that has not ended.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/trace/context.h"

namespace tracebus {
namespace {

Context session(const std::string& id) { return Context().with({.session_id = id}); }
std::string current() { return std::string(Context::current().session_id()); }

template <class Function>
void on_another_thread(Function function) {
  std::thread(std::move(function)).join();
}

TEST(ContextScopeTest, ScopesEndInReverseOrder) {
  {
    const ContextScope outer = session("outer").attach();
    {
      const ContextScope inner = session("inner").attach();
      EXPECT_EQ(current(), "inner");
    }
    EXPECT_EQ(current(), "outer");
  }
  EXPECT_EQ(current(), "");
}

TEST(ContextScopeTest, MayEndBeforeItsTimeAndOnlyOnce) {
  ContextScope outer = session("outer").attach();
  ContextScope inner = session("inner").attach();
  inner.end();
  inner.end();
  EXPECT_EQ(current(), "outer");
  ContextScope moved = std::move(outer);
  EXPECT_EQ(current(), "outer");
  moved.end();
  EXPECT_EQ(current(), "");
}

TEST(ContextScopeTest, OuterOneThatEndsFirstLeavesTheInnerOneCurrent) {
  ContextScope first = session("first").attach();
  ContextScope outer = session("outer").attach();
  ContextScope inner = session("inner").attach();
  outer.end();
  EXPECT_EQ(current(), "inner");
  inner.end();
  EXPECT_EQ(current(), "first");
  first.end();
  EXPECT_EQ(current(), "");
}

TEST(ContextScopeTest, EndedByAnotherThreadItIsNoLongerCurrent) {
  ContextScope outer = session("outer").attach();
  ContextScope inner = session("inner").attach();
  on_another_thread([&inner] {
    const ContextScope own = session("own").attach();
    inner.end();
    EXPECT_EQ(current(), "own");
  });
  EXPECT_EQ(current(), "outer");
  const ContextScope next = session("next").attach();
  EXPECT_EQ(current(), "next");
}

TEST(ContextScopeTest, ThreadsHaveContextsOfTheirOwn) {
  const ContextScope here = session("here").attach();
  on_another_thread([] {
    EXPECT_EQ(current(), "");
    const ContextScope there = session("there").attach();
    EXPECT_EQ(current(), "there");
  });
  EXPECT_EQ(current(), "here");
}

TEST(ContextScopeTest, MayOutliveItsThread) {
  std::optional<ContextScope> first, second, third;
  on_another_thread([&] {
    first.emplace(session("first"));
    second.emplace(session("second"));
    third.emplace(session("third"));
    second->end();
  });
  EXPECT_EQ(current(), "");
  third.reset();
  first.reset();
  EXPECT_EQ(current(), "");
}

// What an inner scope left behind that outlived its outer one goes with the next scope.
TEST(ContextScopeTest, EndedContextsDoNotPileUp) {
  const std::size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 100000; ++i) {
    ContextScope outer = Context().attach();
    ContextScope inner = Context().attach();
    outer.end();
    inner.end();
  }
  EXPECT_LT(mallinfo2().uordblks, before + (std::size_t{1} << 20));
}

// Thread-exit hooks of others may run after ours.
TEST(ContextScopeTest, ThreadExitHooksMayAttach) {
  struct Hook {
    ~Hook() {
      const ContextScope late = session("late").attach();
      seen = current();
    }
    std::string& seen;
  };
  std::string seen;
  on_another_thread([&seen] {
    thread_local Hook before{seen};
    (void)&before;
    const ContextScope scope = session("scope").attach();
  });
  EXPECT_EQ(seen, "late");
}

// Scopes of one thread begin and end in any order, some of them on another thread.
TEST(ContextScopeTest, AnyOrderKeepsTheInnermostLivingOneCurrent) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::pair<std::string, std::unique_ptr<ContextScope>>> living;
    for (int step = 0; step < 60; ++step) {
      if (living.empty() || random() % 2 == 0) {
        const std::string id = std::to_string(step + 1);
        living.emplace_back(id, std::make_unique<ContextScope>(session(id)));
      } else {
        const auto ended = living.begin() + static_cast<int>(random() % living.size());
        if (random() % 8 == 0) {
          on_another_thread([&] { ended->second.reset(); });
        }
        living.erase(ended);
      }
      ASSERT_EQ(current(), living.empty() ? "" : living.back().first) << "seed " << seed;
    }
    while (!living.empty()) living.erase(living.begin());
    ASSERT_EQ(current(), "") << "seed " << seed;
  }
}

// One thread begins scopes, another ends them, at the same time: what is current there is one of
// its own that may still live, and nothing is freed twice or used after.
TEST(ContextScopeTest, AnotherThreadEndsScopesMeanwhile) {
  constexpr int kScopes = 20000;
  std::vector<std::optional<ContextScope>> scopes(kScopes);
  std::atomic<int> begun{0};
  std::thread ender([&] {
    for (int i = 0; i < kScopes; ++i) {
      while (begun.load() <= i) std::this_thread::yield();
      scopes[static_cast<std::size_t>(i)].reset();
      EXPECT_EQ(current(), "");
    }
  });
  for (int i = 0; i < kScopes; ++i) {
    const std::string id = std::to_string(i);
    scopes[static_cast<std::size_t>(i)].emplace(session(id));
    EXPECT_EQ(current(), id);
    begun.store(i + 1);
    const std::string seen = current();
    EXPECT_TRUE(seen.empty() || std::stoi(seen) <= i) << seen;
  }
  ender.join();
  EXPECT_EQ(current(), "");
}

TEST(UsersAsk17_ContextScopeTest, PoolThatAttachesRunsEachTaskInItsCallersContext) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  std::vector<std::thread> workers;
  std::atomic<int> crossed{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    workers.emplace_back([thread, &crossed] {
      const ContextScope mine = session("worker" + std::to_string(thread)).attach();
      for (int task = 0; task < kTasks; ++task) {
        const std::string id = std::to_string(thread) + "-" + std::to_string(task);
        auto wrapped = session(id).wrap([] { return current(); });
        if (wrapped() != id) ++crossed;
        if (current() != "worker" + std::to_string(thread)) ++crossed;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(crossed.load(), 0);
}

}  // namespace
}  // namespace tracebus
