// SPDX-License-Identifier: Apache-2.0
//
// spdlog's asynchronous logger, as a rig (see rig.h): it has a queue and a thread of its own, which
// waits on a condition variable. Its sink counts and writes nothing. The text is formatted where
// spdlog does it, on the calling thread.
#ifndef TRACEBUS_BENCH_PEERS_SPDLOG_RIG_H_
#define TRACEBUS_BENCH_PEERS_SPDLOG_RIG_H_

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/bench/peers/id_words.h"

namespace tracebus::bench {

class SpdlogRig {
 public:
  explicit SpdlogRig(std::size_t)
      : sink_(std::make_shared<Sink>()),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueueMessages, 1)),
        logger_(std::make_shared<spdlog::async_logger>("bench", sink_, pool_,
                                                       spdlog::async_overflow_policy::block)) {}

  class Producer {
   public:
    Producer(SpdlogRig& rig, std::size_t) : logger_(*rig.logger_) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      const IdWords ids = id_words(event.ids);
      logger_.info(
          "{} {} {} run={:016x}{:016x} trace={:016x}{:016x} span={:016x} parent={:016x} "
          "model={} input_tokens={} output_tokens={} cost_usd={}",
          type.number(), event.agent, event.pattern, ids[0], ids[1], ids[2], ids[3], ids[4], ids[5],
          event.model, tokens, event.output_tokens, event.cost_usd);
    }

   private:
    spdlog::async_logger& logger_;
  };

  bool finish(std::uint64_t events) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (sink_->messages() < events) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return true;
  }

 private:
  static constexpr std::size_t kQueueMessages = 8192;  // its own default: slots of about 350 bytes

  class Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
   public:
    std::uint64_t messages() const { return messages_.load(std::memory_order_acquire); }

   private:
    void sink_it_(const spdlog::details::log_msg&) override {
      messages_.store(messages_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    void flush_() override {}
    std::atomic<std::uint64_t> messages_{0};
  };

  const std::shared_ptr<Sink> sink_;
  const std::shared_ptr<spdlog::details::thread_pool> pool_;
  const std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_SPDLOG_RIG_H_
