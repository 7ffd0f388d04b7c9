// SPDX-License-Identifier: Apache-2.0
//
// Every option that has a range or a set of choices, said once: its names and what it may be. All
// that goes over the options is a visitor of this list: validate, from_env, and the tests that
// compare options.md with it. A visitor has
//
//   number(const OptionName&, T& value, const NumberRange<T>&)
//   choice(const OptionName&, E& value, const Choices<E>&)
//   cpus(const OptionName&, std::vector<int>& value)
//
// The options are visited in order, and a range may follow from a value visited before.
#ifndef TRACEBUS_BUS_OPTION_LIST_H_
#define TRACEBUS_BUS_OPTION_LIST_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "tracebus/bus/options.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

struct OptionName {
  const char* in_code;                   // as BusOptions.ring_bytes
  const char* in_environment = nullptr;  // as TRACEBUS_RING_BYTES; null: not to be set there
};

enum class NumberForm : std::uint8_t { kPlain, kBytes, kPowerOfTwoBytes };

template <class T>
struct NumberRange {
  T min;
  T max;
  NumberForm form = NumberForm::kPlain;
  OptionName min_option = {nullptr};  // whose value is the minimum, if any's
  std::string_view because = {};      // why the maximum is so low

  constexpr bool contains(T value) const noexcept {
    if (value < min || value > max) return false;
    return form != NumberForm::kPowerOfTwoBytes ||
           std::has_single_bit(static_cast<std::make_unsigned_t<T>>(value));
  }
  // "a power of two from 4096 to 67108864"
  std::string text() const {
    std::string text = form == NumberForm::kPowerOfTwoBytes ? "a power of two from " : "from ";
    text += std::to_string(min) + " to " + std::to_string(max);
    return text.append(because);
  }
};

template <class E>
struct Choice {
  std::string_view text;
  E value;
};

template <class E>
struct Choices {
  std::span<const Choice<E>> all;
  std::size_t allowed = all.size();  // so many from the front
  std::string_view because = {};     // why not all are

  constexpr bool contains(E value) const noexcept {
    for (const Choice<E>& choice : all.first(allowed)) {
      if (choice.value == value) return true;
    }
    return false;
  }
  // Empty if value is no enumerator.
  constexpr std::string_view text_of(E value) const noexcept {
    for (const Choice<E>& choice : all) {
      if (choice.value == value) return choice.text;
    }
    return {};
  }
  // "drop_newest, drop_oldest or block"
  std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < allowed; ++i) {
      if (i > 0) text += i + 1 == allowed ? " or " : ", ";
      text += all[i].text;
    }
    return text.append(because);
  }
};

// kBlock is the last one, because it is not always allowed.
inline constexpr std::array<Choice<Overflow>, 3> kOverflowChoices = {
    {{"drop_newest", Overflow::kDropNewest},
     {"drop_oldest", Overflow::kDropOldest},
     {"block", Overflow::kBlock}}};
inline constexpr std::array<Choice<Threading>, 2> kThreadingChoices = {
    {{"threads", Threading::kThreads}, {"manual", Threading::kManual}}};
// kHuge is the last one, because it is not always allowed.
inline constexpr std::array<Choice<Pages>, 3> kPagesChoices = {
    {{"prepared", Pages::kPrepared}, {"first_touch", Pages::kFirstTouch}, {"huge", Pages::kHuge}}};
inline constexpr std::array<Choice<RunOn>, 3> kRunOnChoices = {
    {{"shared_worker", RunOn::kSharedWorker},
     {"own_worker", RunOn::kOwnWorker},
     {"dispatcher", RunOn::kDispatcher}}};

inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;
inline constexpr int kNiceMin = -20;
inline constexpr int kNiceMax = 19;
inline constexpr NumberRange<std::size_t> kQueueBytesRange = {kQueueBytesMin, kQueueBytesMax,
                                                              NumberForm::kBytes};
inline constexpr NumberRange<std::int64_t> kBlockTimeoutMsRange = {1, kHourMs};

// Options is BusOptions, or const.
template <class Options, class Visitor>
void visit_memory_options(Options& options, Visitor& visitor) {
  constexpr OptionName kRingBytes = {"BusOptions.ring_bytes", "TRACEBUS_RING_BYTES"};
  visitor.number(
      kRingBytes, options.ring_bytes,
      NumberRange<std::size_t>{kRingBytesMin, kRingBytesMax, NumberForm::kPowerOfTwoBytes});
  visitor.number({"BusOptions.ring_bytes_max", "TRACEBUS_RING_BYTES_MAX"}, options.ring_bytes_max,
                 NumberRange<std::size_t>{options.ring_bytes, kRingBytesMax,
                                          NumberForm::kPowerOfTwoBytes, kRingBytes});
  visitor.number(
      {"BusOptions.ring_budget_bytes", "TRACEBUS_RING_BUDGET_BYTES"}, options.ring_budget_bytes,
      NumberRange<std::size_t>{options.ring_bytes, kRingBudgetMax, NumberForm::kBytes, kRingBytes});
  visitor.number({"BusOptions.large_bytes_max", "TRACEBUS_LARGE_BYTES_MAX"},
                 options.large_bytes_max,
                 NumberRange<std::size_t>{0, kLargeBytesMax, NumberForm::kBytes});
  Choices<Pages> pages = {kPagesChoices};
  if (options.arena != nullptr) {
    pages.allowed = 2;
    pages.because = ", as BusOptions.arena is set";
  }
  visitor.choice({"BusOptions.pages", "TRACEBUS_PAGES"}, options.pages, pages);
}

// More would leave each less than it needs.
inline NumberRange<std::size_t> dispatchers_range(const BusOptions& options) {
  NumberRange<std::size_t> range = {1, kDispatchersMax};
  const auto lower = [&range](std::size_t max, std::string_view because) {
    if (max >= range.max) return;
    range.max = std::max<std::size_t>(max, 1);
    range.because = because;
  };
  lower(options.ring_budget_bytes / std::max<std::size_t>(options.ring_bytes, 1),
        ", as each needs BusOptions.ring_bytes of BusOptions.ring_budget_bytes");
  lower(options.callback_queue_bytes_max / kQueueBytesMin,
        ", as each needs a queue of BusOptions.callback_queue_bytes_max");
  if (options.threading == Threading::kManual) lower(1, ", as BusOptions.threading is manual");
  return range;
}

template <class Options, class Visitor>
void visit_thread_options(Options& options, Visitor& visitor) {
  constexpr NumberRange<int> kNiceRange = {kNiceMin, kNiceMax};
  visitor.number({"BusOptions.dispatchers", "TRACEBUS_DISPATCHERS"}, options.dispatchers,
                 dispatchers_range(options));
  visitor.cpus({"BusOptions.dispatcher_thread.cpus", "TRACEBUS_DISPATCHER_CPUS"},
               options.dispatcher_thread.cpus);
  visitor.number({"BusOptions.dispatcher_thread.nice", "TRACEBUS_DISPATCHER_NICE"},
                 options.dispatcher_thread.nice, kNiceRange);
  visitor.cpus({"BusOptions.worker_threads.cpus", "TRACEBUS_WORKER_CPUS"},
               options.worker_threads.cpus);
  visitor.number({"BusOptions.worker_threads.nice", "TRACEBUS_WORKER_NICE"},
                 options.worker_threads.nice, kNiceRange);
}

template <class Options, class Visitor>
  requires std::is_same_v<std::remove_const_t<Options>, BusOptions>
void visit_options(Options& options, Visitor& visitor) {
  visit_memory_options(options, visitor);
  visitor.choice({"BusOptions.threading", "TRACEBUS_THREADING"}, options.threading,
                 Choices<Threading>{kThreadingChoices});
  // Whoever polls cannot make room while it waits for room.
  Choices<Overflow> overflow = {kOverflowChoices};
  if (options.threading == Threading::kManual) {
    overflow.allowed = 2;
    overflow.because = ", as threading is manual";
  }
  visitor.choice({"BusOptions.callback_overflow", "TRACEBUS_CALLBACK_OVERFLOW"},
                 options.callback_overflow, overflow);
  visitor.number({"BusOptions.callback_queue_bytes_max", "TRACEBUS_CALLBACK_QUEUE_BYTES_MAX"},
                 options.callback_queue_bytes_max, kQueueBytesRange);
  visitor.number({"BusOptions.shutdown_timeout_ms", "TRACEBUS_SHUTDOWN_TIMEOUT_MS"},
                 options.shutdown_timeout_ms, NumberRange<std::int64_t>{0, kHourMs});
  visit_thread_options(options, visitor);
  visitor.number({"BusOptions.stats_interval_ms", "TRACEBUS_STATS_INTERVAL_MS"},
                 options.stats_interval_ms, NumberRange<std::int64_t>{0, kHourMs});
}

template <class Options, class Visitor>
  requires std::is_same_v<std::remove_const_t<Options>, ExporterOptions>
void visit_options(Options& options, Visitor& visitor) {
  visitor.number({"ExporterOptions.queue_bytes_max", "TRACEBUS_QUEUE_BYTES_MAX"},
                 options.queue_bytes_max, kQueueBytesRange);
  visitor.choice({"ExporterOptions.overflow", "TRACEBUS_OVERFLOW"}, options.overflow,
                 Choices<Overflow>{kOverflowChoices});
  visitor.number({"ExporterOptions.block_timeout_ms", "TRACEBUS_BLOCK_TIMEOUT_MS"},
                 options.block_timeout_ms, kBlockTimeoutMsRange);
  visitor.number({"ExporterOptions.batch.events_max", "TRACEBUS_BATCH_EVENTS_MAX"},
                 options.batch.events_max, NumberRange<std::size_t>{1, kBatchEventsMax});
  visitor.number({"ExporterOptions.batch.bytes_max", "TRACEBUS_BATCH_BYTES_MAX"},
                 options.batch.bytes_max,
                 NumberRange<std::size_t>{1, SIZE_MAX, NumberForm::kBytes});
  visitor.number({"ExporterOptions.batch.delay_ms_max", "TRACEBUS_BATCH_DELAY_MS_MAX"},
                 options.batch.delay_ms_max, NumberRange<std::int64_t>{0, kHourMs});
  visitor.number({"ExporterOptions.export_timeout_ms", "TRACEBUS_EXPORT_TIMEOUT_MS"},
                 options.export_timeout_ms, NumberRange<std::int64_t>{1, kDayMs});
}

template <class Options, class Visitor>
  requires std::is_same_v<std::remove_const_t<Options>, CallbackOptions>
void visit_options(Options& options, Visitor& visitor) {
  visitor.choice({"CallbackOptions.run_on"}, options.run_on, Choices<RunOn>{kRunOnChoices});
  visitor.choice({"CallbackOptions.overflow"}, options.overflow,
                 Choices<Overflow>{kOverflowChoices});
  visitor.number({"CallbackOptions.queue_bytes_max"}, options.queue_bytes_max, kQueueBytesRange);
  visitor.number({"CallbackOptions.block_timeout_ms"}, options.block_timeout_ms,
                 kBlockTimeoutMsRange);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_OPTION_LIST_H_
