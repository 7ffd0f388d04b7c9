// SPDX-License-Identifier: Apache-2.0
//
// What a collector that does not take its spans costs the threads that emit: processor time of the
// emit of a span's end into a bus with an exporter that does nothing, and into one with an exporter
// of OTLP over HTTP to such a collector (burst_pairs.h).
//
//   Outage/none       another exporter that does nothing: what the method itself shows
//   Outage/taking     a collector that takes all: what exporting costs at all
//   Outage/down       nobody listens: connections are refused
//   Outage/slow       it accepts, reads a byte a second, and says nothing
//   Outage/refusing   503, with Retry-After: 1
//
// unaccounted counts events of which the exporter's account knows nothing, which is 0.
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bench/burst_pairs.h"
#include "tracebus/bench/http_sink.h"
#include "tracebus/bench/llm_span.h"
#include "tracebus/exporters/null_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

namespace tracebus::bench {
namespace {

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
constexpr std::chrono::milliseconds kFlushTimeout{250};  // what a bus takes that cannot be flushed

// A socket on a port of this machine. Nobody listens before listen.
class Port {
 public:
  Port() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ::bind(fd_, generic, size);
    ::getsockname(fd_, generic, &size);
    number_ = ntohs(address.sin_port);
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() { ::close(fd_); }
  int fd() const noexcept { return fd_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(number_); }

 private:
  const int fd_;
  int number_ = 0;
};

// Accepts whoever comes, and reads a byte of each a second.
class SlowReader {
 public:
  SlowReader() : stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
    ::listen(port_.fd(), 64);
    thread_ = std::thread([this] { serve(); });
  }
  SlowReader(const SlowReader&) = delete;
  SlowReader& operator=(const SlowReader&) = delete;
  ~SlowReader() {
    ::eventfd_write(stop_fd_, 1);
    thread_.join();
    ::close(stop_fd_);
  }
  std::string url() const { return port_.url(); }

 private:
  void serve() {
    constexpr int kSecond = 1000;
    std::vector<int> peers;
    for (;;) {
      pollfd fds[] = {{stop_fd_, POLLIN, 0}, {port_.fd(), POLLIN, 0}};
      ::poll(fds, 2, kSecond);
      if (fds[0].revents != 0) break;
      if (fds[1].revents != 0)
        peers.push_back(::accept4(port_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      for (const int peer : peers) {
        char byte = 0;
        (void)::recv(peer, &byte, 1, MSG_DONTWAIT);
      }
    }
    for (const int peer : peers) ::close(peer);
  }

  Port port_;
  const int stop_fd_;
  std::thread thread_;
};

enum class Collector { kNone, kTaking, kDown, kSlow, kRefusing };

// There for as long as the bus that sends to it.
class CollectorRig {
 public:
  explicit CollectorRig(Collector collector) {
    if (collector == Collector::kTaking) sink_.emplace();
    if (collector == Collector::kRefusing) sink_.emplace(kBusy);
    if (collector == Collector::kSlow) slow_.emplace();
  }
  std::string url() const { return sink_ ? sink_->url() : slow_ ? slow_->url() : nobody_.url(); }

 private:
  const Port nobody_;
  std::optional<HttpSink> sink_;
  std::optional<SlowReader> slow_;
};

std::unique_ptr<Exporter> exporter_to(Collector collector, const CollectorRig& rig) {
  if (collector == Collector::kNone) return std::make_unique<NullExporter>();
  OtlpHttpOptions options;
  options.http.url = otlp_traces_url(rig.url());
  options.http.direct = true;
  auto exporter = OtlpHttpExporter::create(options);
  return exporter.ok() ? *std::move(exporter) : nullptr;
}

struct Rig {
  Rig(benchmark::State& state, Collector collector)
      : peer(collector), bus({.ring_bytes = kBurstRingBytes,
                              .ring_bytes_max = kBurstRingBytes,
                              .shutdown_timeout_ms = 100,
                              .log = [](std::string_view) {}}) {
    // Its queue is full before the warm-up is over.
    const ExporterOptions options = {.queue_bytes_max = std::size_t{1} << 20};
    if (!bus.add_exporter(exporter_to(collector, peer), options).ok()) {
      state.SkipWithError("no exporter");
    }
  }
  // Also sees to it that the collector was what it is said to be.
  std::uint64_t unaccounted(benchmark::State& state, bool takes) {
    bus.flush(kFlushTimeout).IgnoreError();
    const SubscriptionStats stats = bus.stats().subscriptions.front();
    if ((stats.delivered != 0) != takes) state.SkipWithError("not as this collector does");
    return stats.matched - stats.delivered - total(stats.dropped) - stats.in_flight;
  }
  const CollectorRig peer;
  TraceEventBus bus;  // after its peer
  Producer producer = bus.producer();
};

void Outage(benchmark::State& state, Collector collector) {
  report_pairs(state, "unaccounted", [&](std::mt19937_64& random, std::uint64_t& unaccounted) {
    Rig nothing(state, Collector::kNone);
    Rig exporting(state, collector);
    const double ratio = log_ratio_of(nothing.producer, exporting.producer, random, emit_llm_span);
    const bool takes = collector == Collector::kNone || collector == Collector::kTaking;
    unaccounted += nothing.unaccounted(state, true) + exporting.unaccounted(state, takes);
    return ratio;
  });
}

BENCHMARK_CAPTURE(Outage, none, Collector::kNone);
BENCHMARK_CAPTURE(Outage, taking, Collector::kTaking);
BENCHMARK_CAPTURE(Outage, down, Collector::kDown);
BENCHMARK_CAPTURE(Outage, slow, Collector::kSlow);
BENCHMARK_CAPTURE(Outage, refusing, Collector::kRefusing);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) { return tracebus::bench::run_pairs(argc, argv); }
