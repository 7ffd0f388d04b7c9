// SPDX-License-Identifier: Apache-2.0
//
// The page: what it looks like, whatever is counted, and that it is of one moment.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "tracebus/core/utf8.h"
#include "tracebus/exporters/prometheus/event_metrics.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/prometheus/scraped_page.h"

namespace tracebus::testing {
namespace {

std::string text_of(EventMetrics& metrics, PageFormat format = PageFormat::kText) {
  const auto page = metrics.page(format);
  std::string text;
  for (std::string piece; page->append_piece(piece); piece.clear()) {
    EXPECT_LE(piece.size(), MetricsPage::kPieceBytes + 65536);
    text += piece;
  }
  return text;
}

// An event of every kind that is counted.
void add_all_kinds(EventMaker& events, std::string_view name) {
  for (const char* const type :
       {"agent_end", "pattern_end", "tool_end", "tool_error", "llm_call_end", "llm_call_error",
        "provider_call_end", "cost_record", "error"}) {
    events.add({.event_type = type,
                .agent_name = name,
                .pattern_type = name,
                .payload = {{"tool_name", name},
                            {"model", name},
                            {"provider", name},
                            {"operation", name},
                            {"error_type", name},
                            {"duration_ms", 12.5},
                            {"input_tokens", 12},
                            {"output_tokens", 3},
                            {"reasoning_tokens", 1},
                            {"cost_usd", 0.5}}});
  }
  const Value reasons = Value::object({{"full", 2}, {"nested", 1}});
  events.add({.event_type = "bus_stats",
              .pattern_type = "bus",
              .payload = {{"emitted", 5}, {"rejected_by_reason", reasons}}});
  events.add({.event_type = "bus_stats",
              .pattern_type = "subscription",
              .payload = {{"name", name}, {"matched", 5}, {"dropped_by_reason", reasons}}});
}

const std::string kHostile[] = {
    "quote\"backslash\\newline\nreturn\rtab\t",
    std::string("nul\0behind", 10),
    "\"} 1\nforged_total 99\n# EOF\n",
    "not utf-8: \xff\xfe\xc3(\xed\xa0\x80",
    "line\u2028paragraph\u2029bidi\u202eescape\x1b[31m",
    "\xef\xbb\xbfmark",
    "ends in a backslash\\",
    "ünïcödé 日本語 🤖",
    "other",
    "",
    "_OTHER",
    std::string(5000, 'x'),
    "le",
};

TEST(PrometheusPage, UsersAsk28_PromtoolAcceptsEveryMetricThereIs) {
  EventMaker events;
  add_all_kinds(events, "plain");
  const auto metrics = EventMetrics::create(100);
  metrics->count(events.batch());
  metrics->count_response("200");
  const std::string text = text_of(*metrics);
  EXPECT_EQ(complaints_of_promtool(text), "") << text;
  const ScrapedPage page(text);
  EventTables tables(1);
  for (const MetricTable* const table : tables.all()) {
    for (const MetricColumn& column : table->layout().columns) {
      EXPECT_NE(text.find("\n# TYPE " + std::string(column.metric)), std::string::npos)
          << column.metric << " was not looked at";
    }
  }
}

TEST(PrometheusPage, UsersAsk28_PromtoolAcceptsAPageWithoutEvents) {
  EXPECT_EQ(complaints_of_promtool(text_of(*EventMetrics::create(1))), "");
}

TEST(PrometheusPage, HostileNamesForgeNothing) {
  EventMaker events;
  for (const std::string& name : kHostile) {
    add_all_kinds(events, name);
    events.add({.event_type = name});
  }
  const auto metrics = EventMetrics::create(100);
  metrics->count(events.batch());
  const std::string text = text_of(*metrics);
  EXPECT_TRUE(is_valid_utf8(text));
  EXPECT_EQ(text.find("\nforged"), std::string::npos);
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
    return c == '\n' || static_cast<unsigned char>(c) >= ' ';
  })) << "a control character";
  EXPECT_EQ(complaints_of_promtool(text), "");
  const ScrapedPage page(text);
  EXPECT_EQ(page.sum("tracebus_events_total"), std::size(kHostile) * 12);
  const auto agents = page.label_values("tracebus_agent_runs_total", "gen_ai_agent_name");
  EXPECT_NE(std::ranges::find(agents, "ünïcödé 日本語 🤖"), agents.end());
  EXPECT_NE(std::ranges::find(agents, "ends in a backslash\\"), agents.end());
  EXPECT_NE(std::ranges::find(agents, "nul\\x00behind"), agents.end());
}

// Two names that look the same on the page would be one series told twice, and the page refused.
TEST(PrometheusPage, NamesThatLookTheSameAreOneSeries) {
  EventMaker events;
  events.add({.event_type = "agent_end", .agent_name = "a\xff"});
  events.add({.event_type = "agent_end", .agent_name = "a\\xff"});
  const auto metrics = EventMetrics::create(100);
  metrics->count(events.batch());
  const ScrapedPage page(text_of(*metrics));
  EXPECT_EQ(page.value("tracebus_agent_runs_total",
                       {{"gen_ai_agent_name", "a\\xff"}, {"outcome", "success"}}),
            "2");
}

TEST(PrometheusPage, G17_WhatFindsNoRoomIsCountedAsOther) {
  EventMaker events;
  for (int i = 0; i < 1000; ++i) {
    events.add({.event_type = "agent_end",
                .agent_name = "agent-" + std::to_string(i),
                .payload = {{"duration_ms", 1.0}}});
  }
  events.add({.event_type = "agent_end", .agent_name = "other"});
  const auto metrics = EventMetrics::create(7);
  metrics->count(events.batch());
  const std::string text = text_of(*metrics);
  EXPECT_EQ(complaints_of_promtool(text), "");
  const ScrapedPage page(text);
  EXPECT_EQ(page.samples("tracebus_agent_runs_total"), 2u * (7 + 1));
  EXPECT_EQ(page.sum("tracebus_agent_runs_total"), 1001u) << "sums stay right";
  const LabelSet other = {{"gen_ai_agent_name", "other"}};
  EXPECT_EQ(page.value("tracebus_agent_runs_total",
                       {{"gen_ai_agent_name", "other"}, {"outcome", "success"}}),
            "994");
  EXPECT_EQ(page.value("tracebus_agent_run_duration_seconds_sum", other), "0.993");
  EXPECT_EQ(page.value("tracebus_prometheus_overflows_total", {{"table", "agents"}}), "993");
  EXPECT_EQ(page.value("tracebus_prometheus_label_sets", {{"table", "agents"}}), "7");
}

TEST(PrometheusPage, G17_TypesWithoutRoomAreCountedAsOtherEachTime) {
  EventMaker events;
  for (int round = 0; round < 3; ++round) {
    for (const char* const type : {"agent_start", "agent_end", "tool_start", "tool_end"}) {
      events.add({.event_type = type});
    }
  }
  const auto metrics = EventMetrics::create(2);
  metrics->count(events.batch());
  const ScrapedPage page(text_of(*metrics));
  EXPECT_EQ(page.value("tracebus_events_total", {{"event_type", "other"}}), "6");
  EXPECT_EQ(page.value("tracebus_prometheus_overflows_total", {{"table", "types"}}), "6");
  EXPECT_EQ(page.sum("tracebus_agent_runs_total"), 3u) << "what has no room is still what it is";
}

TEST(PrometheusPage, G17_MemoryStaysBelowItsBound) {
  const std::size_t before = ::mallinfo2().uordblks;
  const auto metrics = EventMetrics::create(300);
  for (int i = 0; i < 400; ++i) {
    EventMaker events;
    const std::string number = std::to_string(i);
    add_all_kinds(events, std::string(62 - number.size(), 'x') + number);
    metrics->count(events.batch());
  }
  EXPECT_EQ(ScrapedPage(text_of(*metrics))
                .value("tracebus_prometheus_label_sets", {{"table", "call_durations"}}),
            "300");
  const std::size_t after = ::mallinfo2().uordblks;
  EXPECT_LT(after, before + metrics->bytes_max());
  EXPECT_LT(EventMetrics::create(2000)->bytes_max(), std::size_t{15'000'000})
      << "as prometheus.md has it";
}

TEST(PrometheusPage, OpenMetricsNamesCountersWithoutTotalAndEnds) {
  EventMaker events;
  add_all_kinds(events, "plain \"name\"");
  const auto metrics = EventMetrics::create(100);
  metrics->count(events.batch());
  const std::string text = text_of(*metrics, PageFormat::kOpenMetrics);
  EXPECT_NE(text.find("# TYPE tracebus_events counter\ntracebus_events_total{"), std::string::npos);
  EXPECT_NE(text.find("# UNIT tracebus_agent_run_duration_seconds seconds\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  EXPECT_EQ(text.find("# EOF"), text.size() - 6);
  // The samples are the same as those of the other format.
  const std::string plain = text_of(*metrics);
  const auto samples_of = [](const std::string& page) {
    std::set<std::string> lines;
    for (std::size_t at = 0; at < page.size();) {
      const std::size_t end = page.find('\n', at);
      if (page[at] != '#') lines.insert(page.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  };
  EXPECT_EQ(samples_of(text), samples_of(plain));
}

TEST(PrometheusPage, ALongPageComesInPiecesThatAreThePage) {
  EventMaker events;
  for (int i = 0; i < 300; ++i) add_all_kinds(events, "name-" + std::to_string(i));
  const auto metrics = EventMetrics::create(300);
  metrics->count(events.batch());
  const std::string text = text_of(*metrics);
  EXPECT_GT(text.size(), 8 * MetricsPage::kPieceBytes);
  EXPECT_EQ(complaints_of_promtool(text), "");
  EXPECT_EQ(ScrapedPage(text).sum("tracebus_agent_runs_total"), 300u);
}

// Each batch is 5 ends of agents with their durations: a page that shows a part of a batch, or a
// histogram whose numbers are of different moments, has other numbers than five by five.
TEST(PrometheusPage, ShowsAllOfABatchOrNothing) {
  EventMaker events;
  for (int i = 0; i < 5; ++i) {
    events.add({.event_type = "agent_end", .agent_name = "a", .payload = {{"duration_ms", 100.0}}});
  }
  const auto metrics = EventMetrics::create(100);
  const Batch batch = events.batch();
  std::atomic<bool> done{false};
  std::thread exporter([&] {
    while (!done.load()) metrics->count(batch);
  });
  std::uint64_t last = 0;
  for (int i = 0; i < 200; ++i) {
    const PageFormat format = i % 2 == 0 ? PageFormat::kText : PageFormat::kOpenMetrics;
    const ScrapedPage page(text_of(*metrics, format));
    const std::uint64_t runs = page.sum("tracebus_agent_runs_total");
    EXPECT_EQ(runs % 5, 0u);
    EXPECT_GE(runs, last);
    EXPECT_EQ(page.sum("tracebus_events_total"), runs);
    EXPECT_EQ(page.sum("tracebus_agent_run_duration_seconds_count"), runs);
    const std::string sum =
        page.value("tracebus_agent_run_duration_seconds_sum", {{"gen_ai_agent_name", "a"}});
    const std::string half = runs % 10 == 0 ? "" : ".5";
    EXPECT_EQ(sum, runs == 0 ? "" : std::to_string(runs / 10) + half);
    last = runs;
  }
  done.store(true);
  exporter.join();
}

// New sets of labels come while pages are made of the old ones.
TEST(PrometheusPage, LabelsThatComeMeanwhileTearNoPage) {
  const auto metrics = EventMetrics::create(5000);
  std::atomic<bool> done{false};
  std::thread exporter([&] {
    for (int i = 0; i < 4000; ++i) {
      EventMaker events;
      events.add({.event_type = "agent_end", .agent_name = "agent-" + std::to_string(i)});
      metrics->count(events.batch());
    }
    done.store(true);
  });
  while (!done.load()) {
    const ScrapedPage page(text_of(*metrics));
    EXPECT_EQ(page.sum("tracebus_agent_runs_total"), page.sum("tracebus_events_total"));
  }
  exporter.join();
  EXPECT_EQ(ScrapedPage(text_of(*metrics)).sum("tracebus_agent_runs_total"), 4000u);
}

}  // namespace
}  // namespace tracebus::testing
