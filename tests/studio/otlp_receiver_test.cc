// SPDX-License-Identifier: Apache-2.0
//
// OTLP onto a bus: what subscribers get of it, and what senders are told.
#include "tracebus/studio/otlp_receiver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/studio/raw_client.h"

namespace tracebus::testing {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtobuf = "application/x-protobuf";

std::string json_span(std::string_view id, std::string_view more = {}) {
  return R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":")" + std::string(id) +
         R"(","name":"chat m","startTimeUnixNano":"1000000000","endTimeUnixNano":"2500000000")" +
         std::string(more) + "}";
}
std::string json_request(const std::string& spans) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + spans + "]}]}]}";
}

// Protocol Buffers by hand: a field of bytes.
std::string field(int number, const std::string& bytes) {
  std::string out;
  out += static_cast<char>(number << 3 | 2);
  for (std::size_t size = bytes.size();; size >>= 7) {
    out += static_cast<char>(size >= 0x80 ? (size & 0x7F) | 0x80 : size);
    if (size < 0x80) break;
  }
  return out + bytes;
}
std::string fixed64(int number, std::uint64_t word) {
  std::string out(1, static_cast<char>(number << 3 | 1));
  for (int i = 0; i < 8; ++i) out += static_cast<char>(word >> 8 * i);
  return out;
}
std::string attribute(const std::string& key, const std::string& value) {
  return field(9, field(1, key) + field(2, field(1, value)));
}
std::string proto_span(const std::string& more = {}, const std::string& id = "12345678") {
  return field(2, field(1, "0123456789abcdef") + field(2, id) + field(5, "chat m") +
                      fixed64(7, 1'000'000'000) + fixed64(8, 2'500'000'000) + more);
}
std::string proto_request(const std::string& spans) { return field(1, field(2, spans)); }

class OtlpReceiverTest : public ::testing::Test {
 protected:
  void start(OtlpReceiverOptions options = {}, ExporterOptions = {}) {
    options.http.port = 0;
    const auto id = bus_.subscribe(
        [this](const EventView& event) {
          std::string line;
          append_json_event(line, event);
          seen_.add(line);
        },
        {.content = true});
    ASSERT_TRUE(id.ok());
    auto started = OtlpReceiver::start(bus_, options);
    ASSERT_TRUE(started.ok()) << started.status();
    receiver_ = *std::move(started);
  }
  RawAnswer send(std::string_view path, std::string_view type, std::string_view body,
                 std::string_view headers = {}) {
    const int port = receiver_->port();
    return RawClient::ask(port, post(port, path, type, body, headers));
  }
  std::vector<std::string> seen() {
    EXPECT_TRUE(bus_.flush(kLong).ok());
    return seen_.texts();
  }

  Collected seen_;
  TraceEventBus bus_;
  std::unique_ptr<OtlpReceiver> receiver_;
};

TEST_F(OtlpReceiverTest, JsonAndProtobufSayTheSame) {
  start();
  const RawAnswer json = send("/v1/traces", kJson, json_request(json_span("eee19b7ec3c1b174")));
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, "{}");
  EXPECT_NE(json.head.find("Content-Type: application/json\r\n"), std::string::npos);
  const RawAnswer proto = send("/v1/traces", kProtobuf, proto_request(proto_span()));
  EXPECT_EQ(proto.status, 200);
  EXPECT_EQ(proto.body, "");
  EXPECT_NE(proto.head.find("Content-Type: application/x-protobuf\r\n"), std::string::npos);
  const std::vector<std::string> events = seen();
  ASSERT_EQ(events.size(), 2u);
  for (const std::string& event : events) {
    EXPECT_NE(event.find(R"("timestamp":2.5,"event_type":"llm_call_end")"), std::string::npos);
    EXPECT_NE(event.find(R"("duration_ms":1500.0,"span.name":"m")"), std::string::npos) << event;
  }
  EXPECT_NE(events[1].find(R"("trace_id":"30313233343536373839616263646566")"), std::string::npos);
  EXPECT_NE(events[1].find(R"("span_id":"3132333435363738")"), std::string::npos);
}

TEST_F(OtlpReceiverTest, UsersAsk27_SpansWithoutIdsAreRejectedAndTheirNeighboursAreNot) {
  start();
  const RawAnswer json = send("/v1/traces", kJson,
                              json_request(json_span("eee19b7ec3c1b174") + "," + json_span("") +
                                           "," + json_span("0000000000000000") + ",7"));
  EXPECT_EQ(json.status, 200);
  EXPECT_NE(
      json.body.find(
          R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"a span without a span id)"),
      std::string::npos)
      << json.body;
  const RawAnswer proto = send("/v1/traces", kProtobuf,
                               proto_request(proto_span({}, "short") + proto_span({}, "12345678")));
  EXPECT_EQ(proto.status, 200);
  ASSERT_GT(proto.body.size(), 5u);
  EXPECT_EQ(proto.body[0], 1 << 3 | 2) << "partial_success";
  EXPECT_EQ(proto.body.substr(2, 2), std::string("\x08\x01")) << "rejected_spans = 1";
  EXPECT_NE(proto.body.find("span id of 8 bytes"), std::string::npos);
  EXPECT_EQ(seen().size(), 2u);
  EXPECT_EQ(receiver_->stats().rejected, 4u);
  EXPECT_EQ(receiver_->stats().emitted, 2u);
}

TEST_F(OtlpReceiverTest, UsersAsk27_LogsSentToTheTracesAreNotTakenForSpans) {
  start();
  const RawAnswer answer =
      send("/v1/traces", kJson, R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(
      answer.body.find(R"("message":"not an OTLP request in JSON: it has no \"resourceSpans\"")"),
      std::string::npos)
      << answer.body;
  EXPECT_TRUE(seen().empty());
}

TEST_F(OtlpReceiverTest, LogRecordsBecomeEvents) {
  start();
  EXPECT_EQ(send("/v1/logs", kJson,
                 R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5000000000",)"
                 R"("eventName":"hand_off","body":{"stringValue":"hello"}}]}]}]})")
                .status,
            200);
  const std::string record =
      fixed64(1, 6'000'000'000) + field(3, "WARN") + field(5, field(1, "hi")) + field(12, "note");
  EXPECT_EQ(send("/v1/logs", kProtobuf, field(1, field(2, field(2, record)))).status, 200);
  const std::vector<std::string> events = seen();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_NE(events[0].find(R"("timestamp":5.0,"event_type":"hand_off")"), std::string::npos);
  EXPECT_NE(events[0].find(R"("message":"hello")"), std::string::npos);
  EXPECT_NE(events[1].find(R"("timestamp":6.0,"event_type":"note")"), std::string::npos);
  EXPECT_NE(events[1].find(R"("severity":"WARN","message":"hi")"), std::string::npos) << events[1];
}

TEST_F(OtlpReceiverTest, DamagedBodiesAre400AndGiveNothing) {
  start();
  const std::string good = proto_request(proto_span(attribute("key", "value")));
  for (std::size_t size = 1; size < good.size(); ++size) {
    const RawAnswer answer = send("/v1/traces", kProtobuf, good.substr(0, size));
    EXPECT_EQ(answer.status, 400) << size;
    EXPECT_NE(answer.body.find("damaged at byte"), std::string::npos);
  }
  EXPECT_EQ(send("/v1/traces", kJson, "{\"resourceSpans\":[").status, 400);
  EXPECT_EQ(send("/v1/traces", kJson, "[]").status, 400);
  EXPECT_EQ(send("/v1/traces", kProtobuf, "no protobuf").status, 400);
  EXPECT_EQ(send("/v1/traces", kProtobuf, proto_request(proto_span("\x28\x01"))).status, 400)
      << "a name that is a number";
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(send("/v1/traces", kProtobuf, "").status, 200) << "an empty request is one";
  EXPECT_EQ(send("/v1/traces", kJson, "{}").status, 200);
  EXPECT_EQ(send("/v1/traces", kProtobuf, good).status, 200);
  EXPECT_EQ(seen().size(), 1u);
}

TEST_F(OtlpReceiverTest, ValuesAreDeepOnlySoFar) {
  start();
  const auto nested = [](int depth) {
    std::string value = field(1, "x");
    for (int i = 0; i < depth; ++i) value = field(5, field(1, value));
    return proto_request(proto_span(field(9, field(1, "deep") + field(2, value))));
  };
  EXPECT_EQ(send("/v1/traces", kProtobuf, nested(20)).status, 200);
  EXPECT_EQ(send("/v1/traces", kProtobuf, nested(20'000)).status, 400);
  EXPECT_EQ(seen().size(), 1u);
}

TEST_F(OtlpReceiverTest, WhatIsNoOtlpIsToldSo) {
  start();
  const std::string body = json_request(json_span("eee19b7ec3c1b174"));
  EXPECT_EQ(send("/v1/metrics", kJson, body).status, 404);
  EXPECT_EQ(send("/", kJson, body).status, 404);
  EXPECT_EQ(send("/v1/traces", "text/plain", body).status, 415);
  EXPECT_EQ(send("/v1/traces", kJson, body, "Content-Encoding: br\r\n").status, 415);
  EXPECT_EQ(send("/v1/traces", kJson, body, "Content-Encoding: gzip\r\n").status, 400);
  EXPECT_EQ(send("/v1/traces", "Application/JSON; charset=utf-8", body).status, 200);
  const std::string get =
      "GET /v1/traces HTTP/1.1\r\nHost: localhost:" + std::to_string(receiver_->port()) +
      "\r\n\r\n";
  const RawAnswer answer = RawClient::ask(receiver_->port(), get);
  EXPECT_EQ(answer.status, 405);
  EXPECT_NE(answer.head.find("Allow: POST\r\n"), std::string::npos);
  EXPECT_EQ(seen().size(), 1u);
  EXPECT_EQ(receiver_->stats().bad_requests, 6u);
}

TEST_F(OtlpReceiverTest, WhoIsOverloadedSaysWhenToComeAgain) {
  std::atomic<bool> overloaded = true;
  OtlpReceiverOptions options;
  options.is_overloaded = [&] { return overloaded.load(); };
  start(options);
  const std::string body = json_request(json_span("eee19b7ec3c1b174"));
  const RawAnswer refused = send("/v1/traces", kJson, body);
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.head.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_TRUE(seen().empty());
  overloaded = false;
  EXPECT_EQ(send("/v1/traces", kJson, body).status, 200);
  EXPECT_EQ(seen().size(), 1u);
  EXPECT_EQ(receiver_->stats().refused_requests, 1u);
}

TEST_F(OtlpReceiverTest, ABusThatWasShutDownAnswers503AndTellsWhatItTook) {
  start();
  ASSERT_TRUE(bus_.shutdown(kLong).ok());
  const RawAnswer refused =
      send("/v1/traces", kJson,
           json_request(json_span("eee19b7ec3c1b174") + "," + json_span("eee19b7ec3c1b175")));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find(R"("code":14)"), std::string::npos);
  EXPECT_EQ(receiver_->stats().no_room, 2u);
}

// A sender is in the midst of a long request, held up by a subscriber that blocks.
TEST_F(OtlpReceiverTest, OnceShutDownAThreadThatIsLeftBehindTouchesTheBusNoMore) {
  const auto gate = std::make_shared<Gate>();
  std::shared_ptr<OtlpReceiver> receiver;
  std::thread sender;
  HttpReply reply;
  {
    TraceEventBus bus;
    const auto hang = [gate](const Batch&, const ExportContext&) {
      gate->pass();
      return ExportResult::ok();
    };
    const auto id = bus.add_exporter(
        exporter_of({.export_batch = hang}),
        {.overflow = Overflow::kBlock, .queue_bytes_max = kQueueBytesMin, .block_timeout_ms = 5});
    ASSERT_TRUE(id.ok()) << id.status();
    receiver = OtlpReceiver::without_server(bus, {.room_timeout = kLong});
    std::string spans;
    for (int i = 0; i < 100'000; ++i) {
      char each[17];
      std::snprintf(each, sizeof each, "%016x", i + 1);
      spans += (i == 0 ? "" : ",") + json_span(each);
    }
    sender = std::thread([&reply, receiver, body = json_request(spans)] {
      reply = receiver->answer(
          {.method = "POST", .path = "/v1/traces", .content_type = kJson, .body = body});
    });
    ASSERT_TRUE(eventually([&] { return receiver->stats().emitted > 0; }));
    EXPECT_TRUE(receiver->shutdown(std::chrono::steady_clock::now()).ok());
    const std::uint64_t emitted = bus.stats().emitted;
    bus.shutdown(std::chrono::milliseconds(100)).IgnoreError();
    EXPECT_EQ(bus.stats().emitted, emitted);
  }
  sender.join();
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find("shut down"), std::string::npos) << reply.body;
  EXPECT_LT(receiver->stats().emitted, 100'000u);
  gate->open();
}

TEST_F(OtlpReceiverTest, ManySendersAtOnceLoseNothing) {
  start();
  constexpr int kSenders = 8;
  constexpr int kRequests = 25;
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int sender = 0; sender < kSenders; ++sender) {
    threads.emplace_back([&, sender] {
      RawClient client(receiver_->port());
      for (int i = 0; i < kRequests; ++i) {
        char id[17];
        std::snprintf(id, sizeof id, "%08x%08x", sender + 1, i);
        if (!client.send(
                post(receiver_->port(), "/v1/traces", kJson, json_request(json_span(id))))) {
          continue;
        }
        if (client.read().status == 200) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good.load(), kSenders * kRequests);
  std::vector<std::string> events = seen();
  std::sort(events.begin(), events.end());
  EXPECT_EQ(events.size(), std::size_t{kSenders * kRequests});
  EXPECT_EQ(std::unique(events.begin(), events.end()), events.end());
}

}  // namespace
}  // namespace tracebus::testing
