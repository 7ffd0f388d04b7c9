// SPDX-License-Identifier: Apache-2.0
//
// RunningMark: which of many callbacks a worker is calling, so that who ends one of them waits for
// that one alone; at the price of two stores for each call, and none that orders the processor.
//
//   worker:    call(entry): mark it;  is it active?  call;  unmark it
//   who ends:  make it inactive;  a full fence on all threads;  wait while running(entry)
//
// Thread safety. call belongs to the worker; running to everybody.
//
// Who may miss whom. The fence meets the worker before its mark, and then it finds the entry
// inactive; or behind the mark, and then running finds that.
//
// Entry has a bool active() const. Atom is std::atomic in the library.
#ifndef TRACEBUS_BUS_RUNNING_MARK_H_
#define TRACEBUS_BUS_RUNNING_MARK_H_

#include <atomic>

namespace tracebus {
inline namespace v1 {

template <class Entry, template <class> class Atom = std::atomic>
class BasicRunningMark {
 public:
  BasicRunningMark() = default;
  BasicRunningMark(const BasicRunningMark&) = delete;
  BasicRunningMark& operator=(const BasicRunningMark&) = delete;

  // --- Worker ---
  // Calls calls(active), active saying whether the entry has not been ended.
  template <class Calls>
  void call(const Entry& entry, Calls&& calls) noexcept {
    // Release pairs with running: who finds another's mark has seen the calls before it end. It
    // does not keep the look at active behind the mark; see "who may miss whom".
    running_.store(&entry, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    calls(entry.active());
    running_.store(nullptr, std::memory_order_release);  // pairs with running
  }

  // --- Anybody, after ending the entry and a full fence on all threads ---
  bool running(const Entry& entry) const noexcept {
    return running_.load(std::memory_order_acquire) == &entry;  // pairs with call
  }

 private:
  Atom<const Entry*> running_{nullptr};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_RUNNING_MARK_H_
