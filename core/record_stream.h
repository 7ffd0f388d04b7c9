// SPDX-License-Identifier: Apache-2.0
//
// A record stream: records outside the process that wrote them, as bytes in a file or a segment.
//
//   StreamHeader, then records. Numbers of types, keys, schemas and names are the writer's own;
//   before a record that uses one for the first time stands the control record that defines it.
//   Readers skip control records they do not know, by size.
#ifndef TRACEBUS_CORE_RECORD_STREAM_H_
#define TRACEBUS_CORE_RECORD_STREAM_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

struct StreamHeader {
  char magic[8];               // "tracebus"
  std::uint16_t version;       // kRecordVersion
  std::uint16_t byte_order;    // 0x0102 as the writer's integers lie: readers refuse the other one
  std::uint32_t header_bytes;  // of this header, so that it can grow
  std::uint64_t instance;      // of the writing bus
};
static_assert(sizeof(StreamHeader) == 24);

// Turns events into a record stream. Times are resolved: ticks in a stream are nanoseconds since
// 1970.
class RecordStreamWriter {
 public:
  explicit RecordStreamWriter(std::uint64_t instance);
  ~RecordStreamWriter();
  RecordStreamWriter(const RecordStreamWriter&) = delete;
  RecordStreamWriter& operator=(const RecordStreamWriter&) = delete;

  // Appends the header at the first call, the definitions the event needs, and the event. What the
  // view hides is left out, and the origin is written down if it is another bus than the stream's.
  // Such an event is written anew; false if it then exceeds kRecordBytesMax: nothing of it is
  // appended.
  [[nodiscard]] bool append(std::string& out, const EventView& event);

 private:
  struct Defined;
  void start(std::string& out);
  void append_record(std::string& out, const EventView& event);

  std::uint64_t instance_;
  bool started_ = false;
  std::unique_ptr<Defined> defined_;
};

// Reads a record stream from memory. Never reads outside `stream`, whatever it holds.
class RecordStreamReader {
 public:
  // InvalidArgument when the header is not ours, of another byte order or of a newer version.
  static absl::StatusOr<RecordStreamReader> open(std::span<const std::byte> stream);
  RecordStreamReader(RecordStreamReader&&) noexcept;
  RecordStreamReader& operator=(RecordStreamReader&&) noexcept;
  ~RecordStreamReader();

  // The next event as something to emit, or nothing at the end. The event borrows from the stream
  // and is valid until the next call. A damaged record is InvalidArgument, says its offset, and is
  // skipped by the next call if its size can be trusted; else the stream ends there.
  absl::StatusOr<const TraceEvent*> next();

 private:
  struct State;
  explicit RecordStreamReader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RECORD_STREAM_H_
