// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/otlp_request.h"

#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/core/wire_reader.h"
#include "tracebus/readers/json_object.h"
#include "tracebus/readers/json_span.h"
#include "tracebus/readers/json_spans.h"
#include "tracebus/readers/otlp_proto_span.h"
#include "tracebus/readers/read_span.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kNoTraceId =
    "a span without a trace id of 16 bytes that are not all zero";
constexpr std::string_view kNoSpanId = "a span without a span id of 8 bytes that are not all zero";

// A record of a log may be of no span.
std::string_view fault_of(const EventIds& ids, const ForeignIds& foreign,
                          OtlpRequest::Signal signal) noexcept {
  if (signal == OtlpRequest::Signal::kLogs) return {};
  if (ids.trace_id.is_none() || !foreign.trace_id.empty()) return kNoTraceId;
  if (ids.span_id.is_none() || !foreign.span_id.empty()) return kNoSpanId;
  return {};
}

}  // namespace

class OtlpRequest::Source {
 public:
  virtual ~Source() = default;
  virtual absl::Status begin(Signal signal, std::string_view body) = 0;
  virtual const TraceEvent* next() = 0;

  std::size_t size = 0;
  std::size_t rejected = 0;
  std::string_view rejection;

 protected:
  void start() noexcept {
    size = rejected = 0;
    rejection = {};
  }
  void take(std::string_view fault) noexcept {
    ++size;
    if (fault.empty()) return;
    if (rejected++ == 0) rejection = fault;
  }
};

class OtlpRequest::ProtobufSource : public OtlpRequest::Source {
 public:
  absl::Status begin(Signal signal, std::string_view body) override {
    start();
    places_.clear();
    next_ = 0;
    signal_ = signal;
    resource_ = scope_ = {};
    origin_ = {};
    const OtlpMessage request =
        signal == Signal::kTraces ? OtlpMessage::kTracesData : OtlpMessage::kLogsData;
    if (const auto fault = fault_in(request, body)) {
      return absl::InvalidArgumentError(
          "not an OTLP request in Protocol Buffers: damaged at byte " +
          std::to_string(*fault - body.data()) + " of " + std::to_string(body.size()));
    }
    WireReader resources(body);
    for (WireField field; resources.next(field);) {
      if (field.number == 1) add_resource(field.bytes);
    }
    return absl::OkStatus();
  }

  const TraceEvent* next() override {
    if (next_ == places_.size()) return nullptr;
    const Place& place = places_[next_++];
    if (place.resource.data() != resource_.data() || next_ == 1) {
      resource_ = place.resource;
      attributes_.clear();
      read_otlp_resource(resource_, attributes_);
      origin_.set_resource(attributes_);
      scope_ = {};
    }
    if (place.scope.data() != scope_.data()) {
      scope_ = place.scope;
      const OtlpScope scope = read_otlp_scope(scope_);
      origin_.set_scope(scope.name, scope.version);
    }
    if (signal_ == Signal::kLogs) {
      ReadLog log;
      read_otlp_log(place.entry, log);
      origin_.add_to(log.told.attributes);
      event_ = log_event(log);
    } else {
      span_.clear();
      read_otlp_span(place.entry, span_);
      origin_.add_to(span_.attributes);
      event_ = span_event(span_);
    }
    return &event_;
  }

 private:
  struct Place {
    std::string_view entry;
    std::string_view resource;
    std::string_view scope;
  };

  void add_resource(std::string_view message) {
    std::string_view resource;
    WireReader fields(message);
    for (WireField field; fields.next(field);) {
      if (field.number == 1) resource = field.bytes;
    }
    WireReader scopes(message);
    for (WireField field; scopes.next(field);) {
      if (field.number == 2) add_scope(field.bytes, resource);
    }
  }

  void add_scope(std::string_view message, std::string_view resource) {
    std::string_view scope;
    WireReader fields(message);
    for (WireField field; fields.next(field);) {
      if (field.number == 1) scope = field.bytes;
    }
    WireReader entries(message);
    for (WireField field; entries.next(field);) {
      if (field.number != 2) continue;
      const std::string_view fault = fault_of_ids(field.bytes);
      take(fault);
      if (fault.empty()) places_.push_back({field.bytes, resource, scope});
    }
  }

  std::string_view fault_of_ids(std::string_view entry) const noexcept {
    if (signal_ == Signal::kLogs) return {};
    ReadSpan ids;
    WireReader fields(entry);
    for (WireField field; fields.next(field) && field.number <= 2;) {
      set_otlp_id(field, ids);
    }
    return fault_of(ids.ids, ids.foreign_ids, signal_);
  }

  Signal signal_ = Signal::kTraces;
  std::vector<Place> places_;
  std::size_t next_ = 0;
  std::string_view resource_;  // that origin_ tells of
  std::string_view scope_;
  std::vector<Attribute> attributes_;
  ReadOrigin origin_;
  ReadSpan span_;
  TraceEvent event_;
};

class OtlpRequest::JsonSource : public OtlpRequest::Source {
 public:
  absl::Status begin(Signal signal, std::string_view body) override {
    start();
    signal_ = signal;
    if (absl::Status status = object_.parse(body); !status.ok()) {
      return absl::InvalidArgumentError("not an OTLP request in JSON: " +
                                        std::string(status.message()));
    }
    const bool is_traces = signal == Signal::kTraces;
    const std::string_view wanted = is_traces ? "resourceSpans" : "resourceLogs";
    bool has_it = object_.members().empty();
    for (const JsonMember& member : object_.members()) has_it |= member.key == wanted;
    if (!has_it) {
      return absl::InvalidArgumentError("not an OTLP request in JSON: it has no \"" +
                                        std::string(wanted) + "\"");
    }
    if (!spans_.begin(object_.members())) return absl::OkStatus();
    for (std::size_t i = 0; i < spans_.size(); ++i) take(fault_of_entry(spans_.entry(i)));
    return absl::OkStatus();
  }

  const TraceEvent* next() override {
    for (std::string problem;;) {
      const TraceEvent* const event = spans_.next(problem);
      if (event == nullptr && problem.empty()) return nullptr;
      problem.clear();
      if (event != nullptr && fault_of(event->ids, event->foreign_ids, signal_).empty()) {
        return event;
      }
    }
  }

 private:
  std::string_view fault_of_entry(const Value& entry) const {
    if (entry.type() != ValueType::kObject) return kNoTraceId;
    ReadSpan ids;
    ids.set_trace_id(text_member(entry.as_object(), "traceId"));
    ids.set_span_id(text_member(entry.as_object(), "spanId"));
    return fault_of(ids.ids, ids.foreign_ids, signal_);
  }

  Signal signal_ = Signal::kTraces;
  JsonObject object_;
  JsonSpans spans_;
};

OtlpRequest::OtlpRequest()
    : protobuf_(std::make_unique<ProtobufSource>()), json_(std::make_unique<JsonSource>()),
      source_(protobuf_.get()) {}
OtlpRequest::~OtlpRequest() = default;

absl::Status OtlpRequest::begin(Signal signal, Form form, std::string_view body) {
  source_ = form == Form::kJson ? static_cast<Source*>(json_.get()) : protobuf_.get();
  return source_->begin(signal, body);
}

std::size_t OtlpRequest::size() const noexcept { return source_->size; }
std::size_t OtlpRequest::rejected() const noexcept { return source_->rejected; }
std::string_view OtlpRequest::rejection() const noexcept { return source_->rejection; }
const TraceEvent* OtlpRequest::next() { return source_->next(); }

}  // namespace v1
}  // namespace tracebus
