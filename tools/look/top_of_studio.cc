// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <algorithm>
#include <string_view>

#include "tracebus/core/timestamp.h"
#include "tracebus/tools/look/answer_fields.h"
#include "tracebus/tools/look/studio_client.h"
#include "tracebus/tools/look/top_figures.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace dom = simdjson::dom;

std::string text_of(dom::element object, std::string_view key) {
  return std::string(text_said(object, key));
}
std::uint64_t count_of(dom::element object, std::string_view key) {
  return said_or_none<std::uint64_t>(object, key);
}

constexpr std::string_view kNull = "null";

// Asks one thing after the other, and keeps the first error.
class Questions {
 public:
  explicit Questions(StudioClient& client) : client_(client) {}

  // Until the next question. Null after an error.
  dom::element ask(const std::string& what) {
    std::string body(kNull);
    if (status_.ok()) {
      absl::StatusOr<std::string> answer = client_.get(what);
      if (answer.ok()) {
        body = *std::move(answer);
      } else {
        status_ = answer.status();
      }
    }
    dom::element element;
    if (parser_.parse(body).get(element) || (status_.ok() && !element.is_object())) {
      status_.Update(client_.not_understood(what));
      element = parser_.parse(std::string(kNull)).value_unsafe();
    }
    return element;
  }
  const absl::Status& status() const noexcept { return status_; }

 private:
  StudioClient& client_;
  dom::parser parser_;  // of the last answer
  absl::Status status_;
};

void add_spans(dom::element page, std::vector<TopFigures::Span>& spans) {
  dom::array events;
  if (page["events"].get(events)) return;
  for (const dom::element event : events) {
    spans.push_back({.time = text_of(event, "time"),
                     .event_type = text_of(event, "event_type"),
                     .agent = text_of(event, "agent_name"),
                     .name = text_of(event, "name"),
                     .model = text_of(event, "model"),
                     .run_id = text_of(event, "run_id"),
                     .duration_ms = said_or_none<double>(event, "duration_ms")});
  }
}

std::uint64_t sum_of(dom::element counts) {
  dom::object reasons;
  std::uint64_t sum = 0;
  if (counts.get(reasons)) return 0;
  for (const dom::key_value_pair each : reasons) {
    std::uint64_t count = 0;
    if (!each.value.get(count)) sum += count;
  }
  return sum;
}

std::optional<std::uint64_t> dropped_by(dom::element exporters) {
  dom::element counts;
  if (exporters["bus"]["dropped"].get(counts)) return std::nullopt;
  std::uint64_t dropped = sum_of(counts);
  dom::array subscriptions;
  if (!exporters["subscriptions"].get(subscriptions)) {
    for (const dom::element each : subscriptions) {
      if (!each["dropped"].get(counts)) dropped += sum_of(counts);
    }
  }
  return dropped;
}

}  // namespace

absl::StatusOr<TopFigures> top_of_studio(StudioClient& client) {
  const std::string since = "&since=" + std::to_string(TopFigures::kWindow.count()) + "s";
  const std::string spans = "&limit=" + std::to_string(TopFigures::kSpans);
  Questions questions(client);
  TopFigures top;
  const dom::element status = questions.ask("/api/status");
  const std::uint64_t evicted = count_of(status, "evicted");
  top.events = count_of(status, "events") + evicted;
  if (evicted == 0) {
    const dom::element first = questions.ask("/api/events?since=1970-01-01&sort=time&limit=1");
    std::string_view time;
    if (!first["events"].at(0)["time"].get(time)) {
      if (const auto first_time = parse_iso8601(time)) {
        top.see_from(first_time->to_unix_ns(), Timestamp::now().to_unix_ns());
      }
    }
  }
  const dom::element open =
      questions.ask("/api/runs?status=open&limit=" + std::to_string(TopFigures::kRuns));
  top.open_runs = count_of(open, "matched");
  dom::array runs;
  if (!open["runs"].get(runs)) {
    for (const dom::element run : runs) {
      top.runs.push_back({.run_id = text_of(run, "run_id"),
                          .workflow = text_of(run, "workflow"),
                          .start = text_of(run, "start"),
                          .steps = count_of(run, "steps"),
                          .calls = count_of(run, "calls"),
                          .cost_usd = said<double>(run, "cost_usd")});
    }
  }
  const dom::element costs = questions.ask("/api/costs?by=model" + since);
  top.cost_usd = said_or_none<double>(costs, "cost_usd");
  top.calls = count_of(costs, "calls");
  const dom::element failed =
      questions.ask("/api/events?status=error&sort=time&reverse=1" + since + spans);
  top.errors = count_of(failed, "matched");
  add_spans(failed, top.failed);
  for (const std::string_view kind : {"LLM", "TOOL"}) {
    add_spans(questions.ask("/api/events?sort=duration&min_ms=0.001&kind=" +
                            std::string(kind) + since + spans),
              top.slowest);
  }
  std::ranges::stable_sort(top.slowest, std::ranges::greater{}, &TopFigures::Span::duration_ms);
  if (top.slowest.size() > TopFigures::kSpans) top.slowest.resize(TopFigures::kSpans);
  top.dropped = dropped_by(questions.ask("/api/exporters"));
  if (!questions.status().ok()) return questions.status();
  return top;
}

}  // namespace v1
}  // namespace tracebus
