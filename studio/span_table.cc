// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/span_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::uint32_t to_u32(std::int64_t number) noexcept {
  constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, kMax));
}

std::uint64_t word_of(const SpanId& id) noexcept {
  return load_word<std::uint64_t>(reinterpret_cast<const char*>(id.bytes.data()));
}
SpanId span_id_of(std::uint64_t word) noexcept {
  SpanId id;
  std::memcpy(id.bytes.data(), &word, sizeof word);
  return id;
}
SpanId id_of(const SpanId& binary, std::string_view foreign) noexcept {
  return foreign.empty() ? binary : SpanId::from_foreign(foreign);
}

std::int64_t subtract_saturating(std::int64_t from, std::int64_t what) noexcept {
  std::int64_t result = 0;
  if (!__builtin_sub_overflow(from, what, &result)) return result;
  return what < 0 ? std::numeric_limits<std::int64_t>::max()
                  : std::numeric_limits<std::int64_t>::min();
}

std::uint32_t moment_flag(SpanMoment moment) noexcept {
  switch (moment) {
    case SpanMoment::kStart:
      return span_flag::kStart;
    case SpanMoment::kEnd:
      return span_flag::kEnd;
    case SpanMoment::kWhole:
      return span_flag::kWhole;
    default:
      return 0;
  }
}

std::uint32_t status_flags(const SpanTypeInfo& type, const SpanReading& reading) noexcept {
  if (type.is_error) return span_flag::kFailed | span_flag::kError;
  if (reading.status == SpanStatus::kFailed) return span_flag::kFailed;
  if (reading.status == SpanStatus::kOk) return span_flag::kOk;
  return type.failed ? span_flag::kFailed : 0;
}

// How many of earlier events are remembered: fewer in a small store.
std::size_t entries_within(std::size_t bytes, std::size_t bytes_each, std::size_t most) noexcept {
  constexpr std::size_t kLeast = 1024;
  return std::bit_floor(std::clamp(bytes / bytes_each, kLeast, most));
}

// Times beyond nanoseconds of 64 bits saturate, and none is meant that lies there.
constexpr bool fits(std::int64_t ns) noexcept {
  return ns != std::numeric_limits<std::int64_t>::max() &&
         ns != std::numeric_limits<std::int64_t>::min();
}

}  // namespace

std::size_t SpanNames::bytes() const noexcept {
  std::size_t bytes = ids.bytes() + keys.bytes();
  for (const NameTable& column : columns) bytes += column.bytes();
  return bytes;
}

SpanTable::SpanTable(std::size_t chunk_bytes_max)
    : chunk_bytes_max_(chunk_bytes_max), names_(std::make_shared<SpanNames>()),
      runs_(std::make_unique<RunTable>()),
      payments_(entries_within(chunk_bytes_max, sizeof(Payment) + 64, 16'384)),
      index_(entries_within(chunk_bytes_max, sizeof(std::uint64_t), 262'144)),
      waiting_(entries_within(chunk_bytes_max, 64, 65'536)) {}

const SpanTypeInfo& SpanTable::type_info(std::uint32_t type) {
  while (types_.size() <= type) {
    const auto number = static_cast<std::uint32_t>(types_.size());
    types_.push_back(span_type_info(names_->of(SpanText::kType).text(number)));
  }
  return types_[type];
}

SpanChunk& SpanTable::chunk_for_one() {
  constexpr std::uint32_t kLookEvery = 64;
  const auto is_full = [this](const SpanChunk& chunk) {
    return chunk.rows == SpanChunk::kRowsMax ||
           (chunk.rows % kLookEvery == 0 && chunk.bytes() >= chunk_bytes_max_) ||
           chunk.payloads.size() >= chunk_bytes_max_;
  };
  if (chunks_.empty() || is_full(*chunks_.back())) {
    if (!chunks_.empty()) {
      chunks_.back()->payloads.shrink_to_fit();
      closed_bytes_ += chunks_.back()->bytes();
    }
    chunks_.push_back(std::make_unique<SpanChunk>());
    chunks_.back()->first = next_chunk_++ * SpanChunk::kRowsMax;
  }
  return *chunks_.back();
}

std::uint64_t SpanTable::append(const TraceEvent& event, bool by_nesting) {
  SpanChunk& chunk = chunk_for_one();
  const std::uint32_t row = chunk.rows;
  const SpanReading reading = reader_.read(event);
  const SpanTypeInfo type = type_info(names_->of(SpanText::kType).number_of(event.event_type));
  const RunTable::Place place =
      runs_->place_of(event, type, by_nesting ? &cursor_ : nullptr, names_->ids);

  std::uint32_t flags = moment_flag(type.moment) | status_flags(type, reading);
  if (place.own_run) flags |= span_flag::kOwnRun;
  if (!event.pattern_type.empty()) flags |= span_flag::kOwnPattern;
  chunk.run.set(row, place.run);
  chunk.trace.set(row, place.trace);
  refused_time_ = event.timestamp && !fits(event.timestamp->to_unix_ns());
  if (event.timestamp && !refused_time_) {
    const std::int64_t time_ns = event.timestamp->to_unix_ns();
    flags |= span_flag::kHasTime;
    chunk.time_ns.set(row, time_ns);
    chunk.time_min_ns = std::min(chunk.time_min_ns, time_ns);
    chunk.time_max_ns = std::max(chunk.time_max_ns, time_ns);
    last_ns_ = std::max(last_ns_, time_ns);
  }
  chunk.span_id.set(row, word_of(id_of(event.ids.span_id, event.foreign_ids.span_id)));
  chunk.parent_span_id.set(
      row, word_of(id_of(event.ids.parent_span_id, event.foreign_ids.parent_span_id)));
  const std::optional<SpanKind> kind = reading.kind && type.kind ? reading.kind : type.kind;
  if (kind) chunk.kind.set(row, static_cast<std::uint8_t>(static_cast<int>(*kind) + 1));
  if (kind == SpanKind::kGuard && reading.guard_fired && type.moment != SpanMoment::kStart) {
    flags |= span_flag::kGuardFired;
  }
  if (place.is_agents) {
    runs_->run(place.run).workflow = names_->of(SpanText::kWorkflow).number_of(event.agent_name);
  }
  write_texts(chunk, row, reading, runs_->run(place.run));
  write_figures(chunk, row, reading);
  if (reading.duration_ns) flags |= span_flag::kHasDuration;
  if (reading.cost) flags |= span_flag::kHasCost;
  if (reading.has_tokens()) flags |= span_flag::kHasTokens;
  const bool has_key =
      chunk.span_id[row] != 0 && (type.moment != SpanMoment::kNone || type.is_record);
  const std::uint64_t key = has_key ? span_key(chunk, row, chunk.span_id[row]) : 0;
  const SpanRow twin = has_key ? find_twin({&chunk, row}, flags, key, event.origin) : SpanRow{};
  if (twin.chunk != nullptr) {
    flags = copy_twin(chunk, row, flags, twin);
  } else {
    flags = pair(chunk, row, type, flags);
    flags |= count(chunk, row, type, flags);
  }
  flags |= take_agent(chunk, row, type);
  append_packed(chunk.payloads, event, reading.places, names_->keys);
  chunk.payload_end.set(row, static_cast<std::uint32_t>(chunk.payloads.size()));
  chunk.flags.set(row, flags);
  ++chunk.rows;
  ++spans_;
  refused_figures_ += reading.refused + (refused_time_ ? 1 : 0);
  refused_figure_ = reading.refused_what;
  add_to_run(chunk, row, type, reading);
  if (has_key && twin.chunk == nullptr) {
    tell_waiting(chunk, row, key);
    index(chunk, row, key);
  }
  return chunk.first + row;
}

std::string SpanTable::last_problem() const {
  std::string what;
  if (refused_figure_ != nullptr) {
    what.append(refused_figure_).append(" is negative, or no number: it is not counted");
  }
  if (refused_time_) {
    what += what.empty() ? "" : "; ";
    what += "the time lies before 1678 or after 2262: the event is kept without it";
  }
  return what;
}

void SpanTable::set_text(SpanChunk& chunk, std::uint32_t row, SpanText column,
                         std::uint32_t number) {
  const std::size_t before = chunk.bytes();
  chunk.texts[static_cast<std::size_t>(column)].set(row, number);
  if (&chunk != chunks_.back().get()) closed_bytes_ += chunk.bytes() - before;
}

// What an event leaves out of its run, workflow and so on, its run knows.
void SpanTable::write_texts(SpanChunk& chunk, std::uint32_t row, const SpanReading& reading,
                            const RunEntry& run) {
  for (std::size_t i = 0; i < kSpanTexts; ++i) {
    std::uint32_t number = names_->columns[i].number_of(reading.texts[i]);
    if (number == 0 && i == static_cast<std::size_t>(SpanText::kPattern)) number = run.pattern;
    if (number == 0 && i == static_cast<std::size_t>(SpanText::kWorkflow)) number = run.workflow;
    if (number == 0 && i == static_cast<std::size_t>(SpanText::kSession)) number = run.session;
    if (number == 0 && i == static_cast<std::size_t>(SpanText::kUser)) number = run.user;
    chunk.texts[i].set(row, number);
  }
}

void SpanTable::write_figures(SpanChunk& chunk, std::uint32_t row, const SpanReading& reading) {
  chunk.duration_ns.set(row, reading.duration_ns.value_or(0));
  if (reading.cost) chunk.cost_nanos.set(row, reading.cost->value());
  if (!reading.has_tokens()) return;
  std::int64_t split = reading.input_tokens.value_or(0);
  add_saturating(split, reading.output_tokens.value_or(0));
  const bool has_split = reading.input_tokens || reading.output_tokens;
  chunk.input_tokens.set(row, to_u32(reading.input_tokens.value_or(0)));
  chunk.output_tokens.set(row, to_u32(reading.output_tokens.value_or(0)));
  chunk.total_tokens.set(row, to_u32(has_split ? split : reading.total_tokens.value_or(0)));
  chunk.cache_read_tokens.set(row, to_u32(reading.cache_read_tokens));
  chunk.cache_write_tokens.set(row, to_u32(reading.cache_write_tokens));
}

std::uint64_t SpanTable::pair_key(const SpanChunk& chunk, std::uint32_t row,
                                  const SpanTypeInfo& type) const noexcept {
  auto kind = static_cast<std::uint64_t>(type.kind.value_or(SpanKind::kAgent));
  if (type.is_provider) kind += kSpanKinds;  // beside the call that it is within
  const std::uint64_t scope = std::uint64_t{chunk.run[row]} << 8 | kind;
  if (const std::uint64_t id = chunk.span_id[row]) return fold_words(id ^ kHashFirst, scope + 1);
  const std::uint64_t agent = type.is_pattern ? 0 : chunk.text(SpanText::kAgent)[row];
  return fold_words(agent ^ kHashSecond, scope ^ kHashFirst);
}

std::uint32_t SpanTable::pair(SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                              std::uint32_t flags) {
  if (type.moment != SpanMoment::kStart && type.moment != SpanMoment::kEnd) return flags;
  const std::uint64_t key = pair_key(chunk, row, type);
  if (type.moment == SpanMoment::kStart) {
    open_.add(key, chunk.first + row);
    return flags | span_flag::kOpen;
  }
  const auto start = type.is_pattern ? open_.take_newest(key) : open_.take_oldest(key);
  if (!start) return flags;
  SpanChunk* const its = chunk_of(*start);
  if (its == nullptr) return flags;
  flags |= span_flag::kPaired;
  const auto its_row = static_cast<std::uint32_t>(*start - its->first);
  const std::uint32_t its_flags = its->flags[its_row];
  its->flags.set(its_row, its_flags & ~span_flag::kOpen);
  RunEntry& run = runs_->run(its->run[its_row]);
  if (run.open_spans != 0) --run.open_spans;
  // An end may leave out what its start said.
  for (const SpanText column : {SpanText::kModel, SpanText::kProvider, SpanText::kName}) {
    auto& texts = chunk.texts[static_cast<std::size_t>(column)];
    if (texts[row] == 0) texts.set(row, its->text(column)[its_row]);
  }
  if (chunk.parent_span_id[row] == 0) chunk.parent_span_id.set(row, its->parent_span_id[its_row]);
  chunk.kind.set(row, its->kind[its_row]);
  const bool timed = (flags & its_flags & span_flag::kHasTime) != 0;
  if ((flags & span_flag::kHasDuration) != 0 || !timed) return flags;
  const std::int64_t ns = subtract_saturating(chunk.time_ns[row], its->time_ns[its_row]);
  chunk.duration_ns.set(row, std::max<std::int64_t>(ns, 0));
  return flags | span_flag::kHasDuration | span_flag::kPairedDuration;
}

void SpanTable::add_to_run(const SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                           const SpanReading& reading) {
  const std::uint32_t flags = chunk.flags[row];
  RunEntry& run = runs_->run(chunk.run[row]);
  const auto keep_first = [&](std::uint32_t& place, SpanText column, std::string_view said) {
    if (place == 0 && chunk.run[row] != 0 && !said.empty()) place = chunk.text(column)[row];
  };
  if (run.events++ == 0) run.first_span = chunk.first + row;
  run.last_span = chunk.first + row;
  const auto said = [&](SpanText column) {
    return reading.texts[static_cast<std::size_t>(column)];
  };
  keep_first(run.pattern, SpanText::kPattern, said(SpanText::kPattern));
  keep_first(run.workflow, SpanText::kWorkflow, said(SpanText::kWorkflow));
  keep_first(run.session, SpanText::kSession, said(SpanText::kSession));
  keep_first(run.user, SpanText::kUser, said(SpanText::kUser));
  if ((flags & span_flag::kHasTime) != 0) {
    const std::int64_t end = chunk.time_ns[row];
    run.last_ns = std::max(run.last_ns, end);
    run.first_ns = std::min(run.first_ns, subtract_saturating(end, chunk.duration_ns[row]));
  }
  const bool repeats = (flags & (span_flag::kDuplicate | span_flag::kWithin)) != 0;
  if (((flags & span_flag::kError) != 0 || type.failed) && !repeats) ++run.errors;
  if ((flags & span_flag::kOpen) != 0) ++run.open_spans;
  const bool begins = (flags & span_flag::kStart) != 0;
  const bool lone_end = (flags & (span_flag::kEnd | span_flag::kPaired)) == span_flag::kEnd;
  if (type.kind == SpanKind::kAgent && (begins || lone_end) && !repeats) ++run.agents;
  if ((flags & span_flag::kCall) != 0) ++run.calls;
  if ((flags & span_flag::kCountsCost) != 0) {
    run.has_cost = true;
    add_saturating(run.cost_nanos, chunk.cost_nanos[row]);
  }
  if ((flags & span_flag::kCountsTokens) != 0) {
    run.input_tokens += chunk.input_tokens[row];
    run.output_tokens += chunk.output_tokens[row];
    run.total_tokens += chunk.total_tokens[row];
  }
  end_run(run, chunk, row, type);
}

// The end of what stands at the top is the run's: what has a span id but no parent, or, where there
// are no ids, the pattern that closes last; or the agent, where no pattern was heard of.
void SpanTable::end_run(RunEntry& run, const SpanChunk& chunk, std::uint32_t row,
                        const SpanTypeInfo& type) {
  run.has_pattern = run.has_pattern || type.is_pattern;
  if (type.moment != SpanMoment::kEnd) return;
  const bool is_outermost = type.is_pattern || (type.kind == SpanKind::kAgent && !run.has_pattern);
  const bool at_top = chunk.span_id[row] != 0 ? chunk.parent_span_id[row] == 0 : is_outermost;
  if (!at_top) return;
  const bool failed = (chunk.flags[row] & span_flag::kFailed) != 0;
  run.has_failed = failed || (run.has_failed && chunk.span_id[row] != 0);
  run.has_ended = true;
}

SpanChunk* SpanTable::chunk_of(std::uint64_t number) noexcept {
  return const_cast<SpanChunk*>(find(number).chunk);
}

SpanRow SpanTable::find(std::uint64_t number) const noexcept {
  if (chunks_.empty() || number < chunks_.front()->first) return {};
  const std::uint64_t index = (number - chunks_.front()->first) / SpanChunk::kRowsMax;
  if (index >= chunks_.size()) return {};
  const SpanChunk& chunk = *chunks_[index];
  const auto row = static_cast<std::uint32_t>(number - chunk.first);
  if (row >= chunk.rows) return {};
  return {&chunk, row};
}

std::size_t SpanTable::bytes() const noexcept {
  const std::size_t last = chunks_.empty() ? 0 : chunks_.back()->bytes();
  return closed_bytes_ + last + names_->bytes() + runs_->bytes() + open_.bytes() +
         payments_.bytes() + index_.bytes() + waiting_.bytes();
}

namespace {

class RowTexts final : public ColumnTexts {
 public:
  RowTexts(const SpanNames& names, const SpanRow& at) noexcept : names_(names), at_(at) {}
  std::string_view text_of(SpanText column) const override {
    return names_.of(column).text(at_.chunk->text(column)[at_.row]);
  }

 private:
  const SpanNames& names_;
  const SpanRow& at_;
};

}  // namespace

TraceEvent SpanTable::event_at(const SpanRow& at, bool with_agent) const {
  const SpanChunk& chunk = *at.chunk;
  const std::uint32_t row = at.row;
  const RowTexts texts(*names_, at);
  UnpackedPayload unpacked = unpack(chunk.payload(row), names_->keys, texts);
  const std::uint32_t flags = chunk.flags[row];
  TraceEvent event;
  if ((flags & span_flag::kHasTime) != 0) {
    event.timestamp = Timestamp::from_unix_ns(chunk.time_ns[row]);
  }
  event.event_type = texts.text_of(SpanText::kType);
  if (with_agent || (flags & span_flag::kTakenAgent) == 0) {
    event.agent_name = texts.text_of(SpanText::kAgent);
  }
  if ((flags & span_flag::kOwnPattern) != 0) event.pattern_type = texts.text_of(SpanText::kPattern);
  event.payload = std::move(unpacked.payload);
  if ((flags & span_flag::kOwnRun) != 0) {
    const RunEntry& run = runs_->runs()[chunk.run[row]];
    event.ids.run_id = run.id;
    const std::string_view text = names_->ids.text(run.id_text);
    if (RunId::from_hex(text) != run.id) event.foreign_ids.run_id = text;
  }
  if (const std::uint32_t trace = chunk.trace[row]) {
    event.ids.trace_id = runs_->trace(trace).id;
    event.foreign_ids.trace_id = names_->ids.text(runs_->trace(trace).text);
  }
  event.ids.span_id = span_id_of(chunk.span_id[row]);
  event.ids.parent_span_id = span_id_of(chunk.parent_span_id[row]);
  event.foreign_ids.span_id = unpacked.span_id_text;
  event.foreign_ids.parent_span_id = unpacked.parent_span_id_text;
  event.origin = unpacked.origin;
  return event;
}

}  // namespace v1
}  // namespace tracebus
