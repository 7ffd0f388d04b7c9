// SPDX-License-Identifier: Apache-2.0
//
// What the clients of a stream are sent, and what they are told of what they are not. The oracle is
// the store: what a query finds in it.
#include "tracebus/studio/event_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/studio/event_record.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/studio/sse_frames.h"

namespace tracebus::testing {
namespace {

using Next = HttpStream::Next;

// One at the other end, who takes all that there is.
struct Client {
  explicit Client(std::shared_ptr<HttpStream> opened) : stream(std::move(opened)) {}

  Next take() {
    for (;;) {
      std::string piece;
      const Next next = stream->next(piece, [woken = woken] { ++*woken; });
      EXPECT_LE(piece.size(), 2 * HttpStream::kPieceBytes);
      text += piece;
      for (SseFrame& frame : take_frames(text)) frames.push_back(std::move(frame));
      if (next != Next::kMore) return next;
    }
  }
  std::vector<std::uint64_t> ids() const {
    std::vector<std::uint64_t> found;
    for (const SseFrame& frame : frames) {
      if (frame.event.empty()) found.push_back(frame.id);
    }
    return found;
  }
  std::vector<std::string> missed() const {
    std::vector<std::string> found;
    for (const SseFrame& frame : frames) {
      if (frame.event == "missed") found.push_back(frame.data);
    }
    return found;
  }

  std::shared_ptr<HttpStream> stream;
  std::string text;
  std::vector<SseFrame> frames;
  std::shared_ptr<std::atomic<int>> woken = std::make_shared<std::atomic<int>>(0);
};

class EventStreamTest : public ::testing::Test {
 protected:
  void make(std::size_t ring_bytes_max = EventStream::kRingBytesMax) {
    stream_ = std::make_shared<EventStream>(store_, ring_bytes_max);
  }
  void append(const TraceEvent& event) {
    EventRecord record;
    ASSERT_TRUE(record.write(event));
    const EventView view = record.view();
    stream_->append(std::span(&view, 1));
  }
  void append_calls(int count, const std::string& agent = "a") {
    for (int i = 0; i < count; ++i) append({.event_type = "llm_call", .agent_name = agent});
  }
  Client open(const SpanQuery& query = {}, const StreamStart& start = {}) {
    auto opened = stream_->open(query, start);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return Client(*std::move(opened));
  }
  std::vector<std::uint64_t> queried(const SpanQuery& query = {}) const {
    std::vector<std::uint64_t> numbers;
    for (const StoredSpan& span : store_->query(query)) numbers.push_back(span.number);
    return numbers;
  }

  std::shared_ptr<TraceStore> store_ = std::make_shared<TraceStore>();
  std::shared_ptr<EventStream> stream_;
};

constexpr StreamStart kOldest = {.from_oldest = true};

TEST_F(EventStreamTest, Row74_AnEventIsSaidOnceWithItsNumberAndAsInAFile) {
  make();
  append_calls(2);
  Client oldest = open({}, kOldest);
  Client live = open();
  append({.event_type = "tool_call", .agent_name = "b", .payload = {{"text", "a\nb \"c\""}}});
  EXPECT_EQ(oldest.take(), Next::kWait);
  EXPECT_EQ(live.take(), Next::kWait);
  EXPECT_EQ(oldest.ids(), queried());
  ASSERT_EQ(live.frames.size(), 1u);
  EXPECT_EQ(live.frames[0].id, queried().back());
  EXPECT_EQ(live.frames[0].data, *store_->event_json(live.frames[0].id));
  EXPECT_TRUE(oldest.missed().empty());
}

TEST_F(EventStreamTest, Row74_WhoWaitsIsWokenByWhatItWantsAlone) {
  make();
  Client all = open();
  Client of_b = open({.agent_name = "b"});
  EXPECT_EQ(all.take(), Next::kWait);
  EXPECT_EQ(of_b.take(), Next::kWait);
  append_calls(1, "a");
  EXPECT_EQ(*all.woken, 1);
  EXPECT_EQ(*of_b.woken, 0);
  append_calls(1, "b");
  EXPECT_EQ(*all.woken, 1) << "once, until it asks again";
  EXPECT_EQ(*of_b.woken, 1);
  EXPECT_EQ(of_b.take(), Next::kWait);
  EXPECT_EQ(of_b.ids(), std::vector<std::uint64_t>{1});
}

TEST_F(EventStreamTest, Row74_WhoComesBackGoesOnWhereItWas) {
  make();
  append_calls(10);
  Client again = open({}, {.behind = 6});
  again.take();
  EXPECT_EQ(again.ids(), (std::vector<std::uint64_t>{7, 8, 9}));
  EXPECT_TRUE(again.missed().empty());
  Client last = open({}, {.from_oldest = true, .behind = 9});
  EXPECT_EQ(last.take(), Next::kWait);
  EXPECT_TRUE(last.frames.empty());
}

TEST_F(EventStreamTest, Row74_WhoComesFromAnotherLifeIsToldAndGetsTheOldest) {
  make();
  append_calls(10);
  Client of_this = open({}, {.behind = 6, .instance = stream_->instance()});
  of_this.take();
  EXPECT_EQ(of_this.ids(), (std::vector<std::uint64_t>{7, 8, 9}));
  for (const StreamStart& start :
       {StreamStart{.behind = 10}, StreamStart{.behind = 6, .instance = "0"}}) {
    Client of_another = open({}, start);
    of_another.take();
    ASSERT_EQ(of_another.frames.size(), 11u);
    EXPECT_EQ(of_another.frames[0].event, "restarted");
    EXPECT_EQ(of_another.frames[0].data, "{\"instance\":\"" + stream_->instance() + "\"}");
    EXPECT_EQ(of_another.ids(), queried());
  }
}

TEST_F(EventStreamTest, Row74_WhoComesBackTooLateIsToldHowManyAreGone) {
  make(EventRing::kBlockBytes);
  append_calls(5'000);
  Client again = open({}, {.behind = 99});
  again.take();
  const std::vector<std::uint64_t> ids = again.ids();
  ASSERT_FALSE(ids.empty());
  ASSERT_GT(ids.front(), 100u);
  const std::uint64_t gone = ids.front() - 100;
  EXPECT_EQ(again.missed(),
            std::vector<std::string>{"{\"count\":" + std::to_string(gone) + ",\"why\":\"gone\"}"});
  EXPECT_EQ(again.frames.front().event, "missed") << "where they are missing";
  Client oldest = open({}, kOldest);
  oldest.take();
  EXPECT_TRUE(oldest.missed().empty()) << "it asked for what is there";
  EXPECT_EQ(stream_->stats().missed, gone);
}

TEST_F(EventStreamTest, Row74_WhoReadsTooSlowlyLosesItsOwnAndIsTold) {
  make(EventRing::kBlockBytes);
  Client slow = open();
  Client quick = open();
  append_calls(10);
  slow.take();
  for (int i = 0; i < 50; ++i) {
    append_calls(100);
    quick.take();
  }
  slow.take();
  EXPECT_EQ(quick.ids(), queried());
  EXPECT_TRUE(quick.missed().empty());
  ASSERT_EQ(slow.missed().size(), 1u);
  const std::vector<std::uint64_t> ids = slow.ids();
  const std::uint64_t lost = queried().size() - ids.size();
  ASSERT_GT(lost, 0u);
  EXPECT_EQ(slow.missed()[0], "{\"count\":" + std::to_string(lost) + ",\"why\":\"slow\"}");
  EXPECT_EQ(ids[9], 9u);
  EXPECT_EQ(ids[10], 10 + lost);
}

TEST_F(EventStreamTest, UsersAsk14_AFilterLetsPassWhatAQueryFinds) {
  make();
  std::mt19937_64 random(3);
  const std::vector<SpanQuery> queries = {
      {},
      {.event_type = "llm_call"},
      {.agent_name = "agent 1"},
      {.min_duration_ms = 50},
      {.model = "m2", .min_cost_usd = 0.002},
      {.kind = SpanKind::kTool},
      {.status = SpanStatus::kFailed},
      {.attributes = {{"n", "3"}}},
      {.text = "NEEDLE"},
      {.agent_name = "nobody"},
  };
  const auto random_event = [&] {
    static const std::vector<std::string> kTypes = {"llm_call", "llm_call_end", "tool_call_end",
                                                    "error", "agent_end"};
    static const std::vector<std::string> kAgents = {"agent 0", "agent 1", "needle-agent"};
    TraceEvent event{.event_type = kTypes[random() % kTypes.size()],
                     .agent_name = kAgents[random() % kAgents.size()]};
    event.payload = {{"model", random() % 2 == 0 ? "m1" : "m2"},
                     {"duration_ms", static_cast<double>(random() % 100)},
                     {"cost_usd", static_cast<double>(random() % 5) / 1000},
                     {"n", static_cast<std::int64_t>(random() % 5)},
                     {"said", random() % 9 == 0 ? "a Needle in it" : "hay"}};
    append(event);
  };
  std::vector<Client> early, middle, late;
  for (const SpanQuery& query : queries) early.push_back(open(query));
  for (int i = 0; i < 500; ++i) random_event();
  for (const SpanQuery& query : queries) middle.push_back(open(query, kOldest));
  for (Client& client : early) client.take();
  for (int i = 0; i < 500; ++i) random_event();
  for (std::size_t i = 0; i < queries.size(); ++i) {
    early[i].take();
    middle[i].take();
    EXPECT_EQ(early[i].ids(), queried(queries[i])) << i;
    EXPECT_EQ(middle[i].ids(), queried(queries[i])) << i;
  }
  EXPECT_EQ(early[9].ids().size(), 0u);
  EXPECT_GT(early[8].ids().size(), 100u);
  // The places of filters go to others, whose marks are not those that were there before.
  early.clear();
  middle.clear();
  for (std::size_t i = queries.size(); i-- != 0;) {
    Client client = open(queries[i], kOldest);
    client.take();
    EXPECT_EQ(client.ids(), queried(queries[i])) << i;
    late.push_back(std::move(client));
  }
}

TEST_F(EventStreamTest, OneFilterOfManyClientsTakesOnePlace) {
  make();
  std::vector<Client> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(open({.agent_name = "same"}));
  std::vector<Client> others;
  for (int i = 1; i < 256; ++i) others.push_back(open({.agent_name = std::to_string(i)}));
  const auto refused = stream_->open({.agent_name = "one more"}, {});
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status())) << refused.status();
  EXPECT_EQ(stream_->stats().clients, 555u);
  others.pop_back();
  EXPECT_TRUE(stream_->open({.agent_name = "one more"}, {}).ok());
  EXPECT_EQ(stream_->stats().clients, 554u);
}

TEST_F(EventStreamTest, ALongEventGoesInPieces) {
  make();
  Client client = open();
  append({.event_type = "llm_call",
          .agent_name = "a",
          .payload = {{"said", std::string(1'000'000, 'x') + "!"}}});
  append_calls(1);
  EXPECT_EQ(client.take(), Next::kWait);
  ASSERT_EQ(client.ids().size(), 2u);
  EXPECT_EQ(client.frames[0].data, *store_->event_json(0));
}

TEST_F(EventStreamTest, HalfAnEventThatIsGoneIsTheEnd) {
  make(EventRing::kBlockBytes);
  Client client = open();
  append({.event_type = "llm_call",
          .agent_name = "a",
          .payload = {{"said", std::string(1'000'000, 'x')}}});
  std::string piece;
  EXPECT_EQ(client.stream->next(piece, [] {}), Next::kMore);
  append_calls(5'000);
  EXPECT_EQ(client.take(), Next::kEnd);
  EXPECT_TRUE(client.frames.empty());
}

TEST_F(EventStreamTest, Row73_WhatAFollowedFileGetsIsLive) {
  make();
  const TemporaryFolder folder;
  const std::string path = folder.file("grows.jsonl");
  const auto write = [&](const std::string& agent) {
    std::ofstream(path, std::ios::app)
        << R"({"event_type":"llm_call","timestamp":1.5,"agent_name":")" << agent << "\"}\n";
  };
  write("first");
  ASSERT_TRUE(store_->follow(path).ok());
  ASSERT_TRUE(store_->poll().ok());
  Client all = open({}, kOldest);
  Client of_b = open({.agent_name = "b"});
  write("a");
  write("b");
  ASSERT_TRUE(stream_->poll().ok());
  all.take();
  of_b.take();
  EXPECT_EQ(all.ids(), (std::vector<std::uint64_t>{1, 2}));
  ASSERT_EQ(of_b.ids(), std::vector<std::uint64_t>{2});
  EXPECT_EQ(of_b.frames[0].data, *store_->event_json(2));
}

// Each client's oracle is the store, at the end; nobody misses anything, since the ring is large.
TEST_F(EventStreamTest, Row74_ClientsComeAndGoWhileEventsCome) {
  make();
  constexpr int kEvents = 20'000;
  std::atomic<bool> over{false};
  std::thread feeder([&] {
    std::vector<EventRecord> records(20);
    for (int i = 0; i < kEvents; i += 20) {
      std::vector<EventView> views;
      for (int j = 0; j < 20; ++j) {
        const std::string agent = std::to_string((i + j) % 7);
        records[static_cast<std::size_t>(j)].write({.event_type = "llm_call", .agent_name = agent});
        views.push_back(records[static_cast<std::size_t>(j)].view());
      }
      stream_->append(views);
    }
    over = true;
  });
  std::vector<std::thread> readers;
  std::vector<std::unique_ptr<Client>> clients(8);
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&, i] {
      const auto place = static_cast<std::size_t>(i);
      const SpanQuery query{.agent_name = i == 7 ? "" : std::to_string(i)};
      for (int round = 0; !over; ++round) open(query, kOldest).take();
      clients[place] = std::make_unique<Client>(open(query, kOldest));
      clients[place]->take();
    });
  }
  feeder.join();
  for (std::thread& reader : readers) reader.join();
  for (int i = 0; i < 8; ++i) {
    const SpanQuery query{.agent_name = i == 7 ? "" : std::to_string(i)};
    EXPECT_EQ(clients[static_cast<std::size_t>(i)]->ids(), queried(query)) << i;
  }
  clients.clear();
  EXPECT_EQ(stream_->stats().clients, 0u);
}

}  // namespace
}  // namespace tracebus::testing
