// SPDX-License-Identifier: Apache-2.0
//
// Spans a second that a receiver of OTLP over HTTP takes onto a bus where one callback counts them,
// from one sender on this machine that posts the same request again and again over one connection.
//
//   Receive/protobuf/<n>   requests of n spans with 10 attributes
//   Receive/json/<n>
//   Decode/protobuf/<n>    the same requests, read and not emitted: what of it is reading
//
// server_ns is the processor time of the server's thread, a span.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <string_view>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/thread_times.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/otlp_request.h"
#include "tracebus/studio/otlp_receiver.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kSpans = 200'000;
constexpr std::string_view kGood = "HTTP/1.1 200 ";

// Protocol Buffers by hand: a field of bytes.
std::string field(unsigned number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (std::size_t size = bytes.size();; size >>= 7) {
    out += static_cast<char>(size < 0x80 ? size : (size & 0x7F) | 0x80);
    if (size < 0x80) break;
  }
  return out + bytes;
}
std::string fixed64(unsigned number, std::uint64_t word) {
  std::string out(1, static_cast<char>(number << 3 | 1));
  for (unsigned i = 0; i < 8; ++i) out += static_cast<char>(word >> 8 * i);
  return out;
}

struct Told {
  const char* key;
  const char* text;  // null: it is a number
};
constexpr Told kAttributes[] = {{"gen_ai.operation.name", "chat"},
                                {"gen_ai.provider.name", "anthropic"},
                                {"gen_ai.request.model", "claude-sonnet-4-20250514"},
                                {"gen_ai.request.temperature", nullptr},
                                {"gen_ai.request.max_tokens", nullptr},
                                {"gen_ai.usage.input_tokens", nullptr},
                                {"gen_ai.usage.output_tokens", nullptr},
                                {"gen_ai.agent.name", "document-analyst-042"},
                                {"gen_ai.response.id", "msg_01XFDUDYJgAACzvnptvVoYEL"},
                                {"gen_ai.response.finish_reasons", "end_turn"}};

std::string id_of(std::int64_t span) {
  std::string id(8, 'a');
  for (std::size_t i = 0; i < 4; ++i) id[i] = static_cast<char>('a' + (span >> 4 * i & 15));
  return id;
}

std::string proto_request(std::int64_t spans) {
  std::string all;
  for (std::int64_t i = 0; i < spans; ++i) {
    std::string span = field(1, "0123456789abcdef") + field(2, id_of(i)) + field(4, "87654321") +
                       field(5, "chat claude-sonnet-4-20250514") + std::string("\x30\x03") +
                       fixed64(7, 1'780'000'000'000'000'000) +
                       fixed64(8, 1'780'000'000'412'250'000);
    for (const Told& told : kAttributes) {
      const std::string value =
          told.text != nullptr ? field(1, told.text) : std::string("\x18\x87\x01");
      span += field(9, field(1, told.key) + field(2, value));
    }
    all += field(2, span);
  }
  return field(1, field(1, field(1, field(1, "service.name") + field(2, field(1, "shop")))) +
                      field(2, field(1, field(1, "lib")) + all));
}

std::string json_request(std::int64_t spans) {
  std::string all =
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name",)"
      R"("value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib"},"spans":[)";
  for (std::int64_t i = 0; i < spans; ++i) {
    std::string id;
    for (const char c : id_of(i)) {
      id += "6";
      id += static_cast<char>('0' + (c - 'a') % 10);
    }
    all += i == 0 ? "" : ",";
    all += R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":")" + id +
           R"(","parentSpanId":"eee19b7ec3c1b173","name":"chat claude-sonnet-4-20250514","kind":3,)"
           R"("startTimeUnixNano":"1780000000000000000","endTimeUnixNano":"1780000000412250000",)"
           R"("attributes":[)";
    for (const Told& told : kAttributes) {
      all += &told == kAttributes ? "" : ",";
      all += R"({"key":")" + std::string(told.key) + R"(","value":{)";
      all += told.text != nullptr ? R"("stringValue":")" + std::string(told.text) + '"'
                                  : std::string(R"("intValue":"135")");
      all += "}}";
    }
    all += "]}";
  }
  return all + "]}]}]}";
}

class Sender {
 public:
  explicit Sender(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { ::close(fd_); }

  // Whether it was answered 200.
  bool post(std::string_view request) {
    while (!request.empty()) {
      const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      request.remove_prefix(static_cast<std::size_t>(sent));
    }
    char answer[4096];
    const ssize_t got = ::recv(fd_, answer, sizeof answer, 0);
    return got > 0 && std::string_view(answer, static_cast<std::size_t>(got)).starts_with(kGood);
  }

 private:
  const int fd_;
};

bool receive(benchmark::State& state, const std::string& type, const std::string& body) {
  std::atomic<std::int64_t> seen = 0;
  TraceEventBus bus(quiet_options());
  const auto counted =
      bus.subscribe([&](const EventView&) { ++seen; }, {.run_on = RunOn::kDispatcher});
  OtlpReceiverOptions options;
  options.http.port = 0;
  auto receiver = OtlpReceiver::start(bus, options);
  if (!counted.ok() || !receiver.ok()) return false;
  const std::string request =
      "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string((*receiver)->port()) +
      "\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  Sender sender((*receiver)->port());
  const auto before = thread_times_ns();
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t sent = 0; sent < kSpans; sent += state.range(0)) {
    if (!sender.post(request)) return false;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  state.SetIterationTime(elapsed.count());
  const auto after = thread_times_ns();
  const auto server = after.find("tb-http");
  const auto earlier = before.find("tb-http");
  if (server != after.end()) {
    state.counters["server_ns"] +=
        (server->second - (earlier == before.end() ? 0 : earlier->second)) / kSpans;
  }
  return bus.flush(std::chrono::seconds(20)).ok() && seen.load() >= kSpans &&
         (*receiver)->stats().emitted == static_cast<std::uint64_t>(seen.load());
}

void Receive(benchmark::State& state, const std::string& type, std::string (*make)(std::int64_t)) {
  const std::string body = make(state.range(0));
  for (auto _ : state) {
    if (!receive(state, type, body)) state.SkipWithError("not all were received");
  }
  for (auto& counter : state.counters) counter.second.flags = benchmark::Counter::kAvgIterations;
  state.counters["spans/s"] = benchmark::Counter(static_cast<double>(state.iterations() * kSpans),
                                                 benchmark::Counter::kIsRate);
}

void Decode(benchmark::State& state) {
  std::string body = proto_request(state.range(0));
  const std::size_t bytes = body.size();
  body.append(LineReader::kPaddingBytes, '\n');
  OtlpRequest request;
  for (auto _ : state) {
    const auto begun = request.begin(OtlpRequest::Signal::kTraces, OtlpRequest::Form::kProtobuf,
                                     std::string_view(body).substr(0, bytes));
    if (!begun.ok()) state.SkipWithError("not read");
    while (const TraceEvent* const event = request.next()) benchmark::DoNotOptimize(event);
  }
  state.counters["spans/s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}

void sized(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond)->Arg(512);
}

BENCHMARK_CAPTURE(Receive, protobuf, "application/x-protobuf", proto_request)->Apply(sized);
BENCHMARK_CAPTURE(Receive, json, "application/json", json_request)->Apply(sized);
BENCHMARK(Decode)->Arg(512);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "Receive/protobuf/512/manual_time", 3);
}
