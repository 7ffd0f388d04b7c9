// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/proto_file_reader.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <string>
#include <utility>

#include "tracebus/core/proto/event_proto.h"
#include "tracebus/core/proto/proto_file_format.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string text_of(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace

// Holds the message behind the event that was read last.
class ProtoFileReader::Parser {
 public:
  Parser() : arena_(first_block_, sizeof first_block_) {}

  absl::StatusOr<TraceEvent> parse(std::string_view bytes) {
    arena_.Reset();
    auto* message = google::protobuf::Arena::CreateMessage<proto::v1::TraceEvent>(&arena_);
    google::protobuf::io::CodedInputStream input(
        reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
    input.SetRecursionLimit(kProtoDepthMax);
    // Protobuf would print a line of its own for text that is not UTF-8. Problems are ours to tell.
    const google::protobuf::LogSilencer silence;
    if (!message->ParseFromCodedStream(&input) || !input.ConsumedEntireMessage()) {
      return absl::InvalidArgumentError("not a message of an event");
    }
    return from_proto(*message);
  }

 private:
  alignas(8) char first_block_[16 << 10];
  google::protobuf::Arena arena_;
};

ProtoFileReader::ProtoFileReader(std::unique_ptr<ByteSource> source)
    : messages_(std::move(source)), parser_(std::make_unique<Parser>()) {}

ProtoFileReader::~ProtoFileReader() = default;

const TraceEvent* ProtoFileReader::next() {
  std::string_view message;
  while (!is_stopped_ && messages_.next(message)) {
    if (read(message)) return &event_;
  }
  if (!is_stopped_ && !messages_.fault().empty()) report(messages_.fault());
  is_stopped_ = true;
  return nullptr;
}

bool ProtoFileReader::read(std::string_view message) {
  const bool is_first = !std::exchange(is_started_, true);
  if (is_first || is_proto_file_header(message)) {
    const absl::Status header = check_proto_file_header(message);
    if (!header.ok()) report(text_of(header));
    is_stopped_ = !header.ok();
    return false;
  }
  absl::StatusOr<TraceEvent> event = parser_->parse(message);
  if (!event.ok()) {
    report(text_of(event.status()));
    return false;
  }
  event_ = *std::move(event);
  ++account_.events;
  return true;
}

void ProtoFileReader::report(std::string problem) {
  account_.add_problem({.line = 0, .offset = messages_.offset(), .message = std::move(problem)});
}

}  // namespace v1
}  // namespace tracebus
