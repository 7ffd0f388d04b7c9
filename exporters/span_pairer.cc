// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/span_pairer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tracebus/core/clock.h"
#include "tracebus/exporters/cost_joiner.h"
#include "tracebus/exporters/made_span.h"
#include "tracebus/exporters/processing_exporter.h"

namespace tracebus {
inline namespace v1 {
namespace {

// As spans of ours do, first of all.
bool says_kind(const EventView& event) noexcept {
  const AttributeRange attributes = event.payload();
  if (attributes.begin() == attributes.end()) return false;
  return attributes.begin()->key == "span.kind" || event.find("span.kind");
}

}  // namespace

SpanPairer::SpanPairer(SpanPairerOptions options)
    : options_(std::move(options)), counts_(std::make_shared<SpanPairerCounts>()) {}

void SpanPairer::process(const EventView& event, ProcessorOutput& output) {
  last_time_ = std::max(last_time_, event.timestamp());
  if (says_kind(event)) return output.pass(event);
  const PairRole role = pair_role(event.event_type());
  if (role.moment == PairRole::Moment::kNone) return output.pass(event);
  if (role.moment == PairRole::Moment::kStart) {
    begin(event, role, output);
  } else {
    finish(event, role, output);
  }
  count_open();
}

void SpanPairer::begin(const EventView& event, const PairRole& role, ProcessorOutput& output) {
  const EventIds ids = completed_ids(event, open_.enclosing(event, role));
  if (!open_.add(event, role, ids, now())) {
    counts_->repeated.add(1);
    return output.pass(event);
  }
  counts_->starts.add(1);
  while (open_.size() > options_.open_max || open_.size_bytes() > options_.bytes_max) {
    give_up(open_.oldest(), GivenUp::kRoom, output);
  }
}

void SpanPairer::finish(const EventView& event, const PairRole& role, ProcessorOutput& output) {
  const OpenStarts::Iterator start = open_.find(event, role);
  if (start != open_.end()) {
    output.replace(event, span_of_pair(start->event.view(), start->ids, event, role));
    open_.erase(start);
    counts_->paired.add(1);
    return;
  }
  const auto duration_ms = said_duration_ms(event);
  if (!duration_ms && !role.whole) {
    counts_->unmatched.add(1);
    return output.pass(event);
  }
  const EventIds ids = completed_ids(event, open_.enclosing(event, role));
  output.replace(event, span_of_end(event, role, duration_ms.value_or(0), ids));
  counts_->whole.add(1);
}

void SpanPairer::tick(bool last, ProcessorOutput& output) {
  const OpenStarts::Instant too_old = now() - std::chrono::milliseconds(options_.open_ms_max);
  while (open_.oldest() != open_.end()) {
    const bool is_due = open_.oldest()->since <= too_old;
    if (!is_due && !last) break;
    give_up(open_.oldest(), is_due ? GivenUp::kTime : GivenUp::kFlush, output);
  }
  count_open();
}

void SpanPairer::give_up(OpenStarts::Iterator start, GivenUp reason, ProcessorOutput& output) {
  const EventView view = start->event.view();
  output.add(unfinished_span(view, pair_role(view.event_type()), start->ids, last_time_));
  open_.erase(start);
  counts_->unfinished[static_cast<std::size_t>(reason)].add(1);
}

void SpanPairer::count_open() noexcept {
  counts_->open.set(open_.size());
  counts_->open_bytes.set(open_.size_bytes());
}

OpenStarts::Instant SpanPairer::now() const {
  return options_.clock ? options_.clock() : Clock::steady_now();
}

std::unique_ptr<Exporter> behind_pairer(std::unique_ptr<Exporter> exporter) {
  std::vector<std::unique_ptr<Processor>> chain;
  chain.push_back(std::make_unique<SpanPairer>());
  chain.push_back(std::make_unique<CostJoiner>());
  return std::make_unique<ProcessingExporter>(std::move(chain), std::move(exporter));
}

}  // namespace v1
}  // namespace tracebus
