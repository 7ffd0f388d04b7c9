// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/http_workers.h"

#include <pthread.h>

#include <utility>

namespace tracebus {
inline namespace v1 {

void HttpWorkers::start(std::size_t threads, const std::shared_ptr<void>& owner) {
  while (threads_.size() < threads) {
    threads_.emplace_back([this, owner] {
      pthread_setname_np(pthread_self(), "tb-http-worker");
      work();
    });
    const std::lock_guard lock(mutex_);
    ++working_;
  }
}

void HttpWorkers::run(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
}

void HttpWorkers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !tasks_.empty(); });
    if (is_stopping_) break;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes without the lock
    lock.lock();
  }
  --working_;
  changed_.notify_all();
}

bool HttpWorkers::stop(Deadline deadline) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
  const std::deque<Task> unwanted = std::exchange(tasks_, {});
  const bool all_ended =
      deadline == Deadline::max()
          ? (changed_.wait(lock, [this] { return working_ == 0; }), true)
          : changed_.wait_until(lock, deadline, [this] { return working_ == 0; });
  lock.unlock();
  for (std::thread& thread : threads_) all_ended ? thread.join() : thread.detach();
  threads_.clear();
  return all_ended;
}

}  // namespace v1
}  // namespace tracebus
