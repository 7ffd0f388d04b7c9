// SPDX-License-Identifier: Apache-2.0
//
// What emit answers, and every reason for which an event can fail to arrive.
#ifndef TRACEBUS_CORE_EMIT_RESULT_H_
#define TRACEBUS_CORE_EMIT_RESULT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// The outcome of one emit. Only kAccepted is on its way to subscriptions; kUnwanted is not counted,
// because no subscription wanted its type; every other value is counted by its reason.
enum class EmitResult : std::uint8_t {
  kAccepted = 0,
  kUnwanted,      // no subscription wants this type
  kFull,          // the producer's ring has no room, for a verbose event: little room
  kTooBig,        // even with its long texts cut, the event exceeds a limit of limits.h
  kClosed,        // the bus was shut down, or belongs to the parent of a fork
  kNested,        // emitted while the same thread was inside emit, and the emergency ring was full
  kBlockTimeout,  // waited for room in vain, on behalf of a subscription with Overflow::kBlock
};

// Why an accepted or attempted event was not delivered. The list is closed: every counter of the
// library is indexed by it.
enum class DropReason : std::uint8_t {
  kFull = 0,        // a bounded buffer had no room, under drop-newest
  kEvicted,         // pushed out by newer events, under drop-oldest
  kVerbose,         // a verbose event gave way under pressure
  kBlockTimeout,    // waited for room as long as was allowed
  kTooBig,          // larger than the limit that applied
  kClosed,          // the bus or the subscription was shut down
  kNested,          // emitted from within emit
  kUnsubscribed,    // queued when its subscription ended
  kExportFailed,    // the exporter or the callback failed
  kRejectedRemote,  // the receiver refused it
  kAbandoned,       // the exporter exceeded its deadline
  kExpired,         // too old to be sent
  kSampledOut,      // a sampler left it out
  kPredicate,       // the subscription's own predicate refused it
  kProcessor,       // a processor dropped it
  kForked,          // belonged to the parent of a fork
  kLostAtExit,      // undelivered when the process or the bus ended
  kSpoolQuota,      // the disk spool was full
};
inline constexpr std::size_t kDropReasons = 18;

using DropCounts = std::array<std::uint64_t, kDropReasons>;

constexpr std::string_view to_string(DropReason reason) noexcept {
  constexpr std::array<std::string_view, kDropReasons> kNames = {
      "full",      "evicted",      "verbose",      "block_timeout", "too_big",
      "closed",    "nested",       "unsubscribed", "export_failed", "rejected_remote",
      "abandoned", "expired",      "sampled_out",  "predicate",     "processor",
      "forked",    "lost_at_exit", "spool_quota"};
  return kNames[static_cast<std::size_t>(reason)];
}

constexpr std::string_view to_string(EmitResult result) noexcept {
  constexpr std::array<std::string_view, 7> kNames = {
      "accepted", "unwanted", "full", "too_big", "closed", "nested", "block_timeout"};
  return kNames[static_cast<std::size_t>(result)];
}

constexpr std::uint64_t total(const DropCounts& counts) noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EMIT_RESULT_H_
