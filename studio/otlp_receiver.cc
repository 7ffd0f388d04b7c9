// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/otlp_receiver.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "tracebus/bus/producer.h"
#include "tracebus/core/counter.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/protobuf_wire.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/otlp_request.h"
#include "tracebus/studio/inflated_body.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Signal = OtlpRequest::Signal;
using Form = OtlpRequest::Form;

constexpr std::string_view kProtobufType = "application/x-protobuf";
constexpr std::string_view kJsonType = "application/json";
constexpr std::chrono::microseconds kLookAgain{200};

// Without parameters such as charset, in lower case.
std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::ranges::transform(type, type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return type;
}

std::string_view type_of(Form form) noexcept {
  return form == Form::kJson ? kJsonType : kProtobufType;
}

void append_varint(std::string& out, std::uint64_t value) {
  char bytes[kVarintBytesMax];
  out.append(bytes, write_varint(bytes, value));
}
void append_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, number << 3 | 2);
  append_varint(out, bytes.size());
  out += bytes;
}

// google.rpc.Status: what OTLP wants the body of an error to be. 3 is INVALID_ARGUMENT, 14
// UNAVAILABLE.
HttpReply failure(int status, Form form, std::string_view message) {
  const int code = status == 503 ? 14 : 3;
  HttpReply reply{.status = status, .content_type = std::string(type_of(form))};
  if (form == Form::kJson) {
    reply.body = "{\"code\":" + std::to_string(code) + ",\"message\":";
    append_json_string(reply.body, message);
    reply.body += '}';
  } else {
    append_varint(reply.body, 1 << 3);
    append_varint(reply.body, static_cast<std::uint64_t>(code));
    append_bytes(reply.body, 2, message);
  }
  if (status == 503) reply.headers = {{"Retry-After", "1"}};
  return reply;
}

// ExportTraceServiceResponse and ExportLogsServiceResponse are alike but for a name in JSON.
HttpReply success(Signal signal, Form form, std::uint64_t rejected, std::string_view why) {
  HttpReply reply{.content_type = std::string(type_of(form))};
  if (form == Form::kJson) {
    reply.body = "{}";
    if (rejected == 0) return reply;
    reply.body = signal == Signal::kTraces ? R"({"partialSuccess":{"rejectedSpans":")"
                                           : R"({"partialSuccess":{"rejectedLogRecords":")";
    reply.body += std::to_string(rejected) + R"(","errorMessage":)";
    append_json_string(reply.body, why);
    reply.body += "}}";
    return reply;
  }
  if (rejected == 0) return reply;
  std::string partial;
  append_varint(partial, 1 << 3);
  append_varint(partial, rejected);
  append_bytes(partial, 2, why);
  append_bytes(reply.body, 1, partial);
  return reply;
}

HttpReply plain(int status, std::string text) {
  return {.status = status, .body = std::move(text) + "\n"};
}

}  // namespace

// What the threads of servers call, one at a time. Such a thread may outlive the receiver, and the
// bus: it is told that the bus was shut down.
class OtlpReceiver::Desk {
 public:
  Desk(TraceEventBus& bus, const OtlpReceiverOptions& options)
      : bus_(&bus), room_timeout_(options.room_timeout), is_overloaded_(options.is_overloaded),
        body_bytes_max_(options.http.body_bytes_max) {}

  HttpReply answer(const HttpCall& call) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait_for(lock, room_timeout_, [this] { return !is_busy_; })) {
        const bool is_json = media_type(call.content_type) == kJsonType;
        return failure(503, is_json ? Form::kJson : Form::kProtobuf, "others are being answered");
      }
      is_busy_ = true;
    }
    const Turn turn(*this);
    HttpReply reply = take(call);
    if (reply.status / 100 == 4) bad_requests_.add(1);
    return reply;
  }

  // From now on nothing here touches the bus. False: an emit that has begun lasts longer.
  bool leave_bus(Deadline deadline) {
    is_leaving_ = true;
    // Not a timed mutex: ThreadSanitizer does not know how these are locked.
    std::unique_lock lock(bus_mutex_, std::try_to_lock);
    for (; !lock.owns_lock(); lock.try_lock()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::sleep_for(kLookAgain);
    }
    bus_ = nullptr;
    producer_ = {};
    return true;
  }

  OtlpReceiverStats stats() const noexcept {
    return {.requests = requests_.get(),
            .bad_requests = bad_requests_.get(),
            .refused_requests = refused_requests_.get(),
            .received = received_.get(),
            .emitted = emitted_.get(),
            .unwanted = unwanted_.get(),
            .rejected = rejected_.get(),
            .no_room = no_room_.get()};
  }

 private:
  // The next one has it afterwards, whatever is thrown.
  struct Turn {
    explicit Turn(Desk& own) : desk(own) {}
    ~Turn() {
      {
        const std::lock_guard lock(desk.mutex_);
        desk.is_busy_ = false;
      }
      desk.changed_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Desk& desk;
  };

  HttpReply take(const HttpCall& call) {
    const bool is_traces = call.path == "/v1/traces";
    if (!is_traces && call.path != "/v1/logs") {
      return plain(404, "there is nothing here; OTLP is taken at /v1/traces and /v1/logs");
    }
    if (call.method != "POST") {
      HttpReply reply = plain(405, "OTLP is sent by POST");
      reply.headers = {{"Allow", "POST"}};
      return reply;
    }
    const std::string type = media_type(call.content_type);
    if (type != kProtobufType && type != kJsonType) {
      return plain(415, "send " + std::string(kProtobufType) + " or " + std::string(kJsonType));
    }
    const Form form = type == kJsonType ? Form::kJson : Form::kProtobuf;
    if (is_overloaded()) {
      refused_requests_.add(1);
      return failure(503, form, "what was sent before is not through yet");
    }
    const std::string encoding = media_type(call.content_encoding);
    if (encoding == "gzip") {
      const absl::Status status = inflate_body(call.body, body_bytes_max_, body_);
      if (!status.ok())
        return failure(absl::IsResourceExhausted(status) ? 413 : 400, form,
                       {status.message().data(), status.message().size()});
    } else if (encoding.empty() || encoding == "identity") {
      body_.assign(call.body);
    } else {
      return plain(415, "send it without Content-Encoding, or with gzip");
    }
    HttpReply reply = take(is_traces ? Signal::kTraces : Signal::kLogs, form);
    if (body_.capacity() > kKeptBytes) body_ = {};
    return reply;
  }

  HttpReply take(Signal signal, Form form) {
    const std::size_t bytes = body_.size();
    body_.append(LineReader::kPaddingBytes, '\n');
    const absl::Status begun =
        request_.begin(signal, form, std::string_view(body_).substr(0, bytes));
    if (!begun.ok()) return failure(400, form, {begun.message().data(), begun.message().size()});
    requests_.add(1);
    received_.add(request_.size());
    std::uint64_t rejected = request_.rejected();
    std::string why(request_.rejection());
    rejected_.add(rejected);
    const auto give_up = std::chrono::steady_clock::now() + room_timeout_;
    std::uint64_t taken = rejected;
    while (const TraceEvent* const event = request_.next()) {
      const EmitResult result = emit(*event, give_up);
      if (result == EmitResult::kAccepted) {
        emitted_.add(1);
      } else if (result == EmitResult::kUnwanted) {
        unwanted_.add(1);
      } else if (result == EmitResult::kTooBig) {
        rejected_.add(1);
        if (rejected++ == 0) why = "larger than an event may be";
      } else {
        refused_requests_.add(1);
        no_room_.add(request_.size() - taken);
        return failure(
            503, form,
            result == EmitResult::kClosed ? "the bus was shut down" : "the bus has no room now");
      }
      ++taken;
    }
    return success(signal, form, rejected, why);
  }

  bool is_overloaded() {
    const std::lock_guard lock(bus_mutex_);
    return bus_ != nullptr && is_overloaded_ && is_overloaded_();
  }

  EmitResult emit_now(const TraceEvent& event) {
    if (is_leaving_) return EmitResult::kClosed;  // who leaves is not kept waiting
    const std::lock_guard lock(bus_mutex_);
    if (bus_ == nullptr) return EmitResult::kClosed;
    if (!producer_) producer_ = bus_->producer();
    return producer_.emit(event);
  }

  EmitResult emit(const TraceEvent& event, std::chrono::steady_clock::time_point give_up) {
    for (;;) {
      const EmitResult result = emit_now(event);
      const bool has_no_room = result == EmitResult::kFull || result == EmitResult::kNested ||
                               result == EmitResult::kBlockTimeout;
      if (!has_no_room || std::chrono::steady_clock::now() >= give_up) return result;
      std::this_thread::sleep_for(kLookAgain);
    }
  }

  // A body that was larger is not kept for the next one.
  static constexpr std::size_t kKeptBytes = std::size_t{4} << 20;

  std::atomic<bool> is_leaving_{false};
  std::mutex bus_mutex_;  // whoever leaves the bus waits for it, and nobody else
  TraceEventBus* bus_;    // guarded by bus_mutex_, and so is the producer; null: it was left
  Producer producer_;
  const std::chrono::milliseconds room_timeout_;
  const std::function<bool()> is_overloaded_;
  const std::size_t body_bytes_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_busy_ = false;  // guarded by the mutex
  // Of whose turn it is.
  OtlpRequest request_;
  std::string body_;
  Counter requests_;
  Counter bad_requests_;
  Counter refused_requests_;
  Counter received_;
  Counter emitted_;
  Counter unwanted_;
  Counter rejected_;
  Counter no_room_;
};

absl::StatusOr<std::unique_ptr<OtlpReceiver>> OtlpReceiver::start(
    TraceEventBus& bus, const OtlpReceiverOptions& options) {
  auto desk = std::make_shared<Desk>(bus, options);
  auto server =
      HttpServer::start(options.http, [desk](const HttpCall& call) { return desk->answer(call); });
  if (!server.ok()) return server.status();
  return std::unique_ptr<OtlpReceiver>(new OtlpReceiver(std::move(desk), *std::move(server)));
}

std::unique_ptr<OtlpReceiver> OtlpReceiver::without_server(TraceEventBus& bus,
                                                           const OtlpReceiverOptions& options) {
  return std::unique_ptr<OtlpReceiver>(
      new OtlpReceiver(std::make_shared<Desk>(bus, options), nullptr));
}

OtlpReceiver::OtlpReceiver(std::shared_ptr<Desk> desk, std::unique_ptr<HttpServer> server)
    : desk_(std::move(desk)), server_(std::move(server)) {}
OtlpReceiver::~OtlpReceiver() {
  shutdown(std::chrono::steady_clock::now() + std::chrono::seconds(1)).IgnoreError();
}

HttpReply OtlpReceiver::answer(const HttpCall& call) { return desk_->answer(call); }
std::uint16_t OtlpReceiver::port() const noexcept { return server_ ? server_->port() : 0; }
std::string OtlpReceiver::url() const { return server_ ? server_->url() : std::string(); }
OtlpReceiverStats OtlpReceiver::stats() const { return desk_->stats(); }
absl::Status OtlpReceiver::shutdown(Deadline deadline) {
  absl::Status status = server_ ? server_->shutdown(deadline) : absl::OkStatus();
  constexpr std::chrono::milliseconds kShort{100};  // for an emit that does not wait
  const auto last = std::max(deadline, std::chrono::steady_clock::now() + kShort);
  if (!desk_->leave_bus(last)) {
    status.Update(absl::DeadlineExceededError(
        "the receiver still waits for room in the bus: shut that down before it goes"));
  }
  return status;
}

}  // namespace v1
}  // namespace tracebus
