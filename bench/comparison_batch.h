// SPDX-License-Identifier: Apache-2.0
//
// ComparisonBatch: the comparison event as often as a batch holds it, each with a time and a
// sequence of its own, as an exporter is given them.
//
// Thread safety: none while it is made; then any number of threads may read.
#ifndef TRACEBUS_BENCH_COMPARISON_BATCH_H_
#define TRACEBUS_BENCH_COMPARISON_BATCH_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/core/clock.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/exporter.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/record_writer.h"

namespace tracebus::bench {

class ComparisonBatch {
 public:
  // content: whether the receiver was granted it.
  explicit ComparisonBatch(bool content) : context_{0x1234567890abcdef, nullptr, content} {
    const auto begin_ns = static_cast<std::uint64_t>(Clock::unix_ns());
    for (std::uint64_t i = 0; i < kBatchEventsDefault; ++i) {
      with_attributes(comparison_event(), static_cast<std::int64_t>(i), [&](const auto&... all) {
        add(begin_ns + 173 * i, i + 1'000'000, all...);
        return 0;
      });
    }
  }
  ComparisonBatch(const ComparisonBatch&) = delete;  // the views name its context
  ComparisonBatch& operator=(const ComparisonBatch&) = delete;

  const std::vector<EventView>& views() const noexcept { return views_; }
  Batch batch() const noexcept { return {.events = views_}; }

 private:
  template <class Ids, class... Attributes>
  void add(std::uint64_t time_ns, std::uint64_t sequence, const Ids& ids, std::string_view agent,
           std::string_view pattern, const Attributes&... attributes) {
    using Typed = TypedRecord<Ids, Attributes...>;
    const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
    const std::size_t size = Typed::size(agent, pattern, attributes...);
    words_.push_back(std::make_unique<std::uint64_t[]>(size / 8));
    char* const place = reinterpret_cast<char*>(words_.back().get());
    Typed::write(place, size, kLlmCallEnd, ids, agent, pattern, schema, RecordStamp{sequence, 3},
                 attributes...);
    reinterpret_cast<RecordHeader*>(place)->ticks = time_ns;  // as in a block
    views_.emplace_back(place, context_);
  }

  const ViewContext context_;
  std::vector<std::unique_ptr<std::uint64_t[]>> words_;
  std::vector<EventView> views_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_COMPARISON_BATCH_H_
