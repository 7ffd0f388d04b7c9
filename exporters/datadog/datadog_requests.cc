// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/datadog/datadog_requests.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "tracebus/core/text_cut.h"
#include "tracebus/exporters/http/http_export.h"
#include "tracebus/exporters/http/json_members.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A request goes on its way once it has so much and a trace ends, so that it is sent while the next
// is encoded, and no trace is torn for it.
constexpr std::size_t kEnoughBytes = std::size_t{256} << 10;
constexpr std::size_t kMessageBytesMax = 300;
constexpr std::string_view kNoTraces = "\x90";  // an array of none, as msgpack

std::string_view without_blanks(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What an agent says to traces that it took: its rates, or nothing, or OK. Others that answer 200,
// as a proxy that wants a login, took nothing.
bool is_agents(std::string_view body) {
  const std::string_view text = without_blanks(body);
  return text.empty() || text == "OK" || JsonMembers(text).is_object();
}

std::string told_refusal(const HttpAnswer& answer) {
  const std::string_view body = without_blanks(answer.body);
  std::string text = told_answer(answer, cut_text(body, kMessageBytesMax));
  if (answer.status == 404 || answer.status == 415) {
    text += "; is this a Datadog agent, which knows /v0.4/traces?";
  }
  if (answer.status == 413) text += "; one span alone is more than it takes";
  return text;
}

}  // namespace

DatadogRequests::DatadogRequests(const DatadogOptions& options, std::unique_ptr<HttpClient> client,
                                 std::uint64_t seed)
    : timeout_(options.timeout), request_spans_max_(options.request_spans_max),
      request_bytes_max_(options.request_bytes_max), several_bytes_max_(options.request_bytes_max),
      encoder_(options), sender_(std::move(client), options.http.requests_max, options.retry, seed),
      requests_([&] {
        std::vector<std::unique_ptr<Request>> requests(options.http.requests_max);
        for (auto& request : requests) request = std::make_unique<Request>();
        return requests;
      }()) {}

ExportResult DatadogRequests::export_batch(const Batch& batch, const ExportContext& context,
                                           std::string& error) {
  error_ = &error;
  result_ = {};
  done_.clear();
  events_ = batch.events;
  // After an exception some may be left of the batch before.
  for (const auto& request : requests_) request->spans = {};
  to_send_.clear();
  groups_.group(batch);
  result_.processed = groups_.others();
  if (groups_.without_id() != 0) {
    fail(groups_.without_id(), "the low half of a trace's id is zero, which is no id to Datadog");
  }
  if (!groups_.spans().empty()) to_send_.push_back({0, groups_.spans().size()});
  sender_.begin(give_up_at(context, timeout_), context.stop);
  while (!to_send_.empty() || sender_.outstanding() != 0) {
    if (sender_.is_over()) {
      fail_the_rest();
    } else {
      send_while_there_is_room();
    }
    sender_.wait(done_);
    settle();
  }
  return result_;
}

absl::Status DatadogRequests::check(Deadline deadline) {
  std::string error;
  error_ = &error;
  result_ = {};
  done_.clear();
  sender_.begin(deadline, {});
  requests_.front()->spans = {0, 1};  // it is the request itself that arrives or not
  const std::array<std::string_view, 1> body = {kNoTraces};
  const std::array<HttpHeader, 1> headers = {{{"X-Datadog-Trace-Count", "0"}}};
  sender_.send(0, body, headers);
  while (sender_.outstanding() != 0) sender_.wait(done_);
  settle();
  return result_.lost() == 0 ? absl::OkStatus() : absl::UnavailableError(error);
}

void DatadogRequests::send_while_there_is_room() {
  while (!to_send_.empty() && sender_.has_room() && !sender_.is_over()) {
    const std::size_t number = idle_request();
    Request& request = *requests_[number];
    fill(request);
    if (request.spans.size() == 0) continue;
    const std::array<std::string_view, 1> body = {request.payload.view()};
    const std::array<HttpHeader, 1> headers = {
        {{"X-Datadog-Trace-Count", std::to_string(request.payload.traces())}}};
    sender_.send(number, body, headers);
    sender_.progress(done_);
    settle();
  }
}

std::size_t DatadogRequests::idle_request() const {
  const auto idle = std::find_if(requests_.begin(), requests_.end(),
                                 [](const auto& request) { return request->spans.size() == 0; });
  return static_cast<std::size_t>(idle - requests_.begin());
}

// Takes spans from the last of to_send_, which it takes away once all of it is taken.
void DatadogRequests::fill(Request& request) {
  Range& range = to_send_.back();
  TracePayload& payload = request.payload;
  payload.clear();
  request.spans = {range.first, range.first};
  while (range.first < range.end) {
    const TraceGroups::Span span = groups_.spans()[range.first];
    const bool is_alone = payload.spans() == 0;
    const bool fits =
        payload.add(span.trace, is_alone ? request_bytes_max_ : several_bytes_max_,
                    [&](MsgpackWriter& out) { encoder_.write(events_[span.event], out); });
    if (!fits && !is_alone) break;
    ++range.first;
    if (fits) {
      request.spans.end = range.first;
    } else {
      fail(1, "a span is larger than a request may be");
      request.spans = {range.first, range.first};
    }
    if (range.first < range.end && is_long_enough(payload, range.first)) break;
  }
  if (range.size() == 0) to_send_.pop_back();
}

bool DatadogRequests::is_long_enough(const TracePayload& payload, std::size_t next) const noexcept {
  if (request_spans_max_ != 0 && payload.spans() == request_spans_max_) return true;
  const auto& spans = groups_.spans();
  return payload.size_bytes() >= kEnoughBytes && spans[next].trace != spans[next - 1].trace;
}

void DatadogRequests::fail_the_rest() {
  std::size_t rest = 0;
  for (const Range& range : to_send_) rest += range.size();
  to_send_.clear();
  if (rest != 0) fail(rest, "there was no time left to send the rest of a batch");
}

void DatadogRequests::settle() {
  for (const HttpAnswer& answer : done_) {
    Request& request = *requests_[answer.request];
    settle(answer, request);
    request.spans = {};
  }
  done_.clear();
}

void DatadogRequests::settle(const HttpAnswer& answer, Request& request) {
  const std::size_t spans = request.spans.size();
  const std::string status = std::to_string(answer.status);
  if (answer.fate == HttpFate::kTruncated) {
    fail(spans, "answered " + status + ", but " + answer.error);
  } else if (answer.status == 0) {
    fail(spans, answer.error);
  } else if (answer.status == 413 && spans > 1) {
    // Of half as many bytes, in two or more requests, from now on.
    several_bytes_max_ = std::min(several_bytes_max_, request.payload.size_bytes() / 2);
    to_send_.push_back(request.spans);
  } else if (answer.status != 200) {
    fail(spans, told_refusal(answer));
  } else if (!is_agents(answer.body)) {
    fail(spans, "answered 200, but not as a Datadog agent does");
  }
}

void DatadogRequests::fail(std::size_t spans, const std::string& why) {
  result_.failed += spans;
  *error_ = cut_text(why, kExportErrorBytesMax);
}

}  // namespace v1
}  // namespace tracebus
