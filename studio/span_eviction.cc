// SPDX-License-Identifier: Apache-2.0
//
// How a SpanTable stays within its bytes. Names are many where runs, sessions and users are: those
// that no event has any more go with their events, once they take a good part of the room.
#include <utility>

#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kNameShare = 4;  // of bytes_max, in which names are left alone

// Enters into `to` those names of `from` that are asked for, and knows their new numbers.
class Renumbering {
 public:
  Renumbering(const NameTable& from, NameTable& to) : from_(from), to_(to), new_(from.size()) {}
  std::uint32_t operator()(std::uint32_t number) {
    if (number != 0 && new_[number] == 0) new_[number] = to_.number_of(from_.text(number));
    return new_[number];
  }

 private:
  const NameTable& from_;
  NameTable& to_;
  std::vector<std::uint32_t> new_;
};

template <class Renumber>
void renumber(SpanColumn<std::uint32_t>& column, std::uint32_t rows, Renumber& number) {
  std::uint32_t* const numbers = column.data();
  if (numbers == nullptr) return;
  for (std::uint32_t row = 0; row < rows; ++row) numbers[row] = number(numbers[row]);
}

}  // namespace

void SpanTable::keep_within(std::size_t bytes_max) {
  const std::size_t before = chunks_.size();
  while (!chunks_.empty() && bytes() > bytes_max) evict_chunk();
  const bool has_evicted = chunks_.size() != before;
  if (has_evicted && names_->bytes() + runs_->bytes() > bytes_max / kNameShare) drop_names();
}

void SpanTable::evict_chunk() {
  const SpanChunk& chunk = *chunks_.front();
  for (std::uint32_t row = 0; row < chunk.rows; ++row) {
    RunEntry& run = runs_->run(chunk.run[row]);
    ++run.lost_events;
    if ((chunk.flags[row] & span_flag::kOpen) != 0 && run.open_spans != 0) --run.open_spans;
  }
  evicted_ += chunk.rows;
  open_.forget_before(chunk.first + SpanChunk::kRowsMax);
  if (chunks_.size() > 1) closed_bytes_ -= chunk.bytes();
  chunks_.pop_front();
}

void SpanTable::drop_names() {
  const std::shared_ptr<SpanNames> old = std::exchange(names_, std::make_shared<SpanNames>());
  // Payloads have the numbers of keys, which are bounded: they stay, in their order.
  for (std::uint32_t number = 1; number < old->keys.size(); ++number) {
    names_->keys.number_of(old->keys.text(number));
  }
  for (std::size_t i = 0; i < kSpanTexts; ++i) {
    Renumbering number(old->columns[i], names_->columns[i]);
    for (const auto& chunk : chunks_) renumber(chunk->texts[i], chunk->rows, number);
    const auto column = static_cast<SpanText>(i);
    for (std::uint32_t run = 1; run < runs_->runs().size(); ++run) {
      RunEntry& entry = runs_->run(run);
      if (entry.lost_events == entry.events) continue;
      if (column == SpanText::kPattern) entry.pattern = number(entry.pattern);
      if (column == SpanText::kWorkflow) entry.workflow = number(entry.workflow);
      if (column == SpanText::kSession) entry.session = number(entry.session);
      if (column == SpanText::kUser) entry.user = number(entry.user);
    }
  }
  types_.clear();
  auto kept = std::make_unique<RunTable>();
  std::vector<std::uint32_t> runs(runs_->runs().size());
  std::vector<std::uint32_t> traces(runs_->traces());
  kept->run(0) = runs_->run(0);
  for (std::uint32_t run = 1; run < runs.size(); ++run) {
    const RunEntry& entry = runs_->runs()[run];
    if (entry.lost_events == entry.events) continue;
    runs[run] = kept->keep_run(entry, old->ids.text(entry.id_text), names_->ids);
  }
  for (std::uint32_t trace = 1; trace < traces.size(); ++trace) {
    const TraceEntry& entry = runs_->trace(trace);
    if (runs[entry.run] == 0) continue;
    traces[trace] =
        kept->keep_trace(entry.id, runs[entry.run], old->ids.text(entry.text), names_->ids);
  }
  runs_ = std::move(kept);
  std::erase_if(cursor_.open,
                [&](RunCursor::Open& open) { return (open.run = runs[open.run]) == 0; });
  const auto run_number = [&](std::uint32_t run) { return runs[run]; };
  payments_.renumber_runs(run_number);
  const auto trace_number = [&](std::uint32_t trace) { return traces[trace]; };
  for (const auto& chunk : chunks_) {
    renumber(chunk->run, chunk->rows, run_number);
    renumber(chunk->trace, chunk->rows, trace_number);
  }
  rebuild_keys();
}

// Keys are made of numbers.
void SpanTable::rebuild_keys() {
  open_ = OpenSpans();
  for (const auto& chunk : chunks_) {
    for (std::uint32_t row = 0; row < chunk->rows; ++row) {
      if ((chunk->flags[row] & span_flag::kOpen) == 0) continue;
      const SpanTypeInfo& type = type_info(chunk->text(SpanText::kType)[row]);
      open_.add(pair_key(*chunk, row, type), chunk->first + row);
    }
  }
}

}  // namespace v1
}  // namespace tracebus
