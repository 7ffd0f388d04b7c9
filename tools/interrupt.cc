// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/interrupt.h"

#include <signal.h>

#include <atomic>

namespace tracebus {
inline namespace v1 {
namespace {

constinit std::atomic<bool> g_was_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { g_was_interrupted.store(true); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool was_interrupted() noexcept { return g_was_interrupted.load(); }

}  // namespace v1
}  // namespace tracebus
