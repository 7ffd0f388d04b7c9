// SPDX-License-Identifier: Apache-2.0
//
// The receiver that does everything wrong. The oracle is what it told of the spans that it got:
// each span that counts as delivered is among that, and the account is whole (grpc_rig.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_grpc/grpc_rig.h"
#include "tracebus/tests/otlp_peer/peer.h"
#include "tracebus/tests/otlp_peer/random_spans.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kSpans = 20;
// Of those exports that come to nothing: long enough for some attempts.
constexpr milliseconds kShort{250};
constexpr milliseconds kNever = 3 * kLong;

std::set<std::string> distinct(const std::vector<std::string>& lines) {
  return {lines.begin(), lines.end()};
}

class GrpcFaultTest : public ::testing::Test {
 protected:
  ExportAccount against(std::vector<std::string> answers, milliseconds timeout = kNever) {
    return against(std::move(answers), timeout, [](OtlpGrpcOptions&) {});
  }
  ExportAccount against(std::vector<std::string> answers, milliseconds timeout,
                        const std::function<void(OtlpGrpcOptions&)>& change) {
    const Peer peer("grpc_receiver.js", std::move(answers));
    OtlpGrpcOptions options = options_for(peer.port(), timeout);
    change(options);
    ExportAccount account = run_export(options, kSpans);
    EXPECT_EQ(account.abandoned, 0u);
    // What is delivered was told. No one knows which spans a receiver refuses.
    told_ = peer.wait_for("span", account.delivered);
    if (account.delivered != 0) {
      EXPECT_EQ(distinct(told_), distinct(account.emitted));
    }
    requests_ = peer.told("request").size();
    if (requests_ != 0) pause_ms_ = std::stoi(peer.told("pause").back());
    EXPECT_THAT(peer.told("fault"), ::testing::IsEmpty());
    return account;
  }

  std::vector<std::string> told_;
  std::size_t requests_ = 0;
  int pause_ms_ = 0;  // before the last request, as the receiver saw it
};

void expect_failed(const ExportAccount& account, const std::string& why) {
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_THAT(account.last_error, HasSubstr(why));
}

TEST_F(GrpcFaultTest, UsersAsk13_EveryRetryableCodeIsTriedAgainUntilOneIsNone) {
  const ExportAccount account =
      against({"code:1:a", "code:4:b", "code:10:c", "code:11:d", "code:14:e", "code:15:f", "ok"});
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, 7u);
  EXPECT_EQ(told_.size(), 7 * kSpans);
}

TEST_F(GrpcFaultTest, UsersAsk13_NoOtherCodeIsTriedAgain) {
  // One after the other: each of the requests gets another of them.
  const std::vector<std::string> codes = {"code:2:x",  "code:3:x",          "code:5:x", "code:6:x",
                                          "code:7:x",  "code:8:x",          "code:9:x", "code:12:x",
                                          "code:13:x", "code:16:no \x1b[2J"};
  const ExportAccount account = against(codes, kNever, [](OtlpGrpcOptions& options) {
    options.requests_max = 1;
    options.request_spans_max = kSpans / 10;
  });
  expect_failed(account, "UNAUTHENTICATED: no \\x1b[2J");
  EXPECT_GE(requests_, codes.size());
  EXPECT_EQ(told_.size(), kSpans) << "each once";
}

TEST_F(GrpcFaultTest, UsersAsk13_ResourceExhaustedIsTriedAgainOnlyIfTheReceiverSaysWhen) {
  EXPECT_EQ(against({"retry:8:100", "ok"}).delivered, kSpans);
  EXPECT_GE(pause_ms_, 100);
  EXPECT_EQ(requests_, 2u);
  EXPECT_EQ(against({"retry:8", "ok"}).delivered, kSpans) << "RetryInfo without a time";
  EXPECT_EQ(requests_, 2u);
  expect_failed(against({"code:8:full", "ok"}), "RESOURCE_EXHAUSTED: full");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(GrpcFaultTest, UsersAsk13_UnavailableWithRetryInfoIsLeftAloneForThatLong) {
  EXPECT_EQ(against({"retry:14:101", "ok"}).delivered, kSpans);
  EXPECT_GE(pause_ms_, 101);
  EXPECT_EQ(requests_, 2u);
}

TEST_F(GrpcFaultTest, UsersAsk13_APushbackIsObeyed) {
  EXPECT_EQ(against({"pushback:14:100", "ok"}).delivered, kSpans);
  EXPECT_GE(pause_ms_, 100);
  EXPECT_EQ(requests_, 2u);
  expect_failed(against({"pushback:14:-1", "ok"}), "UNAVAILABLE: busy");
  EXPECT_EQ(requests_, 1u) << "below zero asks not to come again";
  expect_failed(against({"pushback:13:1", "ok"}), "INTERNAL: busy");
  EXPECT_EQ(requests_, 1u) << "OTLP's table says what may be sent again";
}

TEST_F(GrpcFaultTest, PartialSuccessIsCountedAndNotSentAgain) {
  const ExportAccount account = against({"partial:3:no \x1b[2J"});
  EXPECT_EQ(account.delivered, kSpans - 3);
  EXPECT_EQ(account.rejected, 3u);
  EXPECT_EQ(requests_, 1u);
  EXPECT_THAT(account.last_error, HasSubstr("rejected 3 of 20: no \\x1b[2J"));
}

TEST_F(GrpcFaultTest, AWarningIsToldAndNobodyRejectsMoreThanThereWas) {
  const Peer peer("grpc_receiver.js", {"partial:0:old names", "partial:1000:x"});
  const auto exporter = *OtlpGrpcExporter::create(options_for(peer.port()));
  const ExportContext context = {.deadline = std::chrono::steady_clock::now() + kNever, .stop = {}};
  RandomSpans spans(1);
  EventMaker maker;
  maker.add(spans.next());
  EXPECT_EQ(exporter->export_batch(maker.batch(), context).lost(), 0u);
  EXPECT_EQ(exporter->last_error(), "rejected 0 of 1: old names");
  const ExportResult result = exporter->export_batch(maker.batch(), context);
  EXPECT_EQ(result.rejected, 1u);
  EXPECT_EQ(result.lost(), 1u);
}

TEST_F(GrpcFaultTest, AnAnswerThatIsNoOtlpOrTooLongIsNoSuccessAndNotSentAgain) {
  expect_failed(against({"garbage"}), "answered OK, but not as receivers of OTLP do");
  EXPECT_EQ(requests_, 1u);
  expect_failed(against({"large"}), "RESOURCE_EXHAUSTED: ");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(GrpcFaultTest, WhoHangsCostsTheBatchAndNothingElse) {
  const ExportAccount account = against({"hang"}, kShort);
  expect_failed(account, "DEADLINE_EXCEEDED: ");
  EXPECT_LE(requests_, 1u);
}

TEST_F(GrpcFaultTest, AnAnswerIsNotHiddenByTheDeadlineThatEndsTheNextAttempt) {
  // On a machine that stalls, two attempts take longer than that.
  for (milliseconds timeout = kShort; timeout < kNever; timeout *= 2) {
    const ExportAccount account = against({"code:14:too busy", "hang"}, timeout);
    if (requests_ < 2) continue;
    expect_failed(account, "UNAVAILABLE: too busy");
    return;
  }
  FAIL() << "there was never a second attempt";
}

TEST_F(GrpcFaultTest, G9_ARequestToStopEndsAnExportThatWouldWaitForLong) {
  RandomSpans spans(1);
  EventMaker maker;
  maker.add(spans.next());
  for (const char* const answer : {"hang", "retry:14:3600000"}) {
    const Peer peer("grpc_receiver.js", {answer});
    const auto exporter = *OtlpGrpcExporter::create(options_for(peer.port()));
    std::stop_source stop;
    const std::jthread stopping([&] {
      peer.wait_for("request", 1);
      std::this_thread::sleep_for(milliseconds(50));  // by now it most likely waits
      stop.request_stop();
    });
    const ExportContext context = {.deadline = std::chrono::steady_clock::now() + kNever,
                                   .stop = stop.get_token()};
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(exporter->export_batch(maker.batch(), context).failed, 1u);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kLong);
  }
}

TEST_F(GrpcFaultTest, WhatWasGivenUpIsNoAnswerToTheNextBatch) {
  const Peer peer("grpc_receiver.js", {"hang", "ok"});
  const auto exporter = *OtlpGrpcExporter::create(options_for(peer.port()));
  RandomSpans spans(1);
  EventMaker maker;
  maker.add(spans.next());
  std::stop_source stop;
  const std::jthread stopping([&] {
    peer.wait_for("request", 1);
    stop.request_stop();
  });
  ExportContext context = {.deadline = std::chrono::steady_clock::now() + kNever,
                           .stop = stop.get_token()};
  EXPECT_EQ(exporter->export_batch(maker.batch(), context).failed, 1u);
  context.stop = {};
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(exporter->export_batch(maker.batch(), context).lost(), 0u);
  }
  EXPECT_EQ(peer.wait_for("span", 3).size(), 3u);
  EXPECT_EQ(peer.told("request").size(), 3u);
}

TEST_F(GrpcFaultTest, AConnectionThatIsCutIsMadeAgain) {
  const ExportAccount account = against({"--cut", "2", "ok"});
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, 3u);
}

TEST_F(GrpcFaultTest, UsersAsk26_SeveralRequestsAreOnTheirWayAtOnceAndNoMore) {
  // Each waits for the others: one after the other, none would ever be answered.
  const ExportAccount account = against({"together:4"}, kNever, [](OtlpGrpcOptions& options) {
    options.requests_max = 4;
    options.request_spans_max = 1;
  });
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, kSpans);
  const ExportAccount fewer = against({"together:4"}, kShort, [](OtlpGrpcOptions& options) {
    options.requests_max = 3;
    options.request_spans_max = 1;
  });
  EXPECT_EQ(fewer.failed, kSpans);
  EXPECT_LE(requests_, 3u);
}

TEST_F(GrpcFaultTest, ARetryInfoBeyondTheDeadlineIsObeyedByTheNextBatchToo) {
  const Peer peer("grpc_receiver.js", {"retry:14:3600000"});
  RandomSpans spans(1);
  EventMaker maker;
  maker.add(spans.next());
  const auto export_one = [&](OtlpGrpcExporter& exporter) {
    const ExportContext context = {.deadline = std::chrono::steady_clock::now() + kNever,
                                   .stop = {}};
    EXPECT_EQ(exporter.export_batch(maker.batch(), context).failed, 1u);
  };
  // Only he who got the answer can obey it: on a machine that stalls that takes longer.
  for (milliseconds timeout = kShort; timeout < kNever; timeout *= 2) {
    const auto exporter = *OtlpGrpcExporter::create(options_for(peer.port(), timeout));
    export_one(*exporter);
    if (exporter->last_error() != "UNAVAILABLE: busy") continue;
    const std::size_t before = peer.told("request").size();
    export_one(*exporter);
    EXPECT_EQ(peer.told("request").size(), before);
    return;
  }
  FAIL() << "no answer ever came";
}

TEST_F(GrpcFaultTest, ARefusedConnectionIsTriedUntilTheDeadlineAndSecretsAreNotTold) {
  OtlpGrpcOptions options = options_for(closed_port());
  options.headers = {{"authorization", "Bearer s3cret"}};
  // On a machine that stalls, to be refused may take longer than that.
  for (options.timeout = kShort; options.timeout < kNever; options.timeout *= 2) {
    const ExportAccount account = run_export(options, kSpans);
    EXPECT_EQ(account.failed, kSpans);
    EXPECT_THAT(account.last_error, Not(HasSubstr("s3cret")));
    if (!account.last_error.starts_with("UNAVAILABLE: ")) continue;
    EXPECT_THAT(account.last_error, HasSubstr("refused"));
    return;
  }
  FAIL() << "no connection was ever refused";
}

TEST_F(GrpcFaultTest, AHostWithoutAnAddressCostsTheBatchAndNothingElse) {
  OtlpGrpcOptions options = options_for(1, kShort);
  options.endpoint = "http://nowhere.invalid:4317";
  EXPECT_EQ(run_export(options, kSpans).failed, kSpans);
}

TEST_F(GrpcFaultTest, WhatSpeaksNoGrpcIsNoReceiver) {
  ScriptedServer server([](Connection& connection, const RequestHead&) {
    connection.answer("200 OK", "Content-Type: text/html\r\n", "<!doctype html><p>Log in");
  });
  EXPECT_EQ(run_export(options_for(server.port(), kShort), kSpans).failed, kSpans);
  ScriptedServer silent([](Connection& connection, const RequestHead&) { connection.hang(); });
  EXPECT_EQ(run_export(options_for(silent.port(), kShort), kSpans).failed, kSpans);
}

TEST_F(GrpcFaultTest, AReceiverThatIsKilledIsNotBelievedToHaveMore) {
  Peer peer("grpc_receiver.js", {"ok", "ok", "hang"});
  OtlpGrpcOptions options = options_for(peer.port(), 2 * kShort);
  options.request_spans_max = 1;
  options.requests_max = 2;
  const std::jthread killing([&] {
    peer.wait_for("request", 3);
    peer.kill();
  });
  const ExportAccount account = run_export(options, kSpans);
  const std::set<std::string> told = distinct(peer.told("span"));
  EXPECT_LE(account.delivered, told.size());
  EXPECT_LE(account.delivered, 2u + 1u);
  EXPECT_EQ(account.delivered + account.failed, kSpans);
}

// Whoever is busy when the time of a shutdown is over gets a request to stop.
void expect_shutdown_in_time(int port) {
  auto exporter = OtlpGrpcExporter::create(options_for(port));
  ASSERT_TRUE(exporter.ok());
  TraceEventBus bus;
  const auto id = bus.add_exporter(*std::move(exporter), {.batch = {.events_max = 5}});
  ASSERT_TRUE(id.ok());
  RandomSpans spans(1);
  for (std::size_t i = 0; i < kSpans; ++i) bus.emit(spans.next());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(bus.shutdown(kShort).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kLong);
  EXPECT_TRUE(eventually([&] { return stats_of(bus, *id).in_flight == 0; }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.delivered, 0u);
  EXPECT_EQ(stats.matched, total(stats.dropped));
}

TEST_F(GrpcFaultTest, G9_ShutdownIsInTimeWhileAReceiverHangs) {
  const Peer peer("grpc_receiver.js", {"hang"});
  expect_shutdown_in_time(peer.port());
}

TEST_F(GrpcFaultTest, G9_ShutdownIsInTimeWhileAReceiverWantsToBeLeftAlone) {
  const Peer peer("grpc_receiver.js", {"retry:14:3600000"});
  expect_shutdown_in_time(peer.port());
}

TEST_F(GrpcFaultTest, G9_ShutdownIsInTimeWhileNobodyListensOrAnswers) {
  expect_shutdown_in_time(closed_port());
  ScriptedServer silent([](Connection& connection, const RequestHead&) { connection.hang(); });
  expect_shutdown_in_time(silent.port());
}

TEST_F(GrpcFaultTest, AfterItsShutdownAnExporterFailsWhatComes) {
  const Peer peer("grpc_receiver.js");
  const auto exporter = *OtlpGrpcExporter::create(options_for(peer.port()));
  RandomSpans spans(1);
  EventMaker maker;
  maker.add(spans.next());
  const Deadline deadline = std::chrono::steady_clock::now() + kNever;
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(exporter->export_batch(maker.batch(), {.deadline = deadline, .stop = {}}).lost(), 0u);
  }
  EXPECT_TRUE(exporter->flush(deadline).ok());
  EXPECT_TRUE(exporter->shutdown(deadline).ok());
  EXPECT_EQ(exporter->export_batch(maker.batch(), {.deadline = deadline, .stop = {}}).failed, 1u);
  EXPECT_EQ(peer.wait_for("span", 3).size(), 3u);
  EXPECT_EQ(peer.told("connection").size(), 1u);
}

}  // namespace
}  // namespace tracebus::testing
