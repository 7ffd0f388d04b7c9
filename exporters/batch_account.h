// SPDX-License-Identifier: Apache-2.0
//
// BatchAccount: what became of each event of one batch on its way through processors.
//
// Events are known by producer and sequence, which replaced records and copies keep. So the first
// that leaves the chain under the identity of an event of the batch is that event; whatever else
// leaves it was added. Thread safety: none.
#ifndef TRACEBUS_EXPORTERS_BATCH_ACCOUNT_H_
#define TRACEBUS_EXPORTERS_BATCH_ACCOUNT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

class BatchAccount {
 public:
  // added_by: the producer of events that the processors make themselves.
  explicit BatchAccount(std::uint32_t added_by) noexcept : added_by_(added_by) {}

  // REQUIRES: the events stay valid until finish.
  void begin(std::span<const EventView> events);
  // The event that enters the chain now. Only a hint: others are found, too, but less quickly.
  void enter(std::size_t index) noexcept { entered_ = index; }

  void left_chain(const EventView& event);
  // Left out by a sampler, unless it leaves the chain after all.
  void sampled_out(const EventView& event);
  void failed(const EventView& event);
  // An added event that never became a record.
  void failed_to_add() noexcept;
  // So many of those that left the chain were exported, with this result.
  void exported(std::uint64_t events, const ExportResult& result) noexcept;

  ExportResult finish() noexcept;

 private:
  // Marks the event; false if it is none of the batch, or was marked before.
  bool answer(const EventView& event);
  std::optional<std::size_t> find(const EventView& event);
  void sort();

  const std::uint32_t added_by_;
  std::span<const EventView> events_;
  std::vector<bool> answered_;
  std::vector<bool> sampled_;       // sampled out, whether answered since or not
  std::vector<std::size_t> order_;  // of events_ by identity; empty: not needed yet
  std::size_t entered_ = 0;
  std::uint64_t unanswered_ = 0;
  std::uint64_t unanswered_sampled_ = 0;  // those of them that a sampler left out
  ExportResult result_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_BATCH_ACCOUNT_H_
