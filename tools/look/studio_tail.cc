// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/studio_tail.h"

#include <absl/strings/numbers.h>
#include <simdjson.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace ondemand = simdjson::ondemand;

absl::Status not_understood(const StudioClient& client, std::string_view what) {
  return absl::DataLossError(client.shown() + ": the answer to " + std::string(what) +
                             " is not that of a Studio of this version");
}

// The lines of events in the answer to /api/events, the earliest first.
bool lines_of(std::string&& answer, std::string& lines, std::uint64_t& last) {
  const simdjson::padded_string text(answer);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array events;
  if (parser.iterate(text).get(document) || document["events"].get_array().get(events)) {
    return false;
  }
  std::vector<std::string_view> found;
  for (auto each : events) {
    ondemand::object event, whole;
    std::uint64_t number = 0;
    std::string_view line;
    if (each.get_object().get(event) || event["number"].get_uint64().get(number) ||
        event["event"].get_object().get(whole) || whole.raw_json().get(line)) {
      return false;
    }
    found.push_back(line);
    last = std::max(last, number);
  }
  for (std::size_t i = found.size(); i-- != 0;) lines.append(found[i]) += '\n';
  return true;
}

bool number_in(const std::string& answer, std::string_view key, std::uint64_t& number) {
  const simdjson::padded_string text(answer);
  ondemand::parser parser;
  ondemand::document document;
  return !parser.iterate(text).get(document) && !document[key].get_uint64().get(number);
}

}  // namespace

absl::StatusOr<std::unique_ptr<StudioTail>> StudioTail::open(const std::string& address,
                                                             std::string filters) {
  auto client = StudioClient::open(address);
  if (!client.ok()) return client.status();
  return std::unique_ptr<StudioTail>(new StudioTail(*std::move(client), std::move(filters)));
}

absl::Status StudioTail::add_latest(TraceStore& store, std::uint64_t limit) {
  constexpr std::uint64_t kLimitMax = 10'000;  // of the Studio
  // First where the stream goes on, then what was before it: what comes between is seen twice
  // rather than not at all, and told by its number.
  const absl::StatusOr<std::string> status = client_->get("/api/status");
  if (!status.ok()) return status.status();
  if (!number_in(*status, "last_id", last_id_)) return not_understood(*client_, "/api/status");
  if (limit == 0) return absl::OkStatus();
  absl::StatusOr<std::string> answer =
      client_->get("/api/events?whole=1&sort=arrival&reverse=1&limit=" +
                   std::to_string(std::min(limit, kLimitMax)) + "&" + filters_);
  if (!answer.ok()) return answer.status();
  std::string lines;
  if (!lines_of(*std::move(answer), lines, last_id_)) {
    return not_understood(*client_, "/api/events");
  }
  return store.add(*read_jsonl(lines)).status();
}

absl::StatusOr<std::uint64_t> StudioTail::add_next(TraceStore& store,
                                                   std::chrono::milliseconds wait) {
  if (!is_following_) {
    client_->follow("/traces/live?" + filters_, std::to_string(last_id_));
    is_following_ = true;
  }
  const absl::StatusOr<std::vector<EventFrame>> frames = client_->read(wait);
  if (!frames.ok()) {
    is_following_ = false;
    return frames.status();
  }
  std::string lines;
  std::uint64_t missed = 0;
  for (const EventFrame& frame : *frames) {
    std::uint64_t number = 0;
    if (frame.type == "missed") {
      if (number_in(frame.data, "count", number)) missed += number;
    } else if (absl::SimpleAtoi(frame.id, &number) && number > last_id_) {
      last_id_ = number;
      lines.append(frame.data) += '\n';
    }
  }
  if (!lines.empty()) {
    if (const auto added = store.add(*read_jsonl(lines)); !added.ok()) return added.status();
  }
  return missed;
}

}  // namespace v1
}  // namespace tracebus
