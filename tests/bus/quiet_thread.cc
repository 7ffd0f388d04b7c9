// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/quiet_thread.h"

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>

// The C library's own allocator, under the names that it exports for those who replace malloc.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}

// As syscall(2), but with the kernel's own result; the filter knows it by its return address.
extern "C" long tracebus_untrapped_call(long number, long a, long b, long c, long d, long e,
                                        long f);
extern "C" const char tracebus_untrapped_return[];
asm(R"(
.text
.globl tracebus_untrapped_call, tracebus_untrapped_return
.type tracebus_untrapped_call, @function
tracebus_untrapped_call:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  mov 8(%rsp), %r9
  syscall
tracebus_untrapped_return:
  ret
)");

namespace {

constinit thread_local tracebus::testing::QuietCounts t_counts;

// The C library's function behind one that this file replaces.
template <class Function>
Function* next_of(Function* replaced, const char* name) noexcept {
  static_cast<void>(replaced);
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Counts a call that was trapped, and makes it from the one place that the filter lets through.
void on_trapped_call(int, siginfo_t* info, void* context) noexcept {
  ++t_counts.system_calls;
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  registers[REG_RAX] = tracebus_untrapped_call(
      info->si_syscall, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
      registers[REG_R10], registers[REG_R8], registers[REG_R9]);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  ++t_counts.allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++t_counts.allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  ++t_counts.allocations;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++t_counts.allocations;
  return __libc_memalign(alignment, size);
}
void free(void* memory) {
  ++t_counts.allocations;
  __libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static auto* const next = next_of(&pthread_mutex_lock, "pthread_mutex_lock");
  ++t_counts.locks;
  return next(mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  static auto* const next = next_of(&pthread_mutex_trylock, "pthread_mutex_trylock");
  ++t_counts.locks;
  return next(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  static auto* const next = next_of(&pthread_rwlock_rdlock, "pthread_rwlock_rdlock");
  ++t_counts.locks;
  return next(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  static auto* const next = next_of(&pthread_rwlock_wrlock, "pthread_rwlock_wrlock");
  ++t_counts.locks;
  return next(lock);
}

}  // extern "C"

namespace tracebus::testing {

QuietCounts quiet_counts() noexcept { return t_counts; }

bool watch_system_calls() noexcept {
  struct sigaction action = {};
  action.sa_sigaction = on_trapped_call;
  action.sa_flags = SA_SIGINFO;
  if (sigaction(SIGSYS, &action, nullptr) != 0) return false;
  const auto allowed = reinterpret_cast<std::uintptr_t>(tracebus_untrapped_return);
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      // The handler's return, and the end of a thread, which blocks the signal.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 9, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 8, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 5, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, instruction_pointer)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(allowed), 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, instruction_pointer) + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(allowed >> 32), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {static_cast<unsigned short>(std::size(filter)), filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace tracebus::testing
