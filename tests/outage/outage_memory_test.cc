// SPDX-License-Identifier: Apache-2.0
//
// G17: every backend is away, each in its own manner, and 100,000 events a second are emitted.
//
//   TRACEBUS_OUTAGE_SECONDS=600 outage_memory_test      what ctest -L nightly runs
//
// Oracle: the pages that the system says this process has, against a formula of the options, and,
// where there is time for it, against those of the first third; at the end the account of each
// subscription, in which nothing is missing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/datadog/datadog_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/exporters/span_pairer.h"
#include "tracebus/exporters/spool/spool_exporter.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp/span_maker.h"
#ifdef TRACEBUS_HAS_GRPC
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"
#endif

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::int64_t kEventsASecond = 100'000;

// --- The formula ---
constexpr std::size_t kRings = 8 * kMiB;
constexpr std::size_t kLarge = 4 * kMiB;
constexpr std::size_t kQueue = 4 * kMiB;         // of each exporter
constexpr std::size_t kDispatcher = 2 * kMiB;    // and a block for each filter
constexpr std::size_t kRequests = 2;             // of each exporter at once
constexpr std::size_t kUploadBuffer = kMiB / 2;  // of each request, in libcurl
// A batch as the worker hands it out, and its spans as they are sent, which are no larger.
constexpr std::size_t kExporter = 2 * kBatchBytesDefault + kRequests * kUploadBuffer;
// Of libraries, stacks and allocators.
constexpr std::size_t kOthers = 24 * kMiB;

// What comes and goes once all queues are full. So slow a leak as this a run is long enough for.
constexpr std::size_t kDrift = 8 * kMiB;
constexpr int kLongSeconds = 30;

constexpr std::size_t bound_of(std::size_t exporters) {
  return kRings + kLarge + kDispatcher + kOthers +
         exporters * (kQueue + kBlockBytesMax + kExporter);
}

std::size_t resident_bytes() {
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// --- The backends ---

RetryOptions soon_again() {
  return {.initial_backoff = milliseconds(20), .max_backoff = milliseconds(200)};
}

std::unique_ptr<Exporter> otlp_to(const std::string& url, bool json = false) {
  OtlpHttpOptions options;
  options.http = {.url = url + "/v1/traces", .direct = true, .requests_max = kRequests};
  options.json = json;
  options.timeout = seconds(1);
  options.retry = soon_again();
  auto made = OtlpHttpExporter::create(std::move(options));
  return made.ok() ? *std::move(made) : nullptr;
}

std::unique_ptr<Exporter> datadog_to(const std::string& url) {
  DatadogOptions options;
  options.http = {.url = url, .direct = true, .requests_max = kRequests};
  options.timeout = seconds(1);
  options.retry = soon_again();
  auto made = DatadogExporter::create(std::move(options));
  return made.ok() ? *std::move(made) : nullptr;
}

// Its quota is full soon, too.
std::unique_ptr<Exporter> spooled(const std::string& folder, std::unique_ptr<Exporter> to) {
  SpoolExporterOptions options;
  options.spool.bytes_max = 16 * kMiB;
  options.spool.sync = FileSync::kNever;
  auto made = SpoolExporter::open(folder, std::move(to), options);
  return made.ok() ? *std::move(made) : nullptr;
}

#ifdef TRACEBUS_HAS_GRPC
std::unique_ptr<Exporter> grpc_to(const std::string& url) {
  OtlpGrpcOptions options;
  options.endpoint = url;
  options.direct = true;
  options.requests_max = kRequests;
  options.timeout = seconds(1);
  options.retry = soon_again();
  auto made = OtlpGrpcExporter::create(std::move(options));
  return made.ok() ? *std::move(made) : nullptr;
}
#endif

// That are there, and take nothing.
struct TakingNothing {
  ScriptedServer silent{[](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.hang();
  }};
  ScriptedServer deaf{[](Connection& connection, const RequestHead&) { connection.hang(); }};
  ScriptedServer slow{[](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.send_slowly("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", seconds(1));
  }};
  ScriptedServer busy{[](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.answer("503 Service Unavailable", "Retry-After: 1\r\n");
  }};
};

// A port at which nobody listens, and nobody else will, however long the test takes.
class RefusingPort {
 public:
  RefusingPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_, generic, size) != 0 || ::getsockname(fd_, generic, &size) != 0) std::abort();
    number_ = ntohs(address.sin_port);
  }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  ~RefusingPort() { ::close(fd_); }
  int number() const noexcept { return number_; }

 private:
  const int fd_;
  int number_ = 0;
};

// They run in a process of their own: a thread for each connection takes memory that is not meant.
class Receivers {
 public:
  // REQUIRES: this process has no other thread yet.
  Receivers() {
    int to_parent[2];
    int to_child[2];
    if (::pipe2(to_parent, O_CLOEXEC) != 0 || ::pipe2(to_child, O_CLOEXEC) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(to_child[1]);
      serve(to_parent[1], to_child[0]);
    }
    ::close(to_parent[1]);
    ::close(to_child[0]);
    stop_fd_ = to_child[1];
    if (::read(to_parent[0], ports_.data(), sizeof ports_) != sizeof ports_) std::abort();
    ::close(to_parent[0]);
  }
  Receivers(const Receivers&) = delete;
  Receivers& operator=(const Receivers&) = delete;
  ~Receivers() {
    ::close(stop_fd_);
    ::waitpid(child_, nullptr, 0);
  }

  std::string silent() const { return url_of(ports_[0]); }
  std::string deaf() const { return url_of(ports_[1]); }
  std::string slow() const { return url_of(ports_[2]); }
  std::string busy() const { return url_of(ports_[3]); }
  std::string nobody() const { return url_of(nobody_.number()); }

 private:
  static std::string url_of(int port) { return "http://127.0.0.1:" + std::to_string(port); }
  // Until the parent is gone, or closes its end.
  [[noreturn]] static void serve(int ports_fd, int stop_fd) {
    const TakingNothing all;
    const std::array<int, 4> ports = {all.silent.port(), all.deaf.port(), all.slow.port(),
                                      all.busy.port()};
    char stop = 0;
    if (::write(ports_fd, ports.data(), sizeof ports) == sizeof ports) {
      (void)!::read(stop_fd, &stop, 1);
    }
    ::_exit(0);
  }

  std::array<int, 4> ports_{};
  int stop_fd_ = -1;
  pid_t child_ = -1;
  const RefusingPort nobody_;
};

std::vector<std::unique_ptr<Exporter>> exporters_to(const Receivers& to, const std::string& spool) {
  std::vector<std::unique_ptr<Exporter>> made;
  made.push_back(behind_pairer(otlp_to(to.nobody())));
  made.push_back(otlp_to(to.silent()));
  made.push_back(otlp_to(to.deaf(), true));
  made.push_back(otlp_to(to.slow()));
  made.push_back(otlp_to(to.busy()));
  made.push_back(datadog_to(to.nobody()));
  made.push_back(datadog_to(to.busy()));
  made.push_back(spooled(spool, otlp_to(to.nobody())));
#ifdef TRACEBUS_HAS_GRPC
  made.push_back(grpc_to(to.nobody()));
  made.push_back(grpc_to(to.silent()));
#endif
  return made;
}

// What lets all through. No two are alike, so no two share their blocks.
Filter filter_of(std::size_t exporter) {
  return Filter::types({"llm_call_end", "of_exporter_" + std::to_string(exporter)});
}

// --- The load ---

// Emits at its rate until it is told to stop; who was held up catches up.
void emit_until(TraceEventBus& bus, const std::atomic<bool>& stop) {
  const auto begin = steady_clock::now();
  std::int64_t emitted = 0;
  while (!stop) {
    const std::chrono::duration<double> elapsed = steady_clock::now() - begin;
    const auto due = static_cast<std::int64_t>(elapsed.count() * kEventsASecond);
    // Not more than a second's at once.
    emitted = std::max(emitted, due - kEventsASecond);
    for (; emitted < due; ++emitted) {
      bus.emit(numbered_span(static_cast<std::uint64_t>(emitted), "an outage"));
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
}

bool all_lose(const TraceEventBus& bus) {
  const BusStats stats = bus.stats();
  return std::ranges::all_of(stats.subscriptions, [](const SubscriptionStats& subscription) {
    return total(subscription.dropped) != 0;
  });
}

int outage_seconds() {
  const char* const given = std::getenv("TRACEBUS_OUTAGE_SECONDS");
  return given == nullptr ? 2 : std::atoi(given);
}

void expect_whole_account(const TraceEventBus& bus) {
  for (const SubscriptionStats& each : bus.stats().subscriptions) {
    EXPECT_EQ(each.matched, each.delivered + total(each.dropped) + each.in_flight) << each.name;
    if (!each.name.starts_with("spool:")) {
      EXPECT_EQ(each.delivered, 0u) << each.name;
    }
  }
}

TEST(OutageTest, G17_MemoryStaysBelowTheFormulaWithEveryBackendAway) {
  const TemporaryFolder folder;
  const Receivers receivers;
  const std::size_t before = resident_bytes();
  TraceEventBus bus({.ring_bytes_max = kRings / 2,
                     .ring_budget_bytes = kRings,
                     .large_bytes_max = kLarge,
                     .log = [](std::string_view) {}});
  auto exporters = exporters_to(receivers, folder.file("spool"));
  const std::size_t bound = bound_of(exporters.size());
  for (std::size_t i = 0; i < exporters.size(); ++i) {
    ASSERT_NE(exporters[i], nullptr);
    const ExporterOptions options = {.filter = filter_of(i), .queue_bytes_max = kQueue};
    ASSERT_TRUE(bus.add_exporter(std::move(exporters[i]), options).ok());
  }
  std::atomic<bool> stop = false;
  std::thread emits([&] { emit_until(bus, stop); });
  // At least so long, and until each of them had more than it could hold.
  const int length_seconds = outage_seconds();
  const auto third = steady_clock::now() + seconds(length_seconds) / 3;
  const auto end = steady_clock::now() + seconds(length_seconds);
  const auto last_end = end + seconds(60);
  std::size_t most = 0;
  std::size_t most_at_first = 0;
  for (auto now = steady_clock::now(); now < end || (now < last_end && !all_lose(bus));
       now = steady_clock::now()) {
    most = std::max(most, resident_bytes());
    if (now < third) most_at_first = most;
    if (most > before + bound) break;
    std::this_thread::sleep_for(milliseconds(20));
  }
  stop = true;
  emits.join();
  EXPECT_LE(most - std::min(most, before), bound);
  if (length_seconds >= kLongSeconds) {
    EXPECT_LE(most, most_at_first + kDrift);
  }
  EXPECT_TRUE(all_lose(bus));
  RecordProperty("drift_bytes", std::to_string(most - most_at_first));
  RecordProperty("events", std::to_string(bus.stats().emitted));
  RecordProperty("resident_bytes", std::to_string(most - before));
  RecordProperty("bound_bytes", std::to_string(bound));
  bus.shutdown(seconds(2)).IgnoreError();  // which tells that not all was delivered
  expect_whole_account(bus);
}

}  // namespace
}  // namespace tracebus::testing
