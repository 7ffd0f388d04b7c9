// SPDX-License-Identifier: Apache-2.0
//
// SpanTable: events as columns, with what must be known of earlier ones to read the next: names,
// runs, open spans, and what was counted.
//
// Figures are counted once. A model's call counts what it says of tokens and cost, and a cost
// record with its span id, or, where neither has one, of its run and agent, what the call left out
// (payment_table.h). Among tokens those with a split into input and output count first, among costs
// those that are not 0. Spans of other kinds, such as an agent's with a sum, count nothing.
//
// A start and an end are two events. They are paired by their span id, or else by run, kind and
// agent: the oldest open one of an agent, the innermost of a pattern. An end that says no duration
// gets that of the pair.
//
// Thread safety: none; TraceStore locks.
#ifndef TRACEBUS_STUDIO_SPAN_TABLE_H_
#define TRACEBUS_STUDIO_SPAN_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/studio/name_table.h"
#include "tracebus/studio/open_spans.h"
#include "tracebus/studio/packed_payload.h"
#include "tracebus/studio/payment_table.h"
#include "tracebus/studio/run_table.h"
#include "tracebus/studio/span_chunk.h"
#include "tracebus/studio/span_index.h"
#include "tracebus/studio/span_reading.h"
#include "tracebus/studio/waiting_spans.h"

namespace tracebus {
inline namespace v1 {

// All texts of a table. Results that show them share it, so that they outlive the table.
struct SpanNames {
  std::array<NameTable, kSpanTexts> columns;
  NameTable ids;   // texts of runs and traces
  NameTable keys;  // of attributes

  NameTable& of(SpanText column) noexcept { return columns[static_cast<std::size_t>(column)]; }
  const NameTable& of(SpanText column) const noexcept {
    return columns[static_cast<std::size_t>(column)];
  }
  std::size_t bytes() const noexcept;
};

// Where an event lies.
struct SpanRow {
  const SpanChunk* chunk = nullptr;
  std::uint32_t row = 0;

  std::uint64_t number() const noexcept { return chunk->first + row; }
};

class SpanTable {
 public:
  // chunk_bytes_max: about how much is let go of at once.
  explicit SpanTable(std::size_t chunk_bytes_max);
  SpanTable(const SpanTable&) = delete;
  SpanTable& operator=(const SpanTable&) = delete;

  // Returns the event's number, which rises and is never given twice; numbers have gaps.
  // by_nesting: events without ids come from one source, run after run (RunCursor).
  std::uint64_t append(const TraceEvent& event, bool by_nesting);
  bool has_problem() const noexcept { return refused_figure_ != nullptr || refused_time_; }
  // What of the last event was refused, for whoever read it; empty: nothing.
  std::string last_problem() const;
  // Runs that the source before left open take no more events without ids.
  void begin_source() { cursor_.open.clear(); }

  using Chunks = std::deque<std::unique_ptr<SpanChunk>>;
  const Chunks& chunks() const noexcept { return chunks_; }
  const SpanNames& names() const noexcept { return *names_; }
  std::shared_ptr<const SpanNames> shared_names() const noexcept { return names_; }
  const RunTable& runs() const noexcept { return *runs_; }
  // chunk is null: it was let go of, or there was none.
  SpanRow find(std::uint64_t number) const noexcept;
  // What was appended. Borrows from the table. with_agent: also where it is that of a span above.
  TraceEvent event_at(const SpanRow& at, bool with_agent = false) const;

  std::uint64_t spans() const noexcept { return spans_; }
  std::uint64_t evicted() const noexcept { return evicted_; }
  std::uint64_t refused_figures() const noexcept { return refused_figures_; }
  std::uint64_t duplicates() const noexcept { return duplicates_; }
  std::uint64_t open_spans() const noexcept { return open_.size(); }
  std::int64_t last_ns() const noexcept { return last_ns_; }
  std::size_t bytes() const noexcept;
  // Lets go of the oldest events, a chunk at a time, and of the names that only they had.
  void keep_within(std::size_t bytes_max);

 private:
  const SpanTypeInfo& type_info(std::uint32_t type);
  SpanChunk& chunk_for_one();
  // In any chunk: what a column that it had not before takes is known.
  void set_text(SpanChunk& chunk, std::uint32_t row, SpanText column, std::uint32_t number);
  void write_texts(SpanChunk& chunk, std::uint32_t row, const SpanReading& reading,
                   const RunEntry& run);
  void write_figures(SpanChunk& chunk, std::uint32_t row, const SpanReading& reading);
  std::uint32_t pair(SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                     std::uint32_t flags);
  // --- What counts (span_counting.cc) ---
  std::uint32_t count(SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                      std::uint32_t flags);
  PaymentClaim claim_of(const SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                        std::uint32_t flags) const;
  std::uint32_t join_by_id(SpanChunk& chunk, std::uint32_t row, const PaymentClaim& claim);
  std::uint32_t join_by_agent(SpanChunk& chunk, std::uint32_t row, const PaymentClaim& claim);
  std::uint32_t join(Payment& payment, SpanChunk& chunk, std::uint32_t row,
                     const PaymentClaim& claim);
  void mark_within(std::uint64_t number);
  void count_less(const Payment& payment, const Payment::Joining& joining);
  void share_names(SpanChunk& chunk, std::uint32_t row, std::uint64_t other);
  // Of a span id of the row's run, or of its agent there where id is 0. Holds for ever.
  std::uint64_t span_key(const SpanChunk& chunk, std::uint32_t row,
                         std::uint64_t id) const noexcept;
  // --- What others of the span, and those above it, say (span_lineage.cc) ---
  struct Above {
    std::uint32_t agent = 0;    // 0: nobody said one
    std::uint64_t missing = 0;  // the key of the span that was not heard of; 0: all were
  };
  void index(const SpanChunk& chunk, std::uint32_t row, std::uint64_t key);
  SpanRow find_twin(const SpanRow& of, std::uint32_t flags, std::uint64_t key,
                    const std::optional<Origin>& origin) const;
  std::uint32_t copy_twin(SpanChunk& chunk, std::uint32_t row, std::uint32_t flags,
                          const SpanRow& twin);
  Above look_above(const SpanChunk& chunk, std::uint32_t row, std::uint64_t id) const;
  std::uint32_t take_agent(SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type);
  void tell_waiting(const SpanChunk& chunk, std::uint32_t row, std::uint64_t key);
  void add_to_run(const SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                  const SpanReading& reading);
  void end_run(RunEntry& run, const SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type);
  SpanChunk* chunk_of(std::uint64_t number) noexcept;
  std::uint64_t pair_key(const SpanChunk& chunk, std::uint32_t row,
                         const SpanTypeInfo& type) const noexcept;
  void evict_chunk();
  void drop_names();
  void rebuild_keys();

  const SpanReader reader_;
  const std::size_t chunk_bytes_max_;
  std::shared_ptr<SpanNames> names_;
  std::unique_ptr<RunTable> runs_;
  std::vector<SpanTypeInfo> types_;  // by the number of the type's name
  Chunks chunks_;
  std::size_t closed_bytes_ = 0;  // of all chunks but the last
  std::uint64_t next_chunk_ = 0;
  RunCursor cursor_;
  OpenSpans open_;
  PaymentTable payments_;
  SpanIndex index_;
  WaitingSpans waiting_;  // for the agent of a span above
  std::uint64_t spans_ = 0;
  std::uint64_t evicted_ = 0;
  std::uint64_t refused_figures_ = 0;
  std::uint64_t duplicates_ = 0;
  const char* refused_figure_ = nullptr;  // of the last event
  bool refused_time_ = false;
  std::int64_t last_ns_ = 0;  // the latest time of an event
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_TABLE_H_
