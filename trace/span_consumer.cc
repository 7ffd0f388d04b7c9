// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_consumer.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "tracebus/core/exception_text.h"
#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kErrorBytesMax = 256;

// What every span ends with.
Filter span_ends() {
  std::vector<std::string_view> names;
  for (const SpanKindEntry& entry : kSpanKindTable) {
    names.push_back(entry.end.name());
    if (entry.error != entry.end) names.push_back(entry.error.name());
  }
  return Filter::types(names);
}

class SpanDispatch final : public Exporter {
 public:
  explicit SpanDispatch(SpanConsumerRegistry& registry) noexcept : registry_(registry) {}
  std::string_view name() const noexcept override { return "span_consumers"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    registry_.dispatch_spans(batch.events);
    return ExportResult::ok();
  }

 private:
  SpanConsumerRegistry& registry_;
};

}  // namespace

void EachSpanConsumer::consume(std::span<const EventView> spans) {
  std::exception_ptr first;
  for (const EventView& span : spans) {
    try {
      consume(span);
    } catch (...) {
      if (first == nullptr) first = std::current_exception();
    }
  }
  if (first != nullptr) std::rethrow_exception(first);
}

struct SpanConsumerRegistry::Entry {
  explicit Entry(std::shared_ptr<SpanConsumer> given)
      : consumer(std::move(given)), stats{.name = std::string(consumer->name())} {}

  void consume(std::span<const EventView> spans) noexcept {
    std::string error;
    bool failed = false;
    try {
      consumer->consume(spans);
    } catch (...) {
      failed = true;
      error = current_exception_text();
    }
    const std::lock_guard lock(stats_mutex);
    ++stats.batches;
    stats.spans += spans.size();
    if (!failed) return;
    ++stats.failures;
    error.resize(std::min(error.size(), kErrorBytesMax));
    stats.last_error = std::move(error);
  }

  const std::shared_ptr<SpanConsumer> consumer;
  std::mutex stats_mutex;
  SpanConsumerStats stats;  // under stats_mutex, but for the name
};

std::shared_ptr<const SpanConsumerRegistry::Entries> SpanConsumerRegistry::entries() const {
  static const auto none = std::make_shared<const Entries>();
  const std::lock_guard lock(mutex_);
  return entries_ != nullptr ? entries_ : none;
}

absl::Status SpanConsumerRegistry::add(std::shared_ptr<SpanConsumer> consumer) {
  if (consumer == nullptr || consumer->name().empty()) {
    return absl::InvalidArgumentError("a span consumer needs to be there and to have a name");
  }
  auto entry = std::make_shared<Entry>(std::move(consumer));
  // Destroyed outside the lock: with them go consumers, whose destructors may call us.
  std::shared_ptr<const Entries> replaced;
  const std::lock_guard lock(mutex_);
  Entries changed = entries_ != nullptr ? *entries_ : Entries();
  const auto same =
      std::ranges::find(changed, entry->stats.name,
                        [](const auto& known) -> const std::string& { return known->stats.name; });
  if (same != changed.end()) {
    *same = std::move(entry);
  } else if (changed.size() == kConsumersMax) {
    return absl::ResourceExhaustedError("there are " + std::to_string(kConsumersMax) +
                                        " span consumers already; remove one");
  } else {
    changed.push_back(std::move(entry));
  }
  replaced = std::exchange(entries_, std::make_shared<const Entries>(std::move(changed)));
  return absl::OkStatus();
}

bool SpanConsumerRegistry::remove(std::string_view name) {
  std::shared_ptr<const Entries> replaced;
  const std::lock_guard lock(mutex_);
  if (entries_ == nullptr) return false;
  Entries changed = *entries_;
  const auto removed =
      std::erase_if(changed, [&](const auto& entry) { return entry->stats.name == name; });
  replaced = std::exchange(entries_, std::make_shared<const Entries>(std::move(changed)));
  return removed != 0;
}

void SpanConsumerRegistry::clear() {
  std::shared_ptr<const Entries> replaced;
  const std::lock_guard lock(mutex_);
  replaced = std::exchange(entries_, nullptr);
}

std::shared_ptr<SpanConsumer> SpanConsumerRegistry::find(std::string_view name) const {
  const std::shared_ptr<const Entries> known = entries();
  for (const auto& entry : *known) {
    if (entry->stats.name == name) return entry->consumer;
  }
  return nullptr;
}

void SpanConsumerRegistry::dispatch_spans(std::span<const EventView> spans) noexcept {
  const std::shared_ptr<const Entries> all = entries();
  for (const auto& entry : *all) entry->consume(spans);
}

absl::StatusOr<ScopedSubscription> SpanConsumerRegistry::attach(TraceEventBus& bus,
                                                                ExporterOptions options) {
  options.filter = span_ends() && options.filter;
  auto id = bus.add_exporter(std::make_unique<SpanDispatch>(*this), options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

std::vector<SpanConsumerStats> SpanConsumerRegistry::stats() const {
  const std::shared_ptr<const Entries> known = entries();
  std::vector<SpanConsumerStats> all;
  for (const auto& entry : *known) {
    const std::lock_guard lock(entry->stats_mutex);
    all.push_back(entry->stats);
  }
  return all;
}

SpanConsumerRegistry& span_consumers() {
  static auto* const registry =
      new SpanConsumerRegistry();  // never destroyed: plugins outlive main
  return *registry;
}

}  // namespace v1
}  // namespace tracebus
