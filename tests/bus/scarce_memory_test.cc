// SPDX-License-Identifier: Apache-2.0
//
// G17: a bus that gets no memory says so, and leaves nothing behind: every allocation of its making
// fails in turn, and then the address space is too small.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <new>
#include <optional>

#include "tracebus/tests/bus/bus_test_support.h"

namespace {

constinit thread_local std::int64_t t_fail_at = 0;  // the allocation of this thread that fails
constinit thread_local std::int64_t t_allocations = 0;
constinit std::atomic<std::int64_t> g_alive{0};

void* allocate(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) noexcept {
  if (t_fail_at != 0 && ++t_allocations == t_fail_at) return nullptr;
  const std::size_t whole = (std::max<std::size_t>(bytes, 1) + alignment - 1) & -alignment;
  void* const memory = std::aligned_alloc(alignment, whole);
  if (memory != nullptr) g_alive.fetch_add(1);
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) g_alive.fetch_sub(1);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) {
  if (void* const memory = allocate(bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (void* const memory = allocate(bytes, static_cast<std::size_t>(alignment))) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }

namespace tracebus::testing {
namespace {

// While it lives, the calling thread's allocation number `fail_at` fails.
class Failing {
 public:
  explicit Failing(std::int64_t fail_at) noexcept {
    t_allocations = 0;
    t_fail_at = fail_at;
  }
  Failing(const Failing&) = delete;
  Failing& operator=(const Failing&) = delete;
  ~Failing() { t_fail_at = 0; }
  bool failed() const noexcept { return t_allocations >= t_fail_at; }
};

std::size_t address_space_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

BusOptions small_options() {
  return {.ring_bytes = kRingBytesMin,
          .ring_bytes_max = 4 * kRingBytesMin,
          .shutdown_timeout_ms = 2000};
}

// Makes a bus while allocation k fails; whether one failed at all.
bool make_bus_failing_at(std::int64_t k, std::size_t dispatchers = 1) {
  absl::StatusOr<std::unique_ptr<TraceEventBus>> bus = absl::UnknownError("");
  bool failed = false;
  BusOptions options = small_options();
  options.dispatchers = dispatchers;
  {
    const Failing failing(k);
    bus = TraceEventBus::create(options);
    failed = failing.failed();
  }
  if (!bus.ok()) {
    EXPECT_EQ(bus.status().code(), absl::StatusCode::kResourceExhausted) << bus.status();
    EXPECT_TRUE(failed);
    return failed;
  }
  std::atomic<int> delivered = 0;
  (*bus)->subscribe([&](const EventView&) { ++delivered; });
  // On a thread of its own: one that stays would keep its ring, and the addresses behind it.
  std::thread([&] { EXPECT_EQ(emit_number(**bus, 1), EmitResult::kAccepted); }).join();
  EXPECT_EQ((*bus)->flush(kLong), absl::OkStatus());
  EXPECT_EQ(delivered, 1);
  return failed;
}

TEST(G17_ScarceMemoryTest, EachAllocationOfCreateFailsInTurnAndNothingLeaks) {
  mallopt(M_ARENA_MAX, 1);         // else threads reserve addresses by the gigabyte
  make_bus_failing_at(1'000'000);  // whatever stays for good is made now
  make_bus_failing_at(1'000'000);
  [[maybe_unused]] const std::size_t space = address_space_bytes();
  const std::int64_t alive = g_alive;
  std::int64_t k = 1;
  while (make_bus_failing_at(k)) ++k;
  EXPECT_GT(k, 5);  // some failed
  EXPECT_TRUE(eventually([&] { return g_alive == alive; })) << g_alive - alive << " are left";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they map much themselves
  // The stacks of threads are kept for the next ones, rings and large records are not.
  EXPECT_LT(address_space_bytes(), space + (std::size_t{64} << 20));
#endif
}

// Also where the first dispatcher runs already, and the next one's thread cannot be started.
TEST(G17_ScarceMemoryTest, AllocationsOfSeveralDispatchersFailInTurnAndNothingLeaks) {
  constexpr std::size_t kDispatchers = 2;
  make_bus_failing_at(1'000'000, kDispatchers);
  const std::int64_t alive = g_alive;
  std::int64_t all = 1;
  while (make_bus_failing_at(all, kDispatchers)) all += 7;
  EXPECT_GT(all, 30);
  // The last ones, among which the threads are started, without exception.
  for (std::int64_t k = all - 30; make_bus_failing_at(k, kDispatchers);) ++k;
  EXPECT_TRUE(eventually([&] { return g_alive == alive; })) << g_alive - alive << " are left";
}

TEST(G17_ScarceMemoryTest, ConstructorThrowsOrSaysSo) {
  for (std::int64_t k = 1;; ++k) {
    std::optional<TraceEventBus> bus;
    bool failed = false;
    const BusOptions options = small_options();
    try {
      const Failing failing(k);
      bus.emplace(options);
      failed = failing.failed();
    } catch (const std::bad_alloc&) {
      continue;
    }
    if (!bus->status().ok()) {
      EXPECT_EQ(bus->status().code(), absl::StatusCode::kResourceExhausted);
    }
    if (!failed) break;
  }
}

// The bus goes on, with or without the new subscription.
TEST(G17_ScarceMemoryTest, EachAllocationOfASubscriptionFailsInTurnAndTheBusGoesOn) {
  enum class What { kExporter, kShared, kOwn };
  for (const What what : {What::kExporter, What::kShared, What::kOwn}) {
    for (std::int64_t k = 1;; ++k) {
      TraceEventBus bus(small_options());
      std::atomic<int> delivered = 0;
      ASSERT_TRUE(
          bus.subscribe([&](const EventView&) { ++delivered; }, {.run_on = RunOn::kDispatcher})
              .ok());
      std::unique_ptr<Exporter> exporter = exporter_of({});
      absl::StatusOr<SubscriptionId> id = absl::UnknownError("");
      bool failed = false;
      try {
        const Failing failing(k);
        if (what == What::kExporter) {
          id = bus.add_exporter(std::move(exporter));
        } else {
          id = bus.subscribe(
              [](const EventView&) {},
              {.run_on = what == What::kOwn ? RunOn::kOwnWorker : RunOn::kSharedWorker});
        }
        failed = failing.failed();
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      SCOPED_TRACE("allocation " + std::to_string(k) + " of " +
                   std::to_string(static_cast<int>(what)));
      EXPECT_EQ(emit_number(bus, 1), EmitResult::kAccepted);
      ASSERT_EQ(bus.flush(kLong), absl::OkStatus());
      EXPECT_EQ(delivered, 1);
      if (!failed) break;
    }
  }
}

// --- Too little address space ---

// In a child, so that the limit is its own. Its exit status: 0 if all went well either way.
[[maybe_unused]] int run_with_address_space(std::size_t more_bytes) {
  const rlim_t limit = address_space_bytes() + more_bytes;
  const rlimit limits = {limit, limit};
  if (setrlimit(RLIMIT_AS, &limits) != 0) return 2;
  auto bus = TraceEventBus::create({.shutdown_timeout_ms = 1000});
  if (!bus.ok()) return bus.status().code() == absl::StatusCode::kResourceExhausted ? 0 : 3;
  std::atomic<std::uint64_t> delivered = 0;
  const auto id = (*bus)->add_exporter(exporter_of({.export_batch = [&](const Batch& batch, auto&) {
    delivered += batch.size();
    return ExportResult::ok();
  }}));
  if (!id.ok()) return id.status().code() == absl::StatusCode::kResourceExhausted ? 0 : 4;
  std::uint64_t accepted = 0;
  for (int i = 0; i < 2000; ++i) accepted += emit_number(**bus, i) == EmitResult::kAccepted;
  if (!(*bus)->flush(kLong).ok()) return 5;
  const SubscriptionStats stats = stats_of(**bus, *id);
  if (stats.matched != accepted || stats.delivered != delivered) return 6;
  return stats.delivered + total(stats.dropped) == accepted ? 0 : 7;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they take terabytes
TEST(G17_ScarceMemoryTest, SmallAddressSpaceEndsInResourceExhaustedOrWorks) {
  for (std::size_t more = 0; more <= std::size_t{512} << 20;
       more += more < std::size_t{128} << 20 ? std::size_t{2} << 20 : std::size_t{64} << 20) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(run_with_address_space(more));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "with " << more << " bytes more: signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0) << "with " << more << " bytes more";
  }
}
#endif

}  // namespace
}  // namespace tracebus::testing
