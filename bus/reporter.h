// SPDX-License-Identifier: Apache-2.0
//
// Reporter: tells the host what goes wrong, once in a while: that a subscription began to lose
// events and that it stopped, that an exporter fails, that emits find no room.
//
// Thread safety: one thread, the bus's reporter, which may also call what the host gave it.
#ifndef TRACEBUS_BUS_REPORTER_H_
#define TRACEBUS_BUS_REPORTER_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/options.h"
#include "tracebus/bus/queued_subscription.h"
#include "tracebus/bus/stats.h"

namespace tracebus {
inline namespace v1 {

class Reporter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Reporter(LogCallback log);

  // Compares the numbers with those of the last look, and says what has changed. rejected: of
  // emits. Returns when to look again at the latest, even if nothing happens.
  TimePoint look(const std::vector<std::shared_ptr<QueuedSubscription>>& subscriptions,
                 const DropCounts& rejected, TimePoint now);

  // Subscriptions that asked to be ended by their first loss, since the last call.
  std::vector<SubscriptionId> take_leavers() { return std::exchange(leavers_, {}); }

  void log(std::string_view text) const noexcept;

 private:
  // What is known of one that may lose events.
  struct Known {
    std::uint64_t losses = 0;
    TimePoint last_loss{};
    TimePoint last_said{};
    bool dropping = false;
    bool said_so = false;  // in the log, so that its end is said as well
    std::string error;
    TimePoint error_said{};
    std::uint64_t round = 0;
  };
  enum class Change { kNone, kBegan, kEnded };

  Change follow(Known& known, std::uint64_t losses, TimePoint now) const noexcept;
  void say(Known& known, Change change, std::string_view who, const DropCounts& dropped);
  void say_error(Known& known, QueuedSubscription& subscription, TimePoint now);
  void tell(QueuedSubscription& subscription, Change change, const DropCounts& dropped);

  const LogCallback log_;
  std::map<SubscriptionId, Known> known_;  // that of the callbacks has no id
  Known emits_;
  std::uint64_t round_ = 0;
  TimePoint now_{};
  std::vector<SubscriptionId> leavers_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_REPORTER_H_
