// SPDX-License-Identifier: Apache-2.0
//
// RegistryLock: held by whoever registers a name, a key, a type or a schema: what is registered
// stays for ever, and its numbers are the process's.
//
// Thread safety: one holder at a time. The first emit of a call site registers, also in a signal
// handler, whatever that interrupted. So signals wait while the lock is held, and nothing under it
// allocates but from registry_memory. A process that forks holds it meanwhile, or the child would
// wait for ever for a thread of its parent. Nothing else is locked under it.
#ifndef TRACEBUS_CORE_REGISTRY_LOCK_H_
#define TRACEBUS_CORE_REGISTRY_LOCK_H_

#include <signal.h>

#include <cstddef>

namespace tracebus {
inline namespace v1 {

class RegistryLock {
 public:
  RegistryLock() noexcept;
  RegistryLock(const RegistryLock&) = delete;
  RegistryLock& operator=(const RegistryLock&) = delete;
  ~RegistryLock();

 private:
  sigset_t signals_;  // as they were blocked before
};

// So many bytes that are never given back, aligned for anything; null if the system refuses memory.
// REQUIRES: a RegistryLock is held.
void* registry_memory(std::size_t bytes) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_REGISTRY_LOCK_H_
