// SPDX-License-Identifier: Apache-2.0
//
// FairSharedMutex: a std::shared_mutex whose writers readers cannot keep out.
//
// Where readers come all the time, one of them always holds a plain shared mutex, and the writer
// never gets it. Here whoever wants it passes a gate first, in which a writer waits for the readers
// that are in, and those that come later wait behind it.
#ifndef TRACEBUS_STUDIO_FAIR_SHARED_MUTEX_H_
#define TRACEBUS_STUDIO_FAIR_SHARED_MUTEX_H_

#include <mutex>
#include <shared_mutex>

namespace tracebus {
inline namespace v1 {

// As std::shared_mutex; for std::unique_lock and std::shared_lock. Not recursive.
class FairSharedMutex {
 public:
  FairSharedMutex() = default;
  FairSharedMutex(const FairSharedMutex&) = delete;
  FairSharedMutex& operator=(const FairSharedMutex&) = delete;

  void lock() {
    const std::lock_guard gate(gate_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    const std::lock_guard gate(gate_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex gate_;
  std::shared_mutex mutex_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_FAIR_SHARED_MUTEX_H_
