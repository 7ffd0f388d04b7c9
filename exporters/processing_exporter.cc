// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/processing_exporter.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kFirstRecordBytes = std::size_t{64} << 10;

// Buses number their producers from 1 upwards, chains of processors from the other end downwards.
std::uint32_t next_producer() noexcept {
  static std::atomic<std::uint32_t> next{std::numeric_limits<std::uint32_t>::max()};
  return next.fetch_sub(1);
}

// REQUIRES: called while an exception is being handled.
std::string thrown_by(std::string_view name) {
  return std::string(name).append(": ").append(current_exception_text());
}

std::uint64_t emitted_unix_ns(const EventView& event) noexcept {
  const ClockMap* const clock = event.context().clock;
  if (clock == nullptr) return event.emitted_ticks();
  return static_cast<std::uint64_t>(clock->to_unix_ns(event.emitted_ticks()));
}

ViewContext resolved_context(const EventView& event) noexcept {
  return {event.context().instance, nullptr, event.context().content};
}

// A place for a record, with its context in front of it.
struct RecordPlace {
  const ViewContext* context;
  char* record;
};

RecordPlace allocate_record(std::pmr::memory_resource& memory, const ViewContext& context,
                            std::size_t bytes) {
  static_assert(sizeof(ViewContext) % kRecordAlignBytes == 0);
  static_assert(alignof(ViewContext) <= kRecordAlignBytes);
  char* const place =
      static_cast<char*>(memory.allocate(sizeof context + bytes, kRecordAlignBytes));
  return {new (place) ViewContext(context), place + sizeof context};
}

}  // namespace

// One processor, and what it emits to.
class ProcessingExporter::Stage final : public ProcessorOutput {
 public:
  Stage(ProcessingExporter& chain, std::size_t index, std::unique_ptr<Processor> processor)
      : chain_(chain), index_(index), processor_(std::move(processor)) {}

  void process(const EventView& event) {
    current_ = &event;
    let_through_ = false;
    try {
      processor_->process(event, *this);
    } catch (...) {
      chain_.last_error_ = thrown_by("processor");
      if (!let_through_) chain_.account_.failed(event);
    }
    current_ = nullptr;
  }

  void tick(bool last) {
    last_tick_ = SteadyClock::now();
    try {
      processor_->tick(last, *this);
    } catch (...) {
      chain_.last_error_ = chain_.tick_error_ = thrown_by("processor");
    }
  }
  bool non_blocking() const noexcept { return processor_->non_blocking(); }
  bool tick_due(SteadyClock::time_point now) const {
    return now - last_tick_ >= processor_->tick_interval();
  }

  void pass(const EventView& event) override {
    if (is_current(event)) {
      let_through_ = true;
      return chain_.enter(index_ + 1, *current_);
    }
    chain_.enter(index_ + 1, chain_.copy(event));
  }

  void replace(const EventView& original, const TraceEvent& event) override {
    const std::optional<EventView> written = chain_.write_in_place_of(original, event);
    if (is_current(original)) let_through_ = true;
    if (written) return chain_.enter(index_ + 1, *written);
    chain_.last_error_ = "processor: a replaced event exceeds the limits of a record";
    chain_.account_.failed(original);
  }

  void add(const TraceEvent& event) override {
    if (const auto written = chain_.write_added(event)) return chain_.enter(index_ + 1, *written);
    chain_.last_error_ = "processor: an added event exceeds the limits of a record";
    chain_.account_.failed_to_add();
  }

  void sample_out(const EventView& event) override { chain_.account_.sampled_out(event); }

 private:
  bool is_current(const EventView& event) const noexcept {
    return current_ != nullptr && event.record() == current_->record();
  }

  ProcessingExporter& chain_;
  const std::size_t index_;
  const std::unique_ptr<Processor> processor_;
  SteadyClock::time_point last_tick_ = SteadyClock::now();
  const EventView* current_ = nullptr;  // what process was called with
  bool let_through_ = false;            // whether it was emitted in this call
};

ProcessingExporter::ProcessingExporter(std::vector<std::unique_ptr<Processor>> processors,
                                       std::unique_ptr<Exporter> exporter)
    : exporter_(std::move(exporter)), added_by_(next_producer()), records_(kFirstRecordBytes),
      account_(added_by_) {
  for (std::unique_ptr<Processor>& processor : processors) {
    stages_.push_back(std::make_unique<Stage>(*this, stages_.size(), std::move(processor)));
  }
}

ProcessingExporter::~ProcessingExporter() = default;

ExportResult ProcessingExporter::export_batch(const Batch& batch, const ExportContext& context) {
  forget_leaving();  // an allocation may have failed in the call before
  learn_from(batch, context);
  account_.begin(batch.events);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    account_.enter(i);
    enter(0, batch.events[i]);
    // Between events no processor refers to a record, so all can go.
    if (leaving_.size() >= events_max_ || leaving_bytes_ >= bytes_max_) export_all(context);
  }
  const auto now = SteadyClock::now();
  for (const auto& stage : stages_) {
    if (stage->tick_due(now)) stage->tick(false);
  }
  export_all(context);
  return account_.finish();
}

absl::Status ProcessingExporter::flush(Deadline deadline) {
  absl::Status ticked = emit_held(deadline);
  absl::Status flushed = exporter_->flush(deadline);
  return flushed.ok() ? ticked : flushed;
}

absl::Status ProcessingExporter::shutdown(Deadline deadline) {
  absl::Status ticked = emit_held(deadline);
  absl::Status shut_down = exporter_->shutdown(deadline);
  return shut_down.ok() ? ticked : shut_down;
}

ExportResult ProcessingExporter::flush_result() const noexcept {
  ExportResult result = flush_result_;
  result += exporter_->flush_result().clamped(0);
  return result;
}

std::string_view ProcessingExporter::last_error() const noexcept {
  return last_error_.empty() ? exporter_->last_error() : std::string_view(last_error_);
}

absl::Status ProcessingExporter::check_connection(Deadline deadline) {
  auto* const connection = dynamic_cast<ConnectionCheck*>(exporter_.get());
  return connection == nullptr ? absl::OkStatus() : connection->check_connection(deadline);
}

bool ProcessingExporter::non_blocking() const noexcept {
  return exporter_->non_blocking() &&
         std::all_of(stages_.begin(), stages_.end(),
                     [](const auto& stage) { return stage->non_blocking(); });
}

void ProcessingExporter::enter(std::size_t stage, const EventView& event) {
  if (stage < stages_.size()) return stages_[stage]->process(event);
  leaving_.push_back(event);
  leaving_bytes_ += event.size_bytes();
  account_.left_chain(event);
}

absl::Status ProcessingExporter::emit_held(Deadline deadline) {
  forget_leaving();
  flush_result_ = {};
  account_.begin({});
  for (const auto& stage : stages_) stage->tick(true);
  export_all({deadline, stop_});
  flush_result_ = account_.finish();
  const std::string error = std::exchange(tick_error_, {});
  return error.empty() ? absl::OkStatus() : absl::InternalError(error);
}

EventView ProcessingExporter::copy(const EventView& event) {
  const RecordPlace place = allocate_record(records_, resolved_context(event), event.size_bytes());
  std::memcpy(place.record, event.record(), event.size_bytes());
  reinterpret_cast<RecordHeader*>(place.record)->ticks = emitted_unix_ns(event);
  return EventView(place.record, *place.context);
}

std::optional<EventView> ProcessingExporter::write_in_place_of(const EventView& original,
                                                               const TraceEvent& event) {
  TraceEvent kept = event;
  // A time that to_event had to name is not one that was given.
  if (!kept.timestamp || *kept.timestamp == original.timestamp()) {
    kept.timestamp.reset();
    if (original.has_given_time()) kept.timestamp = original.timestamp();
  }
  if (kept.ids.is_none() && kept.foreign_ids.empty()) {
    kept.ids = original.ids();
    kept.foreign_ids = original.foreign_ids();
  }
  const ViewContext context = resolved_context(original);
  const RecordStamp stamp = {original.sequence(), original.producer()};
  kept.origin = original.origin();
  if (*kept.origin == Origin{context.instance, stamp.sequence, stamp.producer}) kept.origin.reset();
  return write(kept, context, stamp, emitted_unix_ns(original));
}

std::optional<EventView> ProcessingExporter::write_added(const TraceEvent& event) {
  const auto now = static_cast<std::uint64_t>(Timestamp::now().to_unix_ns());
  return write(event, context_, {++added_, added_by_}, now);
}

std::optional<EventView> ProcessingExporter::write(const TraceEvent& event,
                                                   const ViewContext& context, RecordStamp stamp,
                                                   std::uint64_t unix_ns) {
  const FriendlyRecord record(event, EventType::find(event.event_type), context.content);
  if (record.size() == 0) return std::nullopt;
  const RecordPlace place = allocate_record(records_, context, record.size());
  record.write(place.record, stamp);
  reinterpret_cast<RecordHeader*>(place.record)->ticks = unix_ns;
  return EventView(place.record, *place.context);
}

void ProcessingExporter::learn_from(const Batch& batch, const ExportContext& context) {
  std::size_t bytes = 0;
  for (const EventView& event : batch) bytes += event.size_bytes();
  events_max_ = std::max(events_max_, batch.size());
  bytes_max_ = std::max(bytes_max_, bytes);
  if (!batch.empty()) context_ = resolved_context(batch.events.front());
  drops_ = batch.drops;
  stop_ = context.stop;
}

void ProcessingExporter::export_all(const ExportContext& context) {
  for (std::size_t begin = 0; begin < leaving_.size();) {
    const std::size_t end = next_batch_end(begin);
    export_some(begin, end, context);
    begin = end;
  }
  forget_leaving();
}

std::size_t ProcessingExporter::next_batch_end(std::size_t begin) const noexcept {
  std::size_t end = begin + 1;
  std::size_t bytes = leaving_[begin].size_bytes();
  for (; end < leaving_.size() && end - begin < events_max_; ++end) {
    bytes += leaving_[end].size_bytes();
    if (bytes > bytes_max_) break;
  }
  return end;
}

void ProcessingExporter::export_some(std::size_t begin, std::size_t end,
                                     const ExportContext& context) {
  const std::size_t events = end - begin;
  const Batch batch{std::span<const EventView>(leaving_).subspan(begin, events), exported_ + 1,
                    drops_};
  exported_ += events;
  ExportResult result;
  try {
    result = exporter_->export_batch(batch, context);
    if (result.failed + result.rejected != 0) last_error_ = exporter_->last_error();
  } catch (...) {
    result = ExportResult::failure(events);
    last_error_ = thrown_by(exporter_->name());
  }
  account_.exported(events, result);
}

void ProcessingExporter::forget_leaving() noexcept {
  leaving_.clear();
  leaving_bytes_ = 0;
  records_.release();
}

}  // namespace v1
}  // namespace tracebus
