// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/spool_exporter.h"

#include <absl/strings/str_cat.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "tracebus/core/exception_text.h"
#include "tracebus/exporters/spool/batch_bytes.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr auto kTakeAgain = std::chrono::seconds(1);

// The sender's thread is deaf to signals, so that handlers run on the host's own threads.
std::thread start_deaf_thread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } const restore{before};
  return std::thread(std::move(body));
}

}  // namespace

// Takes batches out of the spool and brings them to the other exporter, on a thread of its own.
class SpoolExporter::Sender {
 public:
  Sender(std::unique_ptr<Spool> spool, std::unique_ptr<Exporter> to,
         const SpoolExporterOptions& options)
      : spool_(std::move(spool)), to_(std::move(to)), options_(options) {}

  Spool& spool() noexcept { return *spool_; }

  // The thread owns a share of self, for as long as it runs.
  static absl::Status start(const std::shared_ptr<Sender>& self) {
    try {
      self->thread_ = start_deaf_thread([self] {
        pthread_setname_np(pthread_self(), "tb-spool");
        self->run();
      });
    } catch (const std::system_error& error) {
      return absl::ResourceExhaustedError(absl::StrCat("cannot start a thread: ", error.what()));
    }
    return absl::OkStatus();
  }

  // Ends the thread; after the deadline it is left behind. The other exporter is shut down by it.
  absl::Status stop(Deadline deadline) {
    if (!thread_.joinable()) return absl::OkStatus();
    {
      std::lock_guard lock(mutex_);
      shutdown_until_ = deadline;
    }
    stop_.request_stop();
    spool_->interrupt();
    changed_.notify_all();
    std::unique_lock lock(mutex_);
    const bool ended = changed_.wait_until(lock, deadline, [&] { return has_ended_; });
    const absl::Status status =
        ended ? shut_down_ : absl::DeadlineExceededError("the exporter behind the spool hangs");
    lock.unlock();
    if (ended) {
      thread_.join();
    } else {
      thread_.detach();
    }
    return status;
  }

  SpoolExporterStats stats() const {
    std::lock_guard lock(mutex_);
    SpoolExporterStats stats = stats_;
    stats.spool = spool_->stats();
    return stats;
  }

  std::string last_error() const {
    std::lock_guard lock(mutex_);
    return last_error_;
  }

 private:
  void run() {
    SpoolEntry entry;
    while (!stop_.stop_requested()) {
      if (spool_->take(entry, Clock::now() + kTakeAgain)) send(entry);
    }
    Deadline until;
    {
      std::lock_guard lock(mutex_);
      until = shutdown_until_;
    }
    absl::Status status;
    try {
      status = to_->shutdown(until);
    } catch (...) {
      status = absl::UnknownError(current_exception_text());
    }
    std::lock_guard lock(mutex_);
    shut_down_ = status;
    has_ended_ = true;
    changed_.notify_all();
  }

  // Until it was taken, or the sender stops: then it is sent again by the next process.
  void send(const SpoolEntry& entry) {
    batch_.read(entry.bytes);
    const std::uint64_t events = batch_.batch().size();
    for (std::uint32_t wait_ms = options_.retry_min_ms;;) {
      const ExportResult result = events != 0 ? try_once() : ExportResult::ok();
      if (result.failed == 0) {
        spool_->acknowledge();
        std::lock_guard lock(mutex_);
        stats_.rejected += result.rejected;
        stats_.sent += events - result.rejected;
        stats_.unreadable += entry.events - std::min(entry.events, events);
        return;
      }
      if (!wait(wait_ms)) return;
      wait_ms = std::min(2 * wait_ms, options_.retry_max_ms);
    }
  }

  ExportResult try_once() {
    const Batch batch = batch_.batch();
    ExportResult result = ExportResult::failure(batch.size());
    std::string error;
    try {
      const Deadline deadline = Clock::now() + milliseconds(options_.export_timeout_ms);
      result = to_->export_batch(batch, {.deadline = deadline, .stop = stop_.get_token()})
                   .clamped(batch.size());
      error = to_->last_error();
    } catch (...) {
      error = current_exception_text();
    }
    if (result.failed + result.rejected != 0) {
      std::lock_guard lock(mutex_);
      last_error_ = std::move(error);
    }
    return result;
  }

  // From half of it to all, so that many who wait do not come back at once. Whether to go on.
  bool wait(std::uint32_t wait_ms) {
    const milliseconds pause(wait_ms / 2 + random_() % (wait_ms / 2 + 1));
    std::unique_lock lock(mutex_);
    ++stats_.retries;
    changed_.wait_for(lock, pause, [&] { return stop_.stop_requested(); });
    return !stop_.stop_requested();
  }

  const std::unique_ptr<Spool> spool_;
  const std::unique_ptr<Exporter> to_;
  const SpoolExporterOptions options_;
  std::stop_source stop_;
  std::thread thread_;

  // The thread's own.
  ReadBatch batch_;
  std::minstd_rand random_{std::random_device{}()};

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  Deadline shutdown_until_{};
  bool has_ended_ = false;
  absl::Status shut_down_;
  SpoolExporterStats stats_;
  std::string last_error_;
};

absl::StatusOr<std::unique_ptr<SpoolExporter>> SpoolExporter::open(
    const std::string& folder, std::unique_ptr<Exporter> to, const SpoolExporterOptions& options) {
  auto spool = Spool::open(folder, options.spool);
  if (!spool.ok()) return spool.status();
  std::string name = "spool:" + folder + "|" + std::string(to->name());
  auto sender = std::make_shared<Sender>(*std::move(spool), std::move(to), options);
  if (absl::Status started = Sender::start(sender); !started.ok()) return started;
  return std::unique_ptr<SpoolExporter>(
      new SpoolExporter(std::move(name), std::move(sender), options.flush_drains));
}

SpoolExporter::SpoolExporter(std::string name, std::shared_ptr<Sender> sender, bool flush_drains)
    : name_(std::move(name)), sender_(std::move(sender)), flush_drains_(flush_drains) {}

SpoolExporter::~SpoolExporter() {
  sender_->stop(Clock::now() + std::chrono::seconds(1)).IgnoreError();
}

ExportResult SpoolExporter::export_batch(const Batch& batch, const ExportContext&) {
  bytes_.clear();
  const std::uint64_t too_large = append_batch_bytes(bytes_, batch);
  const std::uint64_t events = batch.size() - too_large;
  ExportResult result = ExportResult::failure(too_large);
  if (events == 0) return result;
  const absl::Status appended = sender_->spool().append(bytes_, events);
  if (appended.ok()) {
    last_error_ = sender_->last_error();
    return result;
  }
  last_error_ = std::string(appended.message());
  (absl::IsResourceExhausted(appended) ? result.spool_quota : result.failed) += events;
  return result;
}

absl::Status SpoolExporter::flush(Deadline deadline) {
  const absl::Status synced = sender_->spool().sync();
  if (!synced.ok()) last_error_ = std::string(synced.message());
  if (!synced.ok() || !flush_drains_) return synced;
  if (sender_->spool().wait_until_empty(deadline)) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat("the spool is not empty: ", sender_->last_error()));
}

absl::Status SpoolExporter::shutdown(Deadline deadline) {
  const absl::Status synced = sender_->spool().sync();
  // A share of the time is left for the other exporter to shut down.
  const auto left = std::max(deadline - Clock::now(), Clock::duration::zero());
  sender_->spool().wait_until_empty(deadline - left / 4);
  const absl::Status stopped = sender_->stop(deadline);
  return synced.ok() ? stopped : synced;
}

void add_spool(ExporterFactory& factory) {
  factory.add_around("spool", "spool=FOLDER|SPEC  a disk of 1 GiB before the exporter SPEC",
                     [](std::string_view folder,
                        std::unique_ptr<Exporter> to) -> absl::StatusOr<std::unique_ptr<Exporter>> {
                       auto opened = SpoolExporter::open(std::string(folder), std::move(to));
                       if (!opened.ok()) return opened.status();
                       return *std::move(opened);
                     });
}

SpoolExporterStats SpoolExporter::stats() const { return sender_->stats(); }

}  // namespace v1
}  // namespace tracebus
