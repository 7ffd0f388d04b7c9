// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_metrics_exporter.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "tracebus/core/text_cut.h"
#include "tracebus/exporters/bus_stats_event.h"
#include "tracebus/exporters/http/retry_schedule.h"
#include "tracebus/exporters/otlp/otlp_requests.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kErrorBytesMax = 512;
constexpr std::string_view kInstanceKey = "service.instance.id";

std::string hex(std::uint64_t number) {
  std::array<char, 17> digits;
  std::snprintf(digits.data(), digits.size(), "%016" PRIx64, number);
  return digits.data();
}

}  // namespace

absl::Status check(const OtlpMetricsOptions& options) {
  return check(OtlpRequestOptions{.timeout = options.timeout,
                                  .request_bytes_max = options.request_bytes_max,
                                  .resource = options.resource});
}

OtlpMetricsExporter::OtlpMetricsExporter(OtlpMetricsOptions options,
                                         std::unique_ptr<OtlpSender> sender)
    : options_(std::move(options)), sender_(std::move(sender)) {}

ExportResult OtlpMetricsExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (sender_ == nullptr) {
    note("it was shut down");
    return ExportResult::failure(batch.size());
  }
  ExportResult result;
  Round round;
  for (const EventView& event : batch) {
    const BusStatsEvent stats(event);
    if (!BusStatsEvent::is_one(event) || stats.is_of_bus() == stats.is_of_subscription()) {
      ++result.processed;
      continue;
    }
    Latest& latest = round[stats.is_of_bus() ? 0 : stats.count("subscription_number").value_or(0)];
    latest.event = &event;
    ++latest.events;
  }
  if (round.empty()) return result;
  set_instance(round.begin()->second.event->context().instance);
  sender_->begin(give_up_at(context, options_.timeout), context.stop);
  const std::size_t events_max =
      std::max<std::size_t>(options_.request_bytes_max / BusMetrics::kEventBytesMax, 1);
  for (auto begin = round.cbegin(); begin != round.cend();) {
    const auto left = static_cast<std::size_t>(std::distance(begin, round.cend()));
    const auto end = std::next(begin, static_cast<std::ptrdiff_t>(std::min(left, events_max)));
    send(begin, end, result);
    begin = end;
  }
  return result;
}

void OtlpMetricsExporter::send(Round::const_iterator begin, Round::const_iterator end,
                               ExportResult& result) {
  std::uint64_t events = 0;
  for (auto at = begin; at != end; ++at) {
    metrics_.add(BusStatsEvent(*at->second.event));
    events += at->second.events;
  }
  const std::string metrics = metrics_.take();
  encoded_.clear();
  char* const room = encoded_.room(metrics.size());
  std::memcpy(room, metrics.data(), metrics.size());
  encoded_.end_unit(room + metrics.size());
  if (frame_->end_of_request(encoded_, 0) == 0) {
    note("metrics of " + std::to_string(metrics.size()) +
         " bytes are larger than a request may be; give a larger request_bytes_max");
    result.failed += events;
    return;
  }
  const OtlpOutcome outcome = send_and_wait(frame_->request(encoded_, 0, 1));
  if (!outcome.is_delivered) {
    note(outcome.text);
    result.failed += events;
    return;
  }
  result.rejected += std::min(outcome.rejected, events);
  if (outcome.rejected == 0 && outcome.text.empty()) return;
  note("rejected " + std::to_string(outcome.rejected) + " data points: " + outcome.text);
}

OtlpOutcome OtlpMetricsExporter::send_and_wait(const TraceRequest& request) {
  if (sender_->is_over()) return {.text = "there was no time left to send the rest of a batch"};
  outcomes_.clear();
  sender_->send(0, request);
  while (sender_->outstanding() != 0) sender_->wait(outcomes_);
  return std::move(outcomes_.back());
}

void OtlpMetricsExporter::set_instance(std::uint64_t instance) {
  if (frame_ && instance == instance_) return;
  Resource resource = options_.resource;
  const auto has_id = std::ranges::any_of(
      resource.attributes(), [](const auto& each) { return each.key == kInstanceKey; });
  if (!has_id) resource.set(kInstanceKey, hex(instance));
  instance_ = instance;
  frame_.emplace(resource, std::string_view(),
                 TraceRequestLimits{.bytes_max = options_.request_bytes_max});
}

absl::Status OtlpMetricsExporter::shutdown(Deadline) {
  sender_.reset();
  return absl::OkStatus();
}

absl::Status OtlpMetricsExporter::check_connection(Deadline deadline) {
  if (sender_ == nullptr) return absl::FailedPreconditionError("it was shut down");
  const TraceRequestFrame frame(options_.resource, std::string_view());
  sender_->begin(deadline, {});
  const OtlpOutcome outcome = send_and_wait(frame.empty_request());
  if (outcome.is_delivered) return absl::OkStatus();
  return absl::UnavailableError(options_.name + ": " + outcome.text);
}

void OtlpMetricsExporter::note(const std::string& error) {
  last_error_ = cut_text(error, kErrorBytesMax);
}

}  // namespace v1
}  // namespace tracebus
