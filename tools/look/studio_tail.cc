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
  if (!number_in(*status, "events", events)) return client_->not_understood("/api/status");
  if (events == 0) return absl::OkStatus();
  if (!number_in(*status, "last_id", last)) return client_->not_understood("/api/status");
  if (limit != 0) {
    if (const absl::Status page = show_page(limit, last + 1, show); !page.ok()) return page;
  }
  begin_ = std::max(begin_, last + 1);
  return absl::OkStatus();
}

absl::Status StudioTail::show_page(std::uint64_t limit, std::uint64_t first, const Show& show) {
  std::string answer;
  dom::parser parser;
  std::vector<dom::element> found;  // the latest first
  for (;; limit *= 2) {
    limit = std::min(limit, kPageMax);
    absl::StatusOr<std::string> page =
        client_->get("/api/events?whole=1&sort=arrival&reverse=1&limit=" + std::to_string(limit) +
                     "&" + filters_);
    if (!page.ok()) return page.status();
    answer = *std::move(page);
    dom::element element;
    dom::array events;
    if (parser.parse(answer).get(element) || element["events"].get(events)) {
      return client_->not_understood("/api/events");
    }
    found.clear();
    std::uint64_t number = 0;
    for (const dom::element event : events) {
      if (event["number"].get(number)) return client_->not_understood("/api/events");
      if (number >= begin_) found.push_back(event);
    }
    if (found.size() < limit || number <= first || limit == kPageMax) break;
  }
  std::uint64_t number = 0;
  std::ranges::reverse(found);
  for (const dom::element event : found) {
    show(span_of(event), simdjson::minify(event));
    if (!event["number"].get(number)) begin_ = number + 1;
  }
  return absl::OkStatus();
}

// A stream says what came and no more; what a call's start or its run told is known to the Studio,
// which therefore is asked for it.
absl::StatusOr<std::uint64_t> StudioTail::show_next(std::chrono::milliseconds wait,
                                                    const Show& show) {
  constexpr std::uint64_t kMore = 100;  // that may have come since
  if (!is_following_) {
    const bool is_first = begin_ == 0;
    client_->follow("/traces/" + std::string(is_first ? "stream?" : "live?") + filters_,
                    is_first ? std::string() : std::to_string(begin_ - 1));
    is_following_ = true;
  }
  const absl::StatusOr<std::vector<EventFrame>> frames = client_->read(wait);
  if (!frames.ok()) {
    is_following_ = false;
    return frames.status();
  }
  std::uint64_t missed = 0, count = 0, first = 0;
  for (const EventFrame& frame : *frames) {
    std::uint64_t number = 0;
    if (frame.type == "missed") {
      if (number_in(frame.data, "count", number)) missed += number;
    } else if (absl::SimpleAtoi(frame.id, &number) && number >= begin_ && count++ == 0) {
      first = number;
    }
  }
  if (count == 0) return missed;
  const absl::Status shown = show_page(count + kMore, first, show);
  return shown.ok() ? absl::StatusOr<std::uint64_t>(missed) : shown;
}

}  // namespace v1
}  // namespace tracebus
