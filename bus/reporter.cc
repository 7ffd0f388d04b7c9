// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/reporter.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

// Without a loss for so long, a subscription has stopped losing events.
constexpr auto kQuiet = std::chrono::seconds(1);
// Between two messages about the same thing.
constexpr auto kSayAgain = std::chrono::seconds(10);

std::string reasons(const DropCounts& dropped) {
  std::string text;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (dropped[i] == 0) continue;
    const std::string_view reason = to_string(static_cast<DropReason>(i));
    absl::StrAppend(&text, text.empty() ? "" : ", ", std::string(reason), " ", dropped[i]);
  }
  return text;
}

void print(std::string_view text) {
  std::fprintf(stderr, "tracebus: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace

Reporter::Reporter(LogCallback log) : log_(log ? std::move(log) : LogCallback(print)) {}

void Reporter::log(std::string_view text) const noexcept {
  try {
    log_(text);
  } catch (...) {
    return;  // there is nowhere left to say it
  }
}

Reporter::TimePoint Reporter::look(
    const std::vector<std::shared_ptr<QueuedSubscription>>& subscriptions,
    const DropCounts& rejected, TimePoint now) {
  now_ = now;
  ++round_;
  bool busy = false;
  for (const std::shared_ptr<QueuedSubscription>& subscription : subscriptions) {
    Known& known = known_[subscription->id];
    known.round = round_;
    const DropCounts dropped = subscription->drops.get();
    const Change change = follow(known, subscription->lost_to_limits(), now);
    say(known, change, subscription->name, dropped);
    tell(*subscription, change, dropped);
    say_error(known, *subscription, now);
    busy = busy || known.dropping;
  }
  std::erase_if(known_, [&](const auto& known) { return known.second.round != round_; });
  DropCounts lost = rejected;
  lost[static_cast<std::size_t>(DropReason::kClosed)] = 0;  // those who emit then know
  lost[static_cast<std::size_t>(DropReason::kSampledOut)] = 0;  // wanted so
  say(emits_, follow(emits_, total(lost), now), "emit", lost);
  return busy || emits_.dropping ? now + kQuiet : TimePoint::max();
}

Reporter::Change Reporter::follow(Known& known, std::uint64_t losses,
                                  TimePoint now) const noexcept {
  const bool more = losses > known.losses;
  known.losses = losses;
  if (more) known.last_loss = now;
  if (more == known.dropping) return Change::kNone;
  if (!more && now - known.last_loss < kQuiet) return Change::kNone;
  known.dropping = more;
  return more ? Change::kBegan : Change::kEnded;
}

void Reporter::say(Known& known, Change change, std::string_view who, const DropCounts& dropped) {
  if (change == Change::kBegan) {
    if (known.last_said != TimePoint{} && now_ - known.last_said < kSayAgain) return;
    known.said_so = true;
    known.last_said = now_;
    log(absl::StrCat(std::string(who), " began to lose events: ", reasons(dropped)));
  } else if (change == Change::kEnded && std::exchange(known.said_so, false)) {
    log(absl::StrCat(std::string(who), " stopped losing events: ", reasons(dropped), " in all"));
  }
}

void Reporter::say_error(Known& known, QueuedSubscription& subscription, TimePoint now) {
  std::string error;
  {
    const std::lock_guard lock(subscription.report_mutex);
    error = subscription.last_error;
  }
  if (error == known.error) return;
  if (known.error_said != TimePoint{} && now - known.error_said < kSayAgain) return;
  known.error = error;
  known.error_said = now;
  log(absl::StrCat(subscription.name, ": ", error));
}

void Reporter::tell(QueuedSubscription& subscription, Change change, const DropCounts& dropped) {
  if (change == Change::kNone) return;
  const ExporterOptions& options = subscription.options;
  if (change == Change::kBegan && options.unsubscribe_on_overflow) {
    leavers_.push_back(subscription.id);
  }
  if (!options.on_overflow) return;
  try {
    options.on_overflow({subscription.id, subscription.name, change == Change::kBegan, dropped});
  } catch (...) {
    return;  // as options.h says
  }
}

}  // namespace v1
}  // namespace tracebus
