// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/bus_thread.h"

#include <absl/strings/str_cat.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "tracebus/bus/thread_placement.h"

namespace tracebus {
inline namespace v1 {
namespace {

[[gnu::tls_model("initial-exec")]] constinit thread_local bool t_on_bus_thread = false;

constexpr std::uint64_t kTurnNs = 100'000;  // the shortest that the kernel grants

}  // namespace

absl::StatusOr<std::thread> start_bus_thread(const BusThreadOptions& options,
                                             std::function<void()> body) {
  // The new thread inherits the mask, so no signal can reach it in between.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  absl::StatusOr<std::thread> started = absl::UnknownError("");
  try {
    started = std::thread([options, body = std::move(body)] {
      pthread_setname_np(pthread_self(), options.name);
      place_this_thread(options.placement).IgnoreError();
      t_on_bus_thread = true;
      body();
    });
  } catch (const std::system_error& error) {
    started = absl::ResourceExhaustedError(
        absl::StrCat("cannot start thread ", options.name, ": ", error.what(),
                     "; raise the limit on threads (ulimit -u, or pids.max of the container)"));
  } catch (const std::bad_alloc&) {
    started = absl::ResourceExhaustedError("no memory to start a thread");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void finish_bus_thread(std::thread& thread, bool ended) noexcept {
  if (!thread.joinable()) return;
  if (ended && thread.get_id() != std::this_thread::get_id()) {
    thread.join();
  } else {
    thread.detach();
  }
}

bool on_bus_thread() noexcept { return t_on_bus_thread; }

AsBusThread::AsBusThread() noexcept : before_(t_on_bus_thread) { t_on_bus_thread = true; }

AsBusThread::~AsBusThread() { t_on_bus_thread = before_; }

void leave_bus_threads_after_fork() noexcept { t_on_bus_thread = false; }

// As struct sched_attr of sched_setattr(2). Older kernels than 6.12 ignore the turn.
void ask_for_short_turns() noexcept {
  struct {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime_ns, deadline_ns, period_ns;
  } attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  constexpr std::uint32_t kNormal = 0;  // SCHED_OTHER
  if (attributes.policy != kNormal) return;
  attributes.size = sizeof attributes;
  attributes.runtime_ns = kTurnNs;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace v1
}  // namespace tracebus
