// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/studio_tail.h"

#include <absl/strings/numbers.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tracebus/core/timestamp.h"
#include "tracebus/tools/look/answer_fields.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t kPageMax = 10'000;  // of the Studio

SpanStatus status_of(std::string_view text) {
  if (text == to_string(SpanStatus::kOk)) return SpanStatus::kOk;
  return text == to_string(SpanStatus::kFailed) ? SpanStatus::kFailed : SpanStatus::kUnset;
}

// What a line of text says of an event.
StoredSpan span_of(dom::element event) {
  StoredSpan span;
  span.timestamp = parse_iso8601(text_said(event, "time"));
  span.event_type = text_said(event, "event_type");
  span.agent_name = text_said(event, "agent_name");
  span.name = text_said(event, "name");
  span.model = text_said(event, "model");
  span.run_id = text_said(event, "run_id");
  span.status = status_of(text_said(event, "status"));
  span.is_open = said_or_none<bool>(event, "open");
  span.is_stale = said_or_none<bool>(event, "stale");
  span.duration_ms = said_or_none<double>(event, "duration_ms");
  span.tokens = said_or_none<std::int64_t>(event, "tokens");
  if (const auto cost_usd = said<double>(event, "cost_usd")) {
    span.cost_nanos = std::llround(*cost_usd * 1e9);
  }
  return span;
}

bool text_in(const std::string& answer, std::string_view key, std::string& text) {
  dom::parser parser;
  dom::element element;
  std::string_view said;
  if (parser.parse(answer).get(element) || element[key].get(said)) return false;
  text = said;
  return true;
}

// Of the first of a list of events.
bool first_number_in(const std::string& answer, std::uint64_t& number) {
  dom::parser parser;
  dom::element element;
  return !parser.parse(answer).get(element) && !element["events"].at(0)["number"].get(number);
}

bool number_in(const std::string& answer, std::string_view key, std::uint64_t& number) {
  dom::parser parser;
  dom::element element;
  return !parser.parse(answer).get(element) && !element[key].get(number);
}

}  // namespace

absl::StatusOr<std::unique_ptr<StudioTail>> StudioTail::open(const std::string& address,
                                                             std::string filters) {
  auto client = StudioClient::open(address);
  if (!client.ok()) return client.status();
  return std::unique_ptr<StudioTail>(new StudioTail(*std::move(client), std::move(filters)));
}

absl::Status StudioTail::show_latest(std::uint64_t limit, const Show& show) {
  // First where the stream goes on, then what was before it: what comes between is shown by the
  // page, and told by its number when the stream brings it again.
  const absl::StatusOr<std::string> status = client_->get("/api/status");
  if (!status.ok()) return status.status();
  std::uint64_t events = 0, last = 0;
  if (!number_in(*status, "events", events) || !text_in(*status, "instance", instance_)) {
    return client_->not_understood("/api/status");
  }
  if (events == 0) return absl::OkStatus();
  if (!number_in(*status, "last_id", last)) return client_->not_understood("/api/status");
  if (limit != 0) {
    const auto page = show_page("&reverse=1&limit=" + std::to_string(limit), show);
    if (!page.ok()) return page.status();
  }
  begin_ = std::max(begin_.value_or(0), last + 1);
  return absl::OkStatus();
}

absl::StatusOr<bool> StudioTail::show_page(const std::string& page, const Show& show) {
  const absl::StatusOr<std::string> answer =
      client_->get("/api/events?whole=1&sort=arrival" + page + "&" + filters_);
  if (!answer.ok()) return answer.status();
  dom::parser parser;
  dom::element element;
  dom::array events;
  std::uint64_t matched = 0;
  if (parser.parse(*answer).get(element) || element["events"].get(events) ||
      element["matched"].get(matched)) {
    return client_->not_understood("/api/events");
  }
  std::vector<std::pair<std::uint64_t, dom::element>> found;
  for (const dom::element event : events) {
    std::uint64_t number = 0;
    if (event["number"].get(number)) return client_->not_understood("/api/events");
    found.emplace_back(number, event);
  }
  std::ranges::sort(found, {}, [](const auto& each) { return each.first; });
  for (const auto& [number, event] : found) {
    show(span_of(event), simdjson::minify(event));
    begin_ = number + 1;
  }
  return !found.empty() && matched > found.size();
}

absl::StatusOr<bool> StudioTail::is_gone(std::uint64_t number) {
  const absl::StatusOr<std::string> status = client_->get("/api/status");
  if (!status.ok()) return status.status();
  std::uint64_t evicted = 0, oldest = 0;
  if (!number_in(*status, "evicted", evicted)) return client_->not_understood("/api/status");
  if (evicted == 0) return false;
  const absl::StatusOr<std::string> page = client_->get("/api/events?sort=arrival&limit=1");
  if (!page.ok()) return page.status();
  return !first_number_in(*page, oldest) || oldest > number;
}

void StudioTail::follow() {
  std::string id;
  if (begin_ && *begin_ != 0) id = std::to_string(*begin_ - 1) + "-" + instance_;
  client_->follow("/traces/" + std::string(begin_ ? "live?" : "stream?") + filters_, id);
  is_following_ = true;
}

// A stream says what came and no more; what a call's start or its run told is known to the Studio,
// which therefore is asked for it. It also has what the stream had to leave out.
absl::StatusOr<StudioTail::Gap> StudioTail::show_next(std::chrono::milliseconds wait,
                                                      const Show& show) {
  if (!is_following_) follow();
  const auto none = std::chrono::milliseconds::zero();
  const absl::StatusOr<std::vector<EventFrame>> frames = client_->read(is_more_ ? none : wait);
  if (!frames.ok()) {
    is_following_ = false;
    return frames.status();
  }
  Gap gap;
  for (const EventFrame& frame : *frames) {
    std::uint64_t number = 0;
    if (frame.type == "restarted") {
      if (!text_in(frame.data, "instance", instance_)) return client_->not_understood("/traces");
      gap.is_new_life = true;
      is_more_ = false;
      begin_.reset();
    } else if (frame.type == "missed") {
      if (number_in(frame.data, "count", number)) gap.missed += number;
    } else if (absl::SimpleAtoi(frame.id.substr(0, frame.id.find('-')), &number)) {
      if (!begin_) begin_ = number;
      is_more_ |= number >= *begin_;
    }
  }
  if (gap.missed != 0 && begin_) {
    const absl::StatusOr<bool> gone = is_gone(*begin_);
    if (!gone.ok()) return gone.status();
    if (!*gone) gap.missed = 0;
  }
  if (!is_more_) return gap;
  const auto page = show_page(
      "&limit=" + std::to_string(kPageMax) + "&from_number=" + std::to_string(*begin_), show);
  if (!page.ok()) return page.status();
  is_more_ = *page;
  return gap;
}

}  // namespace v1
}  // namespace tracebus
