// SPDX-License-Identifier: Apache-2.0
//
// Clients that watch a bus over HTTP, 100 of them, while it emits 50,000 events a second for some
// seconds; ten filters of ten clients each, each of which lets one event in a hundred pass.
//
//   Watch/0   all read
//   Watch/1   one more has opened a stream of everything and does not read
//
// got is the share of what should reach the clients that did, missed how often they were told that
// they missed some, emit_ns the processor time of an emit, cpu how many processors all of it took,
// clients included.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/studio/studio.h"

namespace tracebus::bench {
namespace {

constexpr int kClients = 100;
constexpr int kFilters = 10;
constexpr int kEvents = 250'000;
constexpr int kEventsPerSecond = 50'000;
constexpr int kBurst = 50;
constexpr std::string_view kFrame = "\ndata: {\"timestamp\"";

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  return fd;
}

void send_request(int fd, int port, const std::string& query) {
  const std::string request = "GET /traces/live" + query +
                              " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) + "\r\n\r\n";
  if (::send(fd, request.data(), request.size(), 0) < 0) std::abort();
}

// How often the text occurs in what comes in pieces.
class Occurrences {
 public:
  explicit Occurrences(std::string_view text) : text_(text) {}
  std::int64_t count(std::string_view piece) {
    rest_ += piece;
    std::int64_t found = 0;
    std::size_t at = 0;
    for (std::size_t next = 0; (next = rest_.find(text_, at)) != rest_.npos; ++found) {
      at = next + text_.size();
    }
    rest_.erase(0, std::max(at, rest_.size() - std::min(rest_.size(), text_.size() - 1)));
    return found;
  }

 private:
  const std::string_view text_;
  std::string rest_;
};

// All clients on one thread.
class Clients {
 public:
  explicit Clients(int port) {
    for (int i = 0; i < kClients; ++i) {
      const int fd = connect_to(port);
      send_request(fd, port, "?agent=agent-" + std::to_string(i % kFilters));
      polled_.push_back({fd, POLLIN, 0});
      events_.emplace_back(kFrame);
      missed_.emplace_back("event: missed");
    }
  }
  ~Clients() {
    for (const pollfd& each : polled_) ::close(each.fd);
  }
  void read_until(const std::atomic<bool>& over, std::int64_t wanted) {
    std::vector<char> buffer(256 << 10);
    while (!over || (got < wanted && std::chrono::steady_clock::now() < deadline)) {
      ::poll(polled_.data(), polled_.size(), 10);
      for (std::size_t i = 0; i < polled_.size(); ++i) {
        if ((polled_[i].revents & POLLIN) == 0) continue;
        const ssize_t bytes = ::recv(polled_[i].fd, buffer.data(), buffer.size(), 0);
        if (bytes <= 0) std::abort();
        const std::string_view piece(buffer.data(), static_cast<std::size_t>(bytes));
        got += events_[i].count(piece);
        missed += missed_[i].count(piece);
      }
    }
  }
  std::int64_t got = 0;
  std::int64_t missed = 0;
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(60);

 private:
  std::vector<pollfd> polled_;
  std::vector<Occurrences> events_, missed_;
};

double processor_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Returns the processor time of all emits.
double emit_all(TraceEventBus& bus) {
  const auto begun = std::chrono::steady_clock::now();
  double emitting = 0;
  for (int i = 0; i < kEvents; i += kBurst) {
    std::this_thread::sleep_until(begun +
                                  std::chrono::microseconds(i * (1'000'000 / kEventsPerSecond)));
    const double before = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    for (int j = i; j < i + kBurst; ++j) {
      const std::string agent = "agent-" + std::to_string(j % (kFilters * 10));
      bus.emit({.event_type = "llm_call_end",
                .agent_name = agent,
                .pattern_type = "supervisor",
                .payload = {{"model", "claude-sonnet-4-20250514"},
                            {"input_tokens", 450},
                            {"output_tokens", 380},
                            {"duration_ms", 412.25},
                            {"cost_usd", 0.0084}}});
    }
    emitting += processor_seconds(CLOCK_THREAD_CPUTIME_ID) - before;
  }
  return emitting;
}

void Watch(benchmark::State& state) {
  for (auto _ : state) {
    TraceEventBus bus;
    StudioOptions options;
    options.port = 0;
    options.otlp_port.reset();
    Studio studio(bus, options);
    if (!studio.status().ok()) return state.SkipWithError(studio.status().ToString().c_str());
    Clients clients(studio.port());
    const int stalled = connect_to(studio.port());
    if (state.range(0) == 1) send_request(stalled, studio.port(), "");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // all streams are open
    constexpr std::int64_t kWanted = std::int64_t{kEvents} / 100 * kClients;
    std::atomic<bool> over{false};
    std::thread reader([&] { clients.read_until(over, kWanted); });
    const double before = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const auto begun = std::chrono::steady_clock::now();
    const double emitting = emit_all(bus);
    over = true;
    reader.join();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun;
    ::close(stalled);
    state.counters["got"] = static_cast<double>(clients.got) / static_cast<double>(kWanted);
    state.counters["missed"] = static_cast<double>(clients.missed);
    state.counters["emit_ns"] = emitting * 1e9 / kEvents;
    state.counters["cpu"] = (processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - before) / passed.count();
    state.counters["events_per_s"] = kEvents / passed.count();
  }
}
BENCHMARK(Watch)->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

}  // namespace
}  // namespace tracebus::bench

BENCHMARK_MAIN();
