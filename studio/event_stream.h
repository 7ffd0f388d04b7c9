// SPDX-License-Identifier: Apache-2.0
//
// EventStream: what comes into a store live, as Server-Sent Events (HTML Living Standard, section
// 9.2) for many clients.
//
//   bus --> exporter thread --> store --> which filters? --> ring --> clients, each at its place
//
// An event is encoded once, and looked at once for each distinct filter, by the store's own
// SpanFilter, so that a stream shows what a query would. It lies once, in the ring; a client has no
// more than the place where it reads, and one piece that it is being sent. Who reads more slowly
// than events come falls behind, until the ring lets go of what it has not read, and is told how
// many those were; nobody else notices.
//
//   id: 4711                       the number of the event in the store
//   data: {"timestamp":...}        a line of our JSONL
//
//   event: missed                  here some are missing, of whatever kind
//   data: {"count":12,"why":"slow"}
//
// Thread safety: any thread.
#ifndef TRACEBUS_STUDIO_EVENT_STREAM_H_
#define TRACEBUS_STUDIO_EVENT_STREAM_H_

#include <absl/status/statusor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/studio/event_ring.h"
#include "tracebus/studio/http_stream.h"
#include "tracebus/studio/span_query.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

// Where a client begins.
struct StreamStart {
  bool from_oldest = false;  // with the oldest event that is there; else with what comes next
  // Behind the event of that number, whatever else is said. One that the store has not given yet is
  // of another life of this server: then with the oldest, and the client is told.
  std::optional<std::uint64_t> behind = {};
  std::string instance = {};  // of which the number is; empty: of this one, it says
};

struct EventStreamStats {
  std::uint64_t clients = 0;
  std::uint64_t events = 0;      // that came
  std::uint64_t ring_bytes = 0;  // of ring_bytes_max
  std::uint64_t ring_bytes_max = 0;
  std::uint64_t missed = 0;  // told to clients, each for itself
};

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  static constexpr std::size_t kRingBytesMax = std::size_t{64} << 20;

  // Made by std::make_shared; clients and exporters keep it, and it keeps the store.
  explicit EventStream(std::shared_ptr<TraceStore> store,
                       std::size_t ring_bytes_max = kRingBytesMax);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Brings the events of a bus here.
  std::unique_ptr<Exporter> make_exporter();
  // Into the store, and on to the clients.
  void append(std::span<const EventView> events);
  // As TraceStore::poll, and on to the clients.
  absl::StatusOr<PollReport> poll();

  // For a client that wants what the filters of the query let pass; its order and its page do not
  // matter. ResourceExhausted: all places for filters are taken.
  absl::StatusOr<std::shared_ptr<HttpStream>> open(const SpanQuery& query,
                                                   const StreamStart& start);
  EventStreamStats stats() const;
  // Of one life of one server; ids of events are "NUMBER-INSTANCE". 8 hex digits.
  const std::string& instance() const noexcept { return instance_; }

 private:
  class Client;
  class LiveExporter;
  struct Filter {
    std::shared_ptr<const SpanQuery> query;
    std::size_t clients = 0;
    std::uint64_t known_from = 0;  // events from that index on are marked
  };
  using Frame = std::pair<std::uint64_t, std::size_t>;  // number, and its end in text_
  using ChosenFilters = std::vector<std::pair<std::size_t, std::shared_ptr<const SpanQuery>>>;

  void begin_frame(std::uint64_t number);
  void end_frame(std::uint64_t number);
  void publish();
  ChosenFilters filters_in_use() const;
  // Returns how many of the events the store has no more.
  std::size_t match(const ChosenFilters& filters, std::span<const std::uint64_t> numbers,
                    std::vector<EventRing::Marks>& marks) const;
  absl::Status choose_filter(Client& client, const SpanQuery& query);
  void place(Client& client, const StreamStart& start) const;
  std::uint64_t numbers_given() const;  // numbers of events are smaller
  void mark_earlier(Client& client);
  HttpStream::Next read(Client& client, std::string& out, const HttpStream::Wake& wake);
  void leave(Client& client) noexcept;

  const std::shared_ptr<TraceStore> store_;
  const std::string instance_;

  std::mutex feeding_mutex_;            // held while events come, or a client; taken before mutex_
  std::vector<std::uint64_t> numbers_;  // guarded by feeding_mutex_, as the next two
  std::string text_;
  std::vector<Frame> frames_;

  mutable std::mutex mutex_;  // guards everything below
  EventRing ring_;
  const std::uint64_t ring_bytes_max_;
  std::array<Filter, EventRing::kFiltersMax> filters_;
  std::vector<Client*> waiting_;
  std::uint64_t clients_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_EVENT_STREAM_H_
