// SPDX-License-Identifier: Apache-2.0
//
// ProtoFileReader: events out of a file of length-delimited Protobuf messages, which
// core/proto/README.md describes. Files joined end to end are read as one.
//
// A damaged message is counted with its offset and skipped by its length. Where the length itself
// is damaged, or the file ends within a message, nothing after it can be found: that is counted as
// one problem, and the events end there.
#ifndef TRACEBUS_READERS_PROTO_FILE_READER_H_
#define TRACEBUS_READERS_PROTO_FILE_READER_H_

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/delimited_reader.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

class ProtoFileReader final : public EventReader {
 public:
  explicit ProtoFileReader(std::unique_ptr<ByteSource> source);
  ~ProtoFileReader() override;

  const TraceEvent* next() override;
  // A message that was skipped counts as a bad line; the lines are 0.
  const ReadAccount& account() const noexcept override { return account_; }

 private:
  class Parser;

  bool read(std::string_view message);  // false: it gave no event
  void report(std::string problem);

  DelimitedReader messages_;
  std::unique_ptr<Parser> parser_;  // keeps Protobuf's headers out of this one
  TraceEvent event_;
  ReadAccount account_;
  bool is_started_ = false;  // the header was read
  bool is_stopped_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_PROTO_FILE_READER_H_
