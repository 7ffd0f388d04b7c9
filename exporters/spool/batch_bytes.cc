// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/batch_bytes.h"

#include <span>

#include "tracebus/core/record_stream.h"
#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {

std::uint64_t append_batch_bytes(std::string& out, const Batch& batch) {
  if (batch.empty()) return 0;
  RecordStreamWriter writer(batch.events.front().context().instance);
  std::uint64_t too_large = 0;
  for (const EventView& event : batch) too_large += writer.append(out, event) ? 0 : 1;
  return too_large;
}

void ReadBatch::read(std::string_view bytes) {
  words_.clear();
  begins_.clear();
  views_.clear();
  unreadable_ = 0;
  auto reader = RecordStreamReader::open(std::as_bytes(std::span(bytes)));
  if (!reader.ok()) return;
  for (;;) {
    const absl::StatusOr<const TraceEvent*> next = reader->next();
    if (!next.ok()) {
      ++unreadable_;
      continue;
    }
    if (*next == nullptr) break;
    const TraceEvent& event = **next;
    const FriendlyRecord record(event, EventType::find(event.event_type), true);
    if (record.size() == 0) {
      ++unreadable_;
      continue;
    }
    const RecordStamp stamp = event.origin
                                  ? RecordStamp{event.origin->sequence, event.origin->producer}
                                  : RecordStamp{0, 0};
    begins_.push_back(words_.size());
    words_.resize(words_.size() + record.size() / sizeof(std::uint64_t));
    record.write(reinterpret_cast<char*>(words_.data() + begins_.back()), stamp);
  }
  for (const std::size_t begin : begins_) {
    views_.emplace_back(reinterpret_cast<const char*>(words_.data() + begin), context_);
  }
}

}  // namespace v1
}  // namespace tracebus
