// SPDX-License-Identifier: Apache-2.0
//
// HttpWorkers: threads that compute answers, so that the server's own thread is free for others.
//
// Thread safety: any thread; stop once.
#ifndef TRACEBUS_STUDIO_HTTP_WORKERS_H_
#define TRACEBUS_STUDIO_HTTP_WORKERS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

class HttpWorkers {
 public:
  using Task = std::function<void()>;

  HttpWorkers() = default;
  HttpWorkers(const HttpWorkers&) = delete;
  HttpWorkers& operator=(const HttpWorkers&) = delete;
  ~HttpWorkers() = default;  // REQUIRES: stopped, or never started

  // Throws std::system_error without a thread, and then those before it go on until stop. owner
  // keeps this alive: threads hold it until they end.
  void start(std::size_t threads, const std::shared_ptr<void>& owner);
  bool is_started() const noexcept { return !threads_.empty(); }
  // Runs the task on the next thread that is free, in order. As many wait as connections there are,
  // each of which waits for one answer. After stop: not at all.
  void run(Task task);
  // What waits is let go of, what runs has until the deadline. False: some thread runs on, and is
  // left behind.
  bool stop(Deadline deadline);

 private:
  void work();

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  // Guarded by the mutex.
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::size_t working_ = 0;  // threads that have not ended
  bool is_stopping_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_WORKERS_H_
