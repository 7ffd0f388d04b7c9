// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/numbered_events.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace tracebus::testing {
namespace {

constexpr std::size_t kProblemsMax = 5;

template <class Emitter>
EmitResult emit_to(Emitter& emitter, const Numbered& event) {
  const std::string text = text_of(event.producer, event.number, event.text_bytes);
  return emitter.emit({.event_type = event.type,
                       .payload = {{"p", event.producer}, {"n", event.number}, {"text", text}}});
}

std::int64_t int_of(const EventView& event, std::string_view key) {
  const auto found = event.find(key);
  return found && found->type() == ValueType::kInt64 ? found->as_int64() : -1;
}

}  // namespace

std::string text_of(std::int64_t producer, std::int64_t number, std::size_t bytes) {
  std::string text(bytes, static_cast<char>('a' + (producer * 7 + number) % 26));
  // Every 64 bytes it says whose it is, so that a piece of another text shows.
  const std::string mark = std::to_string(producer) + "/" + std::to_string(number) + ";";
  for (std::size_t i = 0; i + mark.size() <= bytes; i += 64) text.replace(i, mark.size(), mark);
  return text;
}

EmitResult emit_numbered(TraceEventBus& bus, const Numbered& event) { return emit_to(bus, event); }

EmitResult emit_numbered(Producer& producer, const Numbered& event) {
  return emit_to(producer, event);
}

void NumberedReceiver::see(const EventView& event) {
  const std::lock_guard lock(mutex_);
  ++by_type_[std::string(event.event_type())];
  const std::int64_t producer = int_of(event, "p");
  const std::int64_t number = int_of(event, "n");
  check(event, producer, number);
  numbers_[producer].push_back(number);
}

void NumberedReceiver::check(const EventView& event, std::int64_t producer, std::int64_t number) {
  const std::string name = std::to_string(producer) + "/" + std::to_string(number);
  const auto report = [&](const std::string& what) {
    if (problems_.size() < kProblemsMax) problems_.push_back(name + ": " + what);
  };
  const auto text = event.find("text");
  const auto cut = event.find("tracebus.truncated_bytes");
  if (!text || text->type() != ValueType::kString) {
    report("has no text");
  } else {
    const std::string_view kept = text->as_string();
    const std::size_t whole = kept.size() + static_cast<std::size_t>(cut ? cut->as_int64() : 0);
    if (!text_of(producer, number, whole).starts_with(kept)) report("is torn");
  }
  const std::vector<std::int64_t>& before = numbers_[producer];
  if (!before.empty() && before.back() >= number) {
    report("comes after " + std::to_string(before.back()));
  }
  std::uint64_t& last = last_sequences_[event.producer()];
  if (event.sequence() <= last) report("has a sequence that does not rise");
  if (event.sequence() != last + 1) ++gaps_;
  last = event.sequence();
}

std::vector<std::int64_t> NumberedReceiver::numbers(std::int64_t producer) const {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(producer);
  return found == numbers_.end() ? std::vector<std::int64_t>() : found->second;
}

std::uint64_t NumberedReceiver::count() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [type, events] : by_type_) sum += events;
  return sum;
}

std::uint64_t NumberedReceiver::count(std::string_view type) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_type_.find(type);
  return found == by_type_.end() ? 0 : found->second;
}

std::vector<std::string> NumberedReceiver::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

std::uint64_t NumberedReceiver::gaps() const {
  const std::lock_guard lock(mutex_);
  return gaps_;
}

std::vector<std::int64_t> numbers_to(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

std::unique_ptr<Exporter> receiving_exporter(
    std::shared_ptr<NumberedReceiver> receiver,
    std::function<ExportResult(const Batch&, const ExportContext&)> then) {
  const auto receive = [receiver = std::move(receiver), then = std::move(then)](
                           const Batch& batch, const ExportContext& context) {
    for (const EventView& event : batch) receiver->see(event);
    return then ? then(batch, context) : ExportResult::ok();
  };
  return exporter_of({.export_batch = receive});
}

int rounds(int quick_count, int long_count) {
  const char* const text = std::getenv("TRACEBUS_FULL");
  if (text == nullptr || *text != '1') return quick_count;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::max(quick_count, long_count / 3);
#else
  return long_count;
#endif
}

}  // namespace tracebus::testing
