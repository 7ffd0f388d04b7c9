// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/otlp_document.h"

#include <limits>
#include <utility>

#include "tracebus/exporters/cost_joiner.h"
#include "tracebus/exporters/otlp/otlp_encoder.h"
#include "tracebus/exporters/otlp/otlp_json.h"
#include "tracebus/exporters/otlp/otlp_schema.h"
#include "tracebus/exporters/otlp/resource.h"
#include "tracebus/exporters/otlp/trace_request.h"
#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/span_pairer.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kBatchEvents = 256;

}  // namespace

// All spans that were encoded, and who they are of.
class OtlpDocument::Spans {
 public:
  explicit Spans(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void add(const Batch& batch) {
    for (const EventView& event : batch) find_service(event);
    encoder_.encode(batch);
    const EncodedBatch& more = encoder_.spans();
    if (more.size() == 0 || is_full_) return;
    const std::string_view bytes = more.units(0, more.size());
    is_full_ = bytes.size() > bytes_max_ - bytes_;
    if (is_full_) return;
    bytes_ += bytes.size();
    for (std::size_t i = 0; i < more.size(); ++i) {
      const std::string_view unit = more.units(i, i + 1);
      char* const room = all_.room(unit.size());
      unit.copy(room, unit.size());
      all_.end_unit(room + unit.size());
    }
  }
  bool is_full() const noexcept { return is_full_; }
  std::string json() const {
    std::string json;
    if (all_.size() == 0) return R"({"resourceSpans":[]})";
    Resource resource;
    if (!service_.empty()) resource.set("service.name", service_);
    const TraceRequestFrame frame(resource, {});
    append_otlp_json(json, kTracesData, frame.request(all_, 0, all_.size()).joined());
    return json;
  }

 private:
  void find_service(const EventView& event) {
    if (!service_.empty()) return;
    const auto name = event.find("service.name");
    if (name && name->type() == ValueType::kString) service_ = name->as_string();
  }

  const std::size_t bytes_max_;
  OtlpEncoder encoder_;
  EncodedBatch all_;
  std::size_t bytes_ = 0;
  bool is_full_ = false;
  std::string service_;  // the first that is said
};

// The end of the chain, behind the pairer.
class OtlpDocument::SpansExporter final : public Exporter {
 public:
  explicit SpansExporter(Spans& spans) : spans_(spans) {}
  std::string_view name() const noexcept override { return "otlp document"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    spans_.add(batch);
    return ExportResult::ok();
  }

 private:
  Spans& spans_;
};

OtlpDocument::OtlpDocument(std::size_t bytes_max)
    : spans_(std::make_unique<Spans>(bytes_max)), records_(kBatchEvents) {
  // No time goes by: what is open stays open to the end of the run.
  SpanPairerOptions options;
  options.open_max = std::numeric_limits<std::size_t>::max();
  options.bytes_max = bytes_max;
  options.clock = [] { return std::chrono::steady_clock::time_point(); };
  std::vector<std::unique_ptr<Processor>> processors;
  processors.push_back(std::make_unique<SpanPairer>(std::move(options)));
  processors.push_back(std::make_unique<CostJoiner>());
  chain_ = std::make_unique<ProcessingExporter>(std::move(processors),
                                                std::make_unique<SpansExporter>(*spans_));
}

OtlpDocument::~OtlpDocument() = default;

bool OtlpDocument::add(const TraceEvent& event) {
  if (!records_[batched_].write(event)) return true;
  if (++batched_ == records_.size()) export_batch();
  return !spans_->is_full();
}

void OtlpDocument::export_batch() {
  std::vector<EventView> views;
  for (std::size_t i = 0; i < batched_; ++i) views.push_back(records_[i].view());
  chain_->export_batch({.events = views}, {.deadline = Deadline::max(), .stop = {}});
  batched_ = 0;
}

std::optional<std::string> OtlpDocument::take() {
  if (batched_ != 0) export_batch();
  const absl::Status flushed = chain_->flush(Deadline::max());
  if (!flushed.ok() || spans_->is_full()) return std::nullopt;
  return spans_->json();
}

}  // namespace v1
}  // namespace tracebus
