// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/membarrier.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tracebus {
inline namespace v1 {

bool enable_barriers() noexcept {
  // Each time, as it is rare: the child of a fork would wait for ever for the guard of a static
  // that a thread of its parent was about to set.
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

bool barrier_on_all_threads() noexcept {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

}  // namespace v1
}  // namespace tracebus
