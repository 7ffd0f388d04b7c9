// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/spool_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/spool/batch_bytes.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

// What a backend got, and how it answers.
struct Backend {
  std::mutex mutex;
  std::vector<std::int64_t> numbers;
  std::atomic<std::uint64_t> calls = 0;
  std::function<ExportResult(const Batch&)> answer = [](const Batch&) {
    return ExportResult::ok();
  };

  std::vector<std::int64_t> got() {
    std::lock_guard lock(mutex);
    return numbers;
  }
};

class BackendExporter final : public Exporter {
 public:
  explicit BackendExporter(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}
  std::string_view name() const noexcept override { return "backend"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    ++backend_->calls;
    const ExportResult result = backend_->answer(batch);
    if (result.failed != 0) return result;
    std::lock_guard lock(backend_->mutex);
    for (const EventView& event : batch) {
      backend_->numbers.push_back(event.find("n")->as_int64());
    }
    return result;
  }
  std::string_view last_error() const noexcept override { return "the backend is down"; }

 private:
  const std::shared_ptr<Backend> backend_;
};

SpoolExporterOptions quick() {
  SpoolExporterOptions options;
  options.retry_min_ms = 1;
  options.retry_max_ms = 20;
  return options;
}

std::unique_ptr<SpoolExporter> opened(const TemporaryFolder& folder,
                                      const std::shared_ptr<Backend>& backend,
                                      const SpoolExporterOptions& options = quick()) {
  auto spool = SpoolExporter::open(folder.file("spool"), std::make_unique<BackendExporter>(backend),
                                   options);
  EXPECT_TRUE(spool.ok()) << spool.status();
  return *std::move(spool);
}

Deadline in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

std::vector<std::int64_t> numbers_below(std::int64_t end) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < end; ++i) numbers.push_back(i);
  return numbers;
}

void emit_numbers(TraceEventBus& bus, std::int64_t from, std::int64_t end) {
  for (std::int64_t i = from; i < end; ++i) {
    while (bus.emit(kToolEnd, kNoIds, "a", "p", attr<"n">(i)) != EmitResult::kAccepted) {
    }
  }
}

TEST(BatchBytes, EventsComeBackAsTheyWere) {
  EventGenerator generator(17);
  for (int round = 0; round < 300; ++round) {
    EventMaker maker;
    for (int i = 0; i < 20; ++i) maker.add(generator.next());
    const Batch batch = maker.batch();
    std::string bytes;
    ASSERT_EQ(append_batch_bytes(bytes, batch), 0u);
    ReadBatch read;
    read.read(bytes);
    ASSERT_EQ(read.unreadable(), 0u);
    ASSERT_EQ(jsonl_of(read.batch()), jsonl_of(batch));
  }
}

TEST(SpoolExporter, G13_WhatIsEmittedWhileTheBackendIsDownArrivesInOrderAfterwards) {
  const TemporaryFolder folder;
  const auto backend = std::make_shared<Backend>();
  std::atomic<bool> is_up = false;
  backend->answer = [&](const Batch& batch) {
    return is_up ? ExportResult::ok() : ExportResult::failure(batch.size());
  };
  TraceEventBus bus;
  const auto id = bus.add_exporter(opened(folder, backend));
  emit_numbers(bus, 0, 5000);
  ASSERT_TRUE(bus.flush(kLong).ok()) << "the disk has it all";
  EXPECT_EQ(stats_of(bus, *id).delivered, 5000u);
  ASSERT_TRUE(eventually([&] { return backend->calls > 3; }));
  EXPECT_TRUE(backend->got().empty());
  is_up = true;
  emit_numbers(bus, 5000, 6000);
  ASSERT_TRUE(eventually([&] { return backend->got().size() == 6000; }));
  EXPECT_EQ(backend->got(), numbers_below(6000));
}

TEST(SpoolExporter, G13_WhatAProcessLeftIsSentByTheNext) {
  const TemporaryFolder folder;
  const auto down = std::make_shared<Backend>();
  down->answer = [](const Batch& batch) { return ExportResult::failure(batch.size()); };
  {
    TraceEventBus bus;
    ASSERT_TRUE(bus.add_exporter(opened(folder, down)).ok());
    emit_numbers(bus, 0, 1000);
    EXPECT_TRUE(bus.shutdown(seconds(2)).ok()) << "what waits on disk is no error";
  }
  const auto up = std::make_shared<Backend>();
  TraceEventBus bus;
  ASSERT_TRUE(bus.add_exporter(opened(folder, up)).ok());
  emit_numbers(bus, 1000, 1500);
  ASSERT_TRUE(eventually([&] { return up->got().size() >= 1500; }));
  EXPECT_EQ(up->got(), numbers_below(1500));
}

TEST(SpoolExporter, WhatIsRejectedIsNotSentAgain) {
  const TemporaryFolder folder;
  const auto backend = std::make_shared<Backend>();
  backend->answer = [](const Batch&) { return ExportResult::partial(1); };
  const auto spool = opened(folder, backend);
  EventMaker maker;
  for (std::int64_t i = 0; i < 10; ++i) maker.add_numbered(i);
  EXPECT_EQ(spool->export_batch(maker.batch(), in_a_second()).lost(), 0u);
  ASSERT_TRUE(eventually([&] { return spool->stats().rejected == 1; }));
  EXPECT_EQ(spool->stats().sent, 9u);
  EXPECT_EQ(backend->calls, 1u);
  EXPECT_EQ(spool->stats().retries, 0u);
}

TEST(SpoolExporter, ABackendThatThrowsIsTriedAgain) {
  const TemporaryFolder folder;
  const auto backend = std::make_shared<Backend>();
  backend->answer = [&](const Batch&) -> ExportResult {
    if (backend->calls < 4) throw std::runtime_error("no");
    return ExportResult::ok();
  };
  const auto spool = opened(folder, backend);
  EventMaker maker;
  maker.add_numbered(0);
  EXPECT_EQ(spool->export_batch(maker.batch(), in_a_second()).lost(), 0u);
  ASSERT_TRUE(eventually([&] { return spool->stats().sent == 1; }));
  EXPECT_EQ(spool->stats().retries, 3u);
}

TEST(SpoolExporter, WhatTheDiskHasNoRoomForIsCountedAndSaid) {
  const TemporaryFolder folder;
  const auto backend = std::make_shared<Backend>();
  backend->answer = [](const Batch& batch) { return ExportResult::failure(batch.size()); };
  SpoolExporterOptions options = quick();
  options.spool.bytes_max = kSpoolBytesMin;
  TraceEventBus bus;
  const auto id = bus.add_exporter(opened(folder, backend, options));
  emit_numbers(bus, 0, 20'000);
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_GT(stats.delivered, 0u);
  EXPECT_GT(count(stats.dropped, DropReason::kSpoolQuota), 0u);
  EXPECT_EQ(stats.matched, stats.delivered + total(stats.dropped));
  EXPECT_THAT(stats.last_error, HasSubstr("of at most 262144 bytes"));
}

TEST(SpoolExporter, FlushWaitsForTheBackendIfAskedTo) {
  const TemporaryFolder folder;
  const auto backend = std::make_shared<Backend>();
  std::atomic<bool> is_up = false;
  backend->answer = [&](const Batch& batch) {
    return is_up ? ExportResult::ok() : ExportResult::failure(batch.size());
  };
  SpoolExporterOptions options = quick();
  options.flush_drains = true;
  const auto spool = opened(folder, backend, options);
  EventMaker maker;
  maker.add_numbered(0);
  EXPECT_EQ(spool->export_batch(maker.batch(), in_a_second()).lost(), 0u);
  const absl::Status late = spool->flush(in(milliseconds(50)));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  is_up = true;
  EXPECT_TRUE(spool->flush(in(kLong)).ok());
  EXPECT_EQ(backend->got(), numbers_below(1));
}

TEST(SpoolExporter, ABackendThatHangsHoldsUpNobody) {
  const TemporaryFolder folder;
  const auto backend = std::make_shared<Backend>();
  const auto gate = std::make_shared<Gate>();
  backend->answer = [gate](const Batch&) {
    gate->pass();
    return ExportResult::ok();
  };
  {
    const auto spool = opened(folder, backend);
    EventMaker maker;
    for (std::int64_t i = 0; i < 10; ++i) {
      maker.add_numbered(i);
      EXPECT_EQ(spool->export_batch(maker.batch(), in_a_second()).lost(), 0u);
      EXPECT_TRUE(spool->flush(in(kLong)).ok());
    }
    ASSERT_TRUE(eventually([&] { return backend->calls == 1; }));
    const absl::Status status = spool->shutdown(in(milliseconds(300)));
    EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  }
  gate->open();
}

TEST(SpoolExporter, SpecsNameTheFolderAndTheExporterBehindIt) {
  const TemporaryFolder folder;
  ExporterFactory factory = ExporterFactory::with_builtin();
  add_spool(factory);
  const std::string path = folder.file("run.jsonl");
  {
    TraceEventBus bus;
    auto made = factory.make("sample=1|spool=" + folder.file("spool") + "|redact|jsonl:" + path);
    ASSERT_TRUE(made.ok()) << made.status();
    ASSERT_TRUE(bus.add_exporter(*std::move(made)).ok());
    emit_numbers(bus, 0, 100);
    ASSERT_TRUE(bus.shutdown(kLong).ok());
  }
  EXPECT_EQ(lines_of(read_file(path)).size(), 100u);
  for (const std::string bad :
       {"spool", "spool=", "spool=folder", "spool=folder|", "spool=f|nope"}) {
    EXPECT_FALSE(factory.make(bad).ok()) << bad;
  }
  EXPECT_THAT(factory.help(), HasSubstr("spool=FOLDER|SPEC"));
}

}  // namespace
}  // namespace tracebus::testing
