// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_peer/metrics_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <utility>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kWork = 4000;

std::string whole(std::uint64_t number) { return "{\"int\":\"" + std::to_string(number) + "\"}"; }

// The last point of each stream.
std::map<std::string, ToldPoint> last_of(const std::vector<ToldPoint>& points) {
  std::map<std::string, ToldPoint> last;
  for (const ToldPoint& point : points) last[point.stream()] = point;
  return last;
}

class LossyBus {
 public:
  explicit LossyBus(std::unique_ptr<Exporter> metrics) {
    const auto work = [](const char* name, std::uint64_t queue_bytes_max) {
      return ExporterOptions{
          .filter = Filter::types({"work"}), .queue_bytes_max = queue_bytes_max, .name = name};
    };
    constexpr std::uint64_t kRoom = 64 << 20;
    add(exporter_of({}), work("good", kRoom));
    add(exporter_of({.export_batch =
                         [](const Batch& batch, const ExportContext&) {
                           return ExportResult::partial(batch.size());
                         }}),
        work("refused", kRoom));
    add(exporter_of({.export_batch =
                         [](const Batch& batch, const ExportContext&) {
                           return ExportResult{.failed = batch.size() / 2,
                                               .sampled_out = batch.size() - batch.size() / 2};
                         }}),
        work("failing", kRoom));
    add(exporter_of({.export_batch =
                         [this](const Batch&, const ExportContext&) {
                           gate_.pass();
                           return ExportResult::ok();
                         }}),
        work("full", 1 << 20));
    bus_.subscribe_filter({"tick"}, [](const EventView&) {});
    metrics_ = add(std::move(metrics), {.filter = Filter::types({"bus_stats"}), .name = "metrics"});
  }
  ~LossyBus() {
    gate_.open();
    EXPECT_TRUE(bus_.shutdown(3 * kLong).ok());
  }

  // Until nothing of it moves any more: what is not lost is delivered, or held up.
  void work() {
    const std::string filling(2000, 'x');
    for (std::uint64_t i = 0; i < kWork; ++i) {
      EXPECT_TRUE(eventually([&] {
        return bus_.emit({.event_type = "work", .payload = {{"filling", filling}}}) ==
               EmitResult::kAccepted;
      }));
    }
    EXPECT_TRUE(eventually([&] {
      for (const char* const name : {"good", "refused", "failing"}) {
        const SubscriptionStats stats = stats_called(name);
        if (stats.delivered + total(stats.dropped) != kWork) return false;
      }
      const SubscriptionStats full = stats_called("full");
      return full.matched == kWork && count(full.dropped, DropReason::kFull) != 0;
    }));
  }
  void tick() { bus_.emit({.event_type = "tick"}); }

  SubscriptionStats stats_called(const std::string& name) const {
    for (const SubscriptionStats& stats : bus_.stats().subscriptions) {
      if (stats.name == name) return stats;
    }
    ADD_FAILURE() << "no subscription " << name;
    return {};
  }
  SubscriptionStats metrics_stats() const { return stats_of(bus_, metrics_); }
  std::uint64_t instance() const { return bus_.instance(); }

 private:
  SubscriptionId add(std::unique_ptr<Exporter> exporter, ExporterOptions options) {
    options.export_timeout_ms = 10 * kLong.count();
    const auto added = bus_.add_exporter(std::move(exporter), options);
    EXPECT_TRUE(added.ok()) << added.status();
    return added.ok() ? *added : SubscriptionId();
  }

  Gate gate_;
  TraceEventBus bus_{{.stats_interval_ms = 10}};
  SubscriptionId metrics_;
};

struct Expected {
  std::string stream;
  std::string value;
};

std::string attributes(const SubscriptionStats& stats, const std::string& reason = {},
                       const std::string& error = {}) {
  const std::vector<std::string> names = {"good", "refused", "failing", "full"};  // as subscribed
  const auto number = std::ranges::find(names, stats.name) - names.begin() + 1;
  return "[" + (error.empty() ? error : "[\"error.type\",\"" + error + "\"],") +
         "[\"otel.component.name\",\"" + stats.name +
         "\"],[\"otel.component.type\",\"tracebus_subscription\"]" +
         (reason.empty() ? reason : ",[\"tracebus.drop.reason\",\"" + reason + "\"]") +
         ",[\"tracebus.subscription.number\",\"" + std::to_string(number) + "\"]]";
}

std::vector<Expected> numbers_of(const LossyBus& bus) {
  const std::string processed = "otel.sdk.processor.span.processed";
  const std::string exported = "otel.sdk.exporter.span.exported";
  const SubscriptionStats good = bus.stats_called("good");
  const SubscriptionStats refused = bus.stats_called("refused");
  const SubscriptionStats failing = bus.stats_called("failing");
  const SubscriptionStats full = bus.stats_called("full");
  const std::uint64_t failed = count(failing.dropped, DropReason::kExportFailed);
  return {
      {processed + attributes(good), whole(kWork)},
      {exported + attributes(good), whole(kWork)},
      {"otel.sdk.processor.span.queue.size" + attributes(good), whole(0)},
      {"otel.sdk.exporter.span.inflight" + attributes(good), whole(0)},
      {"tracebus.subscription.queue.limit" + attributes(good), whole(64 << 20)},
      {processed + attributes(refused), whole(kWork)},
      {exported + attributes(refused), whole(0)},
      {exported + attributes(refused, "rejected_remote", "rejected"), whole(kWork)},
      {processed + attributes(failing), whole(kWork)},
      {exported + attributes(failing, "export_failed", "export_failed"), whole(failed)},
      {"tracebus.subscription.left_out" + attributes(failing, "sampled_out"),
       whole(kWork - failed)},
      {processed + attributes(full), whole(0)},
      {processed + attributes(full, "full", "queue_full"),
       whole(count(full.dropped, DropReason::kFull))},
      {"otel.sdk.processor.span.queue.size" + attributes(full), whole(full.queue_events)},
      {"otel.sdk.exporter.span.inflight" + attributes(full),
       whole(full.in_flight - full.queue_events)},
  };
}

bool knows(const std::vector<ToldPoint>& told, const std::vector<Expected>& expected) {
  const auto last = last_of(told);
  return std::ranges::all_of(expected, [&](const Expected& each) {
    const auto found = last.find(each.stream);
    return found != last.end() && found->second.value == each.value;
  });
}

void expect_well_formed(const std::vector<ToldPoint>& points) {
  const std::set<std::string> counters = {
      "otel.sdk.processor.span.processed", "otel.sdk.exporter.span.exported",
      "tracebus.subscription.left_out",    "tracebus.bus.emitted",
      "tracebus.bus.dispatched",           "tracebus.bus.rejected"};
  std::map<std::string, ToldPoint> last;
  std::set<std::string> names;
  for (const ToldPoint& point : points) {
    names.insert(point.metric);
    EXPECT_EQ(point.is_monotonic, counters.contains(point.metric)) << point.metric;
    if (point.kind == "sum") {
      EXPECT_EQ(point.temporality, 2) << "cumulative";
      EXPECT_NE(point.start, 0u);
      EXPECT_LE(point.start, point.time);
    }
    const bool is_of_spans = point.metric.starts_with("otel.sdk.");
    EXPECT_EQ(point.unit == "{span}", is_of_spans) << point.metric;
    const auto before = last.find(point.stream());
    if (before != last.end()) {
      EXPECT_LT(before->second.time, point.time) << point.stream();
      EXPECT_EQ(before->second.start, point.start) << point.stream();
      if (point.is_monotonic) {
        const auto number = [](const ToldPoint& of) { return std::stoull(of.value.substr(8)); };
        EXPECT_LE(number(before->second), number(point)) << point.stream();
      }
    }
    last[point.stream()] = point;
  }
  for (const char* const name : {"tracebus.subscription.queue.usage", "tracebus.bus.waiting",
                                 "tracebus.subscription.queue.age", "tracebus.bus.lag",
                                 "tracebus.bus.ring.high_water", "tracebus.bus.block.usage"}) {
    EXPECT_THAT(names, Contains(name));
  }
}

}  // namespace

std::vector<ToldPoint> points_of(const Peer& peer) {
  static const std::regex kPoint(
      R"re(\{"metric":"([^"]*)","unit":"([^"]*)","has_description":true,"kind":"([^"]*)",)re"
      R"re("temporality":(\d+),"monotonic":(true|false),"attributes":(\[.*\]),)re"
      R"re("start":"(\d+)","time":"(\d+)","value":(\{.*\})\})re");
  std::vector<ToldPoint> points;
  for (const std::string& line : peer.told("point")) {
    std::smatch match;
    EXPECT_TRUE(std::regex_match(line, match, kPoint)) << line;
    if (match.empty()) continue;
    points.push_back({match[1], match[2], match[3], std::stoi(match[4]), match[5] == "true",
                      match[6], std::stoull(match[7]), std::stoull(match[8]), match[9]});
  }
  return points;
}

void expect_numbers_of_a_bus(std::unique_ptr<Exporter> metrics, const Peer& peer) {
  LossyBus bus(std::move(metrics));
  bus.work();
  std::vector<Expected> expected;
  eventually([&] {
    bus.tick();
    expected = numbers_of(bus);  // the worker of the full one may still take a batch
    return knows(points_of(peer), expected);
  });
  const std::vector<ToldPoint> points = points_of(peer);
  const auto last = last_of(points);
  for (const Expected& each : expected) {
    const auto found = last.find(each.stream);
    ASSERT_NE(found, last.end()) << each.stream;
    EXPECT_EQ(found->second.value, each.value) << each.stream;
  }
  expect_well_formed(points);
  EXPECT_THAT(peer.told("fault"), IsEmpty());
  char instance[17];
  std::snprintf(instance, sizeof instance, "%016llx",
                static_cast<unsigned long long>(bus.instance()));
  EXPECT_THAT(peer.told("resource"),
              Each(::testing::AllOf(
                  HasSubstr("[\"service.name\",\"swarm\"]"),
                  HasSubstr(std::string("[\"service.instance.id\",\"") + instance + "\"]"))));
  const SubscriptionStats stats = bus.metrics_stats();
  EXPECT_EQ(total(stats.dropped), 0u) << stats.last_error;
  EXPECT_NE(stats.delivered, 0u);
}

}  // namespace tracebus::testing
