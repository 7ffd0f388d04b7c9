// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/registry_lock.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <mutex>

namespace tracebus {
inline namespace v1 {
namespace {

constinit std::mutex g_mutex;

// What is left of the pages taken last; under g_mutex.
constexpr std::size_t kPagesBytes = std::size_t{64} << 10;
constinit char* g_memory = nullptr;
constinit std::size_t g_left = 0;

}  // namespace

RegistryLock::RegistryLock() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &signals_);
  g_mutex.lock();
}

RegistryLock::~RegistryLock() {
  g_mutex.unlock();
  pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
}

void* registry_memory(std::size_t bytes) noexcept {
  bytes = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
  if (bytes > g_left) {
    const std::size_t taken = std::max(bytes, kPagesBytes);
    void* const pages =
        mmap(nullptr, taken, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    g_memory = static_cast<char*>(pages);
    g_left = taken;
  }
  char* const memory = g_memory;
  g_memory += bytes;
  g_left -= bytes;
  return memory;
}

}  // namespace v1
}  // namespace tracebus
