// SPDX-License-Identifier: Apache-2.0
//
// EventEncoder: writes events as the delimited Protobuf messages of a file, straight from their
// records: byte for byte what to_proto and append_delimited make by way of a message, at a fraction
// of its cost.
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_CORE_PROTO_EVENT_ENCODER_H_
#define TRACEBUS_CORE_PROTO_EVENT_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

struct RecordLayout;
struct RecordAttribute;

class EventEncoder {
 public:
  // How much room the length and message of event may want, more than most fill.
  static std::size_t bytes_max(const EventView& event) noexcept;

  // Writes them, and returns their end; null if the message would be too large for a file.
  // REQUIRES: out has room for bytes_max(event) bytes.
  char* write(char* out, const EventView& event);

 private:
  char* write_attribute(char* out, const RecordLayout& record, const RecordAttribute& attribute);
  std::size_t measure_value(const ValueView& value);
  std::size_t measure_members(const ValueView& value);
  char* write_value(char* out, const ValueView& value);
  char* write_member(char* out, const AttributeView& member);
  std::size_t next_value_bytes(const ValueView& value) const noexcept;

  // A message stands behind its length, so containers are measured before they are written: how
  // many bytes the members of each take, in the order in which they begin.
  std::vector<std::size_t> measured_;
  std::size_t next_ = 0;  // of measured_, to be written
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROTO_EVENT_ENCODER_H_
