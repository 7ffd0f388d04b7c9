// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/trace_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "tracebus/readers/open_events.h"
#include "tracebus/studio/event_line.h"
#include "tracebus/studio/event_problems.h"
#include "tracebus/studio/event_record.h"
#include "tracebus/studio/followed_file.h"
#include "tracebus/studio/span_selection.h"
#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/trace_assembler.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kLoadEvents = 256;  // under one lock
constexpr std::uint64_t kProgressEvents = 8192;
constexpr std::size_t kChunksMin = 32;  // that a full store has: so much goes at once
constexpr std::size_t kChunkBytesMin = std::size_t{64} << 10;
constexpr std::size_t kChunkBytesMax = std::size_t{16} << 20;

// Counts what goes by.
class CountedSource final : public ByteSource {
 public:
  CountedSource(std::unique_ptr<ByteSource> source, std::uint64_t& bytes)
      : source_(std::move(source)), bytes_(bytes) {}
  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    auto got = source_->read(out, size);
    bytes_ += got.value_or(0);
    return got;
  }

 private:
  const std::unique_ptr<ByteSource> source_;
  std::uint64_t& bytes_;
};

// 0 for what is no regular file.
std::uint64_t size_of(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

absl::Status too_large(const std::string& what, std::uint64_t bytes,
                       const TraceStoreOptions& options) {
  return absl::ResourceExhaustedError(what + " takes " + std::to_string(bytes) +
                                      " bytes, and the store holds " +
                                      std::to_string(options.bytes_max) + ": raise " +
                                      options.bytes_max_name + ", or split the file");
}

absl::Status no_run(std::string_view run_id) {
  return absl::NotFoundError("no run \"" + std::string(run_id.substr(0, 200)) + "\" in the store");
}

absl::Status no_event(std::uint64_t number) {
  return absl::NotFoundError("no event " + std::to_string(number) +
                             " in the store: it was let go of, or there was none");
}

}  // namespace

// One reader into one table.
class TraceStore::Loading {
 public:
  Loading(const TraceStoreOptions& options, EventReader& reader, std::uint64_t bytes_total)
      : options_(options), reader_(reader), bytes_total_(bytes_total) {}

  // Up to `events` more. False: there are no more.
  bool read(SpanTable& table, std::size_t events) {
    for (; events != 0; --events) {
      const TraceEvent* const event = reader_.next();
      if (event == nullptr) return false;
      const std::uint64_t duplicates = table.duplicates();
      table.append(*event, true);
      duplicates_ += table.duplicates() - duplicates;
      add_event_problem(problems_, table, reader_.account());
      ++spans_;
    }
    return true;
  }
  absl::Status check(const SpanTable& table) const {
    if (table.bytes() <= options_.bytes_max) return absl::OkStatus();
    return too_large("what was read", table.bytes(), options_);
  }
  // Tells, if it is time to, or the end.
  absl::Status tell(std::uint64_t bytes, const OnLoadProgress& on_progress, bool at_end) {
    if (!on_progress || (spans_ < next_progress_ && !at_end)) return absl::OkStatus();
    next_progress_ = spans_ + kProgressEvents;
    if (on_progress({bytes, bytes_total_, spans_}) || at_end) return absl::OkStatus();
    return absl::CancelledError("stopped by whoever asked for it");
  }
  LoadReport report(const SpanTable& table, std::uint64_t bytes) const {
    return {bytes, spans_, table.runs().runs().size() - 1, duplicates_,
            with_problems(reader_.account(), problems_)};
  }

 private:
  const TraceStoreOptions& options_;
  EventReader& reader_;
  const std::uint64_t bytes_total_;
  std::uint64_t spans_ = 0;
  std::uint64_t duplicates_ = 0;
  ReadAccount problems_;  // of events that were read, and not counted in full
  std::uint64_t next_progress_ = kProgressEvents;
};

TraceStore::TraceStore(TraceStoreOptions options)
    : options_(std::move(options)), table_(make_table()) {}
TraceStore::~TraceStore() = default;

std::unique_ptr<SpanTable> TraceStore::make_table() const {
  return std::make_unique<SpanTable>(
      std::clamp(options_.bytes_max / kChunksMin, kChunkBytesMin, kChunkBytesMax));
}

std::int64_t TraceStore::now_ns() const {
  return options_.now_ns ? options_.now_ns() : Timestamp::now().to_unix_ns();
}

absl::StatusOr<LoadReport> TraceStore::load(const std::string& path,
                                            const OnLoadProgress& on_progress) {
  const std::lock_guard loading_lock(loading_mutex_);
  auto source = open_file_source(path);
  if (!source.ok()) return source.status();
  const std::uint64_t size = size_of(path);
  if (size > options_.bytes_max) return too_large('"' + path + '"', size, options_);
  std::uint64_t bytes = 0;
  auto reader = read_events(std::make_unique<CountedSource>(*std::move(source), bytes),
                            {.inflated_bytes_max = options_.bytes_max});
  if (!reader.ok()) return reader.status();
  auto table = make_table();
  Loading loading(options_, **reader, size);
  for (bool goes_on = true; goes_on;) {
    goes_on = loading.read(*table, kLoadEvents);
    absl::Status status = loading.check(*table);
    if (status.ok()) status = loading.tell(bytes, on_progress, !goes_on);
    if (!status.ok()) return status;
  }
  LoadReport report = loading.report(*table, bytes);
  std::unique_lock lock(mutex_);
  table_.swap(table);
  lock.unlock();  // the old one goes without it
  return report;
}

absl::StatusOr<LoadReport> TraceStore::add(const std::string& path,
                                           const OnLoadProgress& on_progress) {
  const std::lock_guard loading_lock(loading_mutex_);
  auto source = open_file_source(path);
  if (!source.ok()) return source.status();
  const std::uint64_t size = size_of(path);
  if (const std::uint64_t all = size + summary().bytes; size > 0 && all > options_.bytes_max) {
    return too_large('"' + path + "\" beside what is there", all, options_);
  }
  std::uint64_t bytes = 0;
  const std::uint64_t room = options_.bytes_max - std::min(summary().bytes, options_.bytes_max);
  auto reader = read_events(std::make_unique<CountedSource>(*std::move(source), bytes),
                            {.inflated_bytes_max = std::max<std::uint64_t>(room, 1)});
  if (!reader.ok()) return reader.status();
  return add_events(**reader, bytes, size, on_progress);
}

absl::StatusOr<LoadReport> TraceStore::add(EventReader& reader) {
  const std::lock_guard loading_lock(loading_mutex_);
  return add_events(reader, 0, 0, {});
}

absl::StatusOr<LoadReport> TraceStore::add_events(EventReader& reader, const std::uint64_t& bytes,
                                                  std::uint64_t bytes_total,
                                                  const OnLoadProgress& on_progress) {
  Loading loading(options_, reader, bytes_total);
  {
    const std::unique_lock lock(mutex_);
    table_->begin_source();
  }
  for (bool goes_on = true; goes_on;) {
    std::unique_lock lock(mutex_);
    goes_on = loading.read(*table_, kLoadEvents);
    absl::Status status = loading.check(*table_);
    lock.unlock();  // on_progress may ask
    if (status.ok()) status = loading.tell(bytes, on_progress, !goes_on);
    if (!status.ok()) return status;
  }
  const std::shared_lock lock(mutex_);
  return loading.report(*table_, bytes);
}

void TraceStore::append(const EventView& event) { append(std::span(&event, 1)); }

void TraceStore::append(std::span<const EventView> events, std::vector<std::uint64_t>* numbers) {
  const std::unique_lock lock(mutex_);
  for (const EventView& event : events) {
    const std::uint64_t number = table_->append(event.to_event(), false);
    if (numbers != nullptr) numbers->push_back(number);
  }
  table_->keep_within(options_.bytes_max);
}

absl::StatusOr<ScopedSubscription> TraceStore::watch(TraceEventBus& bus,
                                                     const CallbackOptions& options) {
  auto id = bus.subscribe([this](const EventView& event) { append(event); }, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

void TraceStore::clear() {
  auto table = make_table();
  const std::unique_lock lock(mutex_);
  table_.swap(table);
}

SpanPage TraceStore::query(const SpanQuery& query) const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  const SpanSelection selection = select_spans(*table_, query);
  std::vector<StoredSpan> spans;
  spans.reserve(selection.rows.size());
  for (const SpanRow& at : selection.rows) {
    spans.push_back(stored_span(*table_, at, now, options_.stale_after_ns));
  }
  return SpanPage(std::move(spans), selection.matched, table_->shared_names());
}

StoreSummary TraceStore::summary() const {
  const std::shared_lock lock(mutex_);
  return summary_of(*table_);
}

CostBreakdown TraceStore::costs(GroupBy by, const SpanQuery& query) const {
  const std::shared_lock lock(mutex_);
  return cost_breakdown(*table_, by, query);
}

std::vector<LatencyGroup> TraceStore::latencies(GroupBy by, const SpanQuery& query) const {
  const std::shared_lock lock(mutex_);
  return latency_breakdown(*table_, by, query);
}

ProviderBreakdown TraceStore::providers(const SpanQuery& query) const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  return provider_breakdown(*table_, query, now);
}

Dashboard TraceStore::dashboard() const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  return dashboard_of(*table_, now, options_.stale_after_ns);
}

void TraceStore::look(const std::function<void(const SpanTable&)>& at) const {
  const std::shared_lock lock(mutex_);
  at(*table_);
}

absl::StatusOr<AgentGraph> TraceStore::graph(const SpanQuery& query,
                                             const GraphOptions& options) const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  return agent_graph(*table_, query, options, now);
}

absl::StatusOr<SpanPage> TraceStore::event(std::uint64_t number) const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  const SpanRow at = table_->find(number);
  if (at.chunk == nullptr) return no_event(number);
  return SpanPage({stored_span(*table_, at, now, options_.stale_after_ns)}, 1,
                  table_->shared_names());
}

absl::StatusOr<std::string> TraceStore::event_json(std::uint64_t number) const {
  const std::shared_lock lock(mutex_);
  const SpanRow at = table_->find(number);
  if (at.chunk == nullptr) return no_event(number);
  std::string json;
  EventRecord record;
  if (!append_event_line(json, table_->event_at(at), record)) {
    return absl::OutOfRangeError("event " + std::to_string(number) +
                                 " is larger than a record may be");
  }
  return json;
}

void TraceStore::visit_run(std::uint32_t number, bool with_agent, const VisitEvent& visit) const {
  const RunEntry& run = table_->runs().runs()[number];
  for (const auto& chunk : table_->chunks()) {
    if (chunk->first + chunk->rows <= run.first_span || chunk->first > run.last_span) continue;
    // Runs of a file stand one after the other: most have a few rows of one chunk.
    const auto row_of = [&chunk](std::uint64_t span) {
      return static_cast<std::uint32_t>(
          std::clamp<std::uint64_t>(span, chunk->first, chunk->first + chunk->rows) - chunk->first);
    };
    const std::uint32_t end = row_of(run.last_span + 1);
    for (std::uint32_t row = row_of(run.first_span); row < end; ++row) {
      if (chunk->run[row] != number) continue;
      if (!visit(table_->event_at({chunk.get(), row}, with_agent))) return;
    }
  }
}

absl::Status TraceStore::each_event(std::string_view run_id, const VisitEvent& visit) const {
  const std::shared_lock lock(mutex_);
  const std::uint32_t number = table_->runs().find(run_id);
  if (number == 0) return no_run(run_id);
  visit_run(number, false, visit);
  return absl::OkStatus();
}

RunPage TraceStore::runs(const RunQuery& query) const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  return select_runs(*table_, query, now, options_.stale_after_ns);
}

absl::StatusOr<RunSummary> TraceStore::run(std::string_view run_id) const {
  const std::int64_t now = now_ns();
  const std::shared_lock lock(mutex_);
  const std::uint32_t number = table_->runs().find(run_id);
  if (number == 0) return no_run(run_id);
  return run_summary(*table_, table_->runs().runs()[number], now, options_.stale_after_ns);
}

absl::StatusOr<Trace> TraceStore::trace(std::string_view run_id) const {
  static const CostEventReader kReader;
  const std::shared_lock lock(mutex_);
  const std::uint32_t number = table_->runs().find(run_id);
  if (number == 0) return no_run(run_id);
  const RunEntry& run = table_->runs().runs()[number];
  TraceId id;
  id.bytes = run.id.bytes;
  TraceAssembler assembler(id, std::string(table_->names().ids.text(run.id_text)), kReader);
  EventRecord record;
  std::optional<Timestamp> last;  // for events that say no time
  visit_run(number, true, [&](TraceEvent event) {
    if (!event.timestamp) event.timestamp = last.value_or(Timestamp{});
    last = event.timestamp;
    if (!record.write(event)) return true;
    assembler.add(record.view());
    while (assembler.bytes() > options_.trace_bytes_max && assembler.evict_oldest()) {
    }
    return true;
  });
  return assembler.snapshot();
}

}  // namespace v1
}  // namespace tracebus
