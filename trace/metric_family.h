// SPDX-License-Identifier: Apache-2.0
//
// MetricFamily: a counter, gauge or histogram, by sets of labels.
//
// Thread safety. Every method may be called from any thread. Recording takes no lock and no heap
// where the set of labels is known; a new one takes both, once. A snapshot is exact once all
// records that it is to hold have happened before it; while others record, it may hold a value in
// a bucket and not yet in the sum.
//
// Invariants
//  1. What is recorded is in exactly one series: that of its labels, or the overflow series, where
//     series_max sets are there already, the values take too many bytes, or there is no memory.
//  2. A series never moves or goes away: a MetricSeries may be kept as long as its family.
//  3. Memory is bounded: bytes_max() says by how much.
#ifndef TRACEBUS_TRACE_METRIC_FAMILY_H_
#define TRACEBUS_TRACE_METRIC_FAMILY_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "tracebus/core/limits.h"
#include "tracebus/core/log_buckets.h"
#include "tracebus/trace/group_names.h"
#include "tracebus/trace/metric_labels.h"
#include "tracebus/trace/metric_spec.h"

namespace tracebus {
inline namespace v1 {

class MetricFamily;

// One set of labels. Relaxed throughout: numbers order nothing.
class MetricSeries {
 public:
  // Of a counter.
  void add(std::uint64_t count) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
  // Of a gauge.
  void set(double value) noexcept {
    value_.store(std::bit_cast<std::uint64_t>(value), std::memory_order_relaxed);
  }
  // Of a histogram, in the units of its bounds.
  void record(std::uint64_t value) noexcept;

 private:
  friend class MetricFamily;
  explicit MetricSeries(const MetricFamily& family);

  const MetricFamily& family_;
  std::atomic<std::uint64_t> value_{0};  // of a histogram the sum
  const std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
};

class MetricFamily {
 public:
  using Labels = std::initializer_list<std::string_view>;

  // REQUIRES: the spec is one that Metrics::add accepts.
  explicit MetricFamily(MetricSpec spec);
  MetricFamily(const MetricFamily&) = delete;
  MetricFamily& operator=(const MetricFamily&) = delete;
  ~MetricFamily();

  const MetricSpec& spec() const noexcept { return spec_; }

  // Values of labels are in the order of label_keys; those left out are empty. REQUIRES of add,
  // set and record: the family is a counter, a gauge, a histogram.
  void add(Labels labels, std::uint64_t count = 1) noexcept { find(labels).add(count); }
  void set(Labels labels, double value) noexcept { find(labels).set(value); }
  void record(Labels labels, std::uint64_t value) noexcept { find(labels).record(value); }
  // The series of these labels, to record in it without looking for it each time.
  MetricSeries& series(std::span<const std::string_view> labels) noexcept;

  MetricSnapshot snapshot() const;
  // Of all memory that it holds, and that it may come to hold at most.
  std::size_t bytes() const;
  std::size_t bytes_max() const noexcept;

 private:
  friend class MetricSeries;
  using Log = LogBuckets<3>;

  MetricSeries& find(Labels labels) noexcept { return series({labels.begin(), labels.size()}); }
  MetricSeries* series_of(std::uint32_t number) noexcept;
  std::size_t bucket_count() const noexcept;
  std::size_t bucket_of(std::uint64_t value) const noexcept;
  double bound_of(std::size_t bucket) const noexcept;
  std::size_t bytes_of_series() const noexcept;
  MetricPoint point_of(std::uint32_t number, const MetricSeries& series) const;
  void fill_histogram(MetricPoint& point, const MetricSeries& series) const;

  const MetricSpec spec_;
  GroupNames names_;
  // By the numbers of names_: kOthers is the overflow, kNone is without labels.
  const std::unique_ptr<std::atomic<MetricSeries*>[]> series_;
  std::atomic<std::uint64_t> overflowed_{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_METRIC_FAMILY_H_
