// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/event_stream.h"

#include <algorithm>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/studio/span_filter.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kPublishBytes = std::size_t{1} << 20;
// Events that a client passes over at once, while others wait for the lock.
constexpr std::size_t kPassedMax = 16'384;

// That of the millisecond: no server has two lives within one.
std::string new_instance() {
  const auto ms = static_cast<std::uint64_t>(Timestamp::now().to_unix_ns() / 1'000'000);
  std::string hex(8, '0');
  for (std::size_t i = 0; i < hex.size(); ++i) {
    hex[hex.size() - 1 - i] = "0123456789abcdef"[ms >> 4 * i & 15];
  }
  return hex;
}

}  // namespace

class EventStream::Client final : public HttpStream {
 public:
  explicit Client(std::shared_ptr<EventStream> stream) : stream_(std::move(stream)) {}
  ~Client() override { stream_->leave(*this); }

  Next next(std::string& out, const Wake& wake) override { return stream_->read(*this, out, wake); }
  std::string_view sign_of_life() const noexcept override { return ": keepalive\n\n"; }

 private:
  friend class EventStream;

  const std::shared_ptr<EventStream> stream_;
  // Guarded by the stream's mutex.
  std::optional<std::size_t> filter_;  // none: everything
  std::uint64_t position_ = 0;         // the index of what it is sent next
  std::size_t sent_bytes_ = 0;         // of that event, where it is too long for one piece
  std::uint64_t missed_ = 0;           // to be told
  bool is_of_another_life_ = false;    // and is to be told
  bool has_begun_ = false;
  bool is_counted_ = false;
  Wake wake_;  // it is among those that wait
};

class EventStream::LiveExporter final : public Exporter {
 public:
  explicit LiveExporter(std::shared_ptr<EventStream> stream) : stream_(std::move(stream)) {}
  std::string_view name() const noexcept override { return "studio"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    stream_->append(batch.events);
    return ExportResult::ok();
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  const std::shared_ptr<EventStream> stream_;
};

EventStream::EventStream(std::shared_ptr<TraceStore> store, std::size_t ring_bytes_max)
    : store_(std::move(store)), instance_(new_instance()), ring_(ring_bytes_max),
      ring_bytes_max_(ring_bytes_max) {}
EventStream::~EventStream() = default;

std::unique_ptr<Exporter> EventStream::make_exporter() {
  return std::make_unique<LiveExporter>(shared_from_this());
}

void EventStream::append(std::span<const EventView> events) {
  const std::lock_guard feeding(feeding_mutex_);
  numbers_.clear();
  store_->append(events, &numbers_);
  for (std::size_t i = 0; i < events.size(); ++i) {
    begin_frame(numbers_[i]);
    append_json_event(text_, events[i]);
    end_frame(numbers_[i]);
  }
  publish();
}

absl::StatusOr<PollReport> EventStream::poll() {
  const std::lock_guard feeding(feeding_mutex_);
  numbers_.clear();
  auto report = store_->poll(&numbers_);
  for (const std::uint64_t number : numbers_) {
    const auto json = store_->event_json(number);
    if (!json.ok()) continue;  // the store let go of it already
    begin_frame(number);
    text_ += *json;
    end_frame(number);
  }
  publish();
  return report;
}

void EventStream::begin_frame(std::uint64_t number) {
  text_ += "id: ";
  append_json_int64(text_, static_cast<std::int64_t>(number));
  text_ += '-';
  text_ += instance_;
  text_ += "\ndata: ";
}

void EventStream::end_frame(std::uint64_t number) {
  text_ += "\n\n";
  frames_.emplace_back(number, text_.size());
  if (text_.size() > kPublishBytes) publish();
}

void EventStream::publish() {
  std::vector<EventRing::Marks> marks(frames_.size());
  std::vector<std::uint64_t> numbers;
  numbers.reserve(frames_.size());
  for (const Frame& frame : frames_) numbers.push_back(frame.first);
  match(filters_in_use(), numbers, marks);
  EventRing::Marks any;
  std::vector<HttpStream::Wake> wakes;
  {
    const std::lock_guard lock(mutex_);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const auto [number, end] = frames_[i];
      ring_.push(number, std::string_view(text_).substr(begin, end - begin), marks[i]);
      any |= marks[i];
      begin = end;
    }
    const auto wanted = [&](const Client* each) {
      return !frames_.empty() && (!each->filter_ || any[*each->filter_]);
    };
    std::erase_if(waiting_, [&](Client* each) {
      if (!wanted(each)) return false;
      wakes.push_back(std::exchange(each->wake_, nullptr));
      return true;
    });
  }
  frames_.clear();
  text_.clear();
  if (text_.capacity() > 4 * kPublishBytes) text_ = {};
  for (const HttpStream::Wake& wake : wakes) wake();
}

EventStream::ChosenFilters EventStream::filters_in_use() const {
  ChosenFilters chosen;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    if (filters_[i].clients != 0) chosen.emplace_back(i, filters_[i].query);
  }
  return chosen;
}

std::size_t EventStream::match(const ChosenFilters& filters, std::span<const std::uint64_t> numbers,
                               std::vector<EventRing::Marks>& marks) const {
  std::size_t unknown = 0;
  const auto match_one = [&](const SpanTable& table, std::size_t place, const SpanQuery& query) {
    const SpanFilter filter(table, query);
    SpanMask mask;
    unknown = 0;
    for (std::size_t i = 0; i < numbers.size();) {
      const SpanRow at = table.find(numbers[i]);
      if (at.chunk == nullptr) {
        ++unknown;
        ++i;
        continue;
      }
      const bool has_any = filter.match(*at.chunk, mask, at.row);
      const std::uint64_t begin = numbers[i], end = at.chunk->first + at.chunk->rows;
      for (; i < numbers.size() && numbers[i] < end; ++i) {
        if (has_any && mask[static_cast<std::size_t>(numbers[i] - begin)] != 0) marks[i].set(place);
      }
    }
  };
  if (filters.empty() || numbers.empty()) return 0;
  store_->look([&](const SpanTable& table) {
    for (const auto& [place, query] : filters) match_one(table, place, *query);
  });
  return unknown;
}

absl::StatusOr<std::shared_ptr<HttpStream>> EventStream::open(const SpanQuery& query,
                                                              const StreamStart& start) {
  auto client = std::make_shared<Client>(shared_from_this());
  StreamStart begin = start;
  if (begin.behind && (*begin.behind >= numbers_given() ||
                       (!begin.instance.empty() && begin.instance != instance_))) {
    begin = {.from_oldest = true};
    client->is_of_another_life_ = true;
  }
  {
    const std::lock_guard feeding(feeding_mutex_);
    const std::lock_guard lock(mutex_);
    if (absl::Status status = choose_filter(*client, query); !status.ok()) return status;
    ++clients_;
    client->is_counted_ = true;
    place(*client, begin);
  }
  mark_earlier(*client);
  return client;
}

// Under both mutexes: what comes from now on is marked for the filter.
absl::Status EventStream::choose_filter(Client& client, const SpanQuery& query) {
  SpanQuery filters = query;
  const SpanQuery all;
  filters.sort = all.sort;
  filters.descending = all.descending;
  filters.offset = all.offset;
  filters.limit = all.limit;
  if (filters == all) return absl::OkStatus();
  const auto same = std::ranges::find_if(
      filters_, [&](const Filter& each) { return each.clients != 0 && *each.query == filters; });
  const auto free = std::ranges::find(filters_, std::size_t{0}, &Filter::clients);
  if (same == filters_.end() && free == filters_.end()) {
    return absl::ResourceExhaustedError("all " + std::to_string(filters_.size()) +
                                        " places for filters are taken: close a stream");
  }
  if (same == filters_.end()) {
    *free = {.query = std::make_shared<SpanQuery>(std::move(filters)), .known_from = ring_.end()};
  }
  const auto chosen = same != filters_.end() ? same : free;
  ++chosen->clients;
  client.filter_ = static_cast<std::size_t>(chosen - filters_.begin());
  return absl::OkStatus();
}

void EventStream::place(Client& client, const StreamStart& start) const {
  client.position_ = start.from_oldest ? ring_.first() : ring_.end();
  if (start.behind) client.position_ = ring_.index_behind(*start.behind);
}

std::uint64_t EventStream::numbers_given() const {
  std::uint64_t end = 0;
  store_->look([&](const SpanTable& table) {
    if (!table.chunks().empty()) end = table.chunks().back()->first + table.chunks().back()->rows;
  });
  return end;
}

// Of what came before its filter was there.
void EventStream::mark_earlier(Client& client) {
  if (!client.filter_) return;
  const std::size_t filter = *client.filter_;
  ChosenFilters chosen;
  std::vector<std::uint64_t> numbers;
  std::uint64_t begin = 0;
  {
    const std::lock_guard lock(mutex_);
    begin = std::max(client.position_, ring_.first());
    const std::uint64_t end = filters_[filter].known_from;
    if (begin >= end) return;
    for (std::uint64_t i = begin; i < end; ++i) numbers.push_back(ring_.number_at(i));
    chosen.emplace_back(filter, filters_[filter].query);
  }
  std::vector<EventRing::Marks> marks(numbers.size());
  client.missed_ = match(chosen, numbers, marks);
  const std::lock_guard lock(mutex_);
  for (std::uint64_t i = std::max(begin, ring_.first()); i < begin + numbers.size(); ++i) {
    ring_.mark(i, filter, marks[static_cast<std::size_t>(i - begin)][filter]);
  }
  filters_[filter].known_from = std::min(filters_[filter].known_from, begin);
}

HttpStream::Next EventStream::read(Client& client, std::string& out, const HttpStream::Wake& wake) {
  using Next = HttpStream::Next;
  const std::lock_guard lock(mutex_);
  if (client.position_ < ring_.first()) {
    if (client.sent_bytes_ != 0) return Next::kEnd;  // half an event was sent, and is gone
    client.missed_ += ring_.first() - std::exchange(client.position_, ring_.first());
  }
  if (std::exchange(client.is_of_another_life_, false)) {
    out += "event: restarted\ndata: {\"instance\":\"" + instance_ + "\"}\n\n";
  }
  if (client.missed_ != 0) {
    missed_ += client.missed_;
    out += "event: missed\ndata: {\"count\":";
    append_json_int64(out, static_cast<std::int64_t>(std::exchange(client.missed_, 0)));
    out += client.has_begun_ ? ",\"why\":\"slow\"}\n\n" : ",\"why\":\"gone\"}\n\n";
  }
  client.has_begun_ = true;
  for (std::size_t passed = 0; client.position_ < ring_.end(); ++passed, ++client.position_) {
    if (passed >= kPassedMax || out.size() >= HttpStream::kPieceBytes) return Next::kMore;
    if (client.filter_ && !ring_.marks_at(client.position_)[*client.filter_]) continue;
    std::string_view rest = ring_.frame_at(client.position_).substr(client.sent_bytes_);
    const bool has_room = rest.size() <= HttpStream::kPieceBytes;
    if (!has_room) rest = rest.substr(0, HttpStream::kPieceBytes - out.size());
    out += rest;
    client.sent_bytes_ = has_room ? 0 : client.sent_bytes_ + rest.size();
    if (!has_room) return Next::kMore;
  }
  if (!client.wake_) waiting_.push_back(&client);
  client.wake_ = wake;
  return Next::kWait;
}

void EventStream::leave(Client& client) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(waiting_, &client);
  if (client.filter_) --filters_[*client.filter_].clients;
  if (client.is_counted_) --clients_;
}

EventStreamStats EventStream::stats() const {
  const std::lock_guard lock(mutex_);
  return {.clients = clients_,
          .events = ring_.end(),
          .ring_bytes = ring_.bytes(),
          .ring_bytes_max = ring_bytes_max_,
          .missed = missed_};
}

}  // namespace v1
}  // namespace tracebus
