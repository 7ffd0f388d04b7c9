// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as what a receiver answers to an export over HTTP, at a socket. Whatever comes, the
// export returns by its deadline with an account of its batch: only after a success of 2xx is
// nothing lost, and what it says is bounded and safe to print. The first byte chooses the exporter.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "tracebus/exporters/datadog/datadog_exporter.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/fuzz/fuzz_input.h"

namespace {

using namespace tracebus;
using std::chrono::milliseconds;
using testing::FuzzInput;
using testing::require;

constexpr std::size_t kSpans = 3;
constexpr milliseconds kTimeout{20};

// A receiver that answers each request so far with the bytes, and ends the connection.
class AnyReceiver {
 public:
  AnyReceiver() : listen_fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    require(::bind(listen_fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    require(::listen(listen_fd_, 8) == 0);
  }
  std::string path() const { return folder_.file("socket"); }

  // Until stop_fd can be read.
  void answer(std::string_view bytes, int stop_fd) {
    std::string buffer(std::size_t{64} << 10, '\0');
    while (is_readable(listen_fd_, stop_fd)) {
      const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
      require(fd >= 0);
      // A request of these spans comes in one piece.
      if (is_readable(fd, stop_fd)) {
        (void)::recv(fd, buffer.data(), buffer.size(), 0);
        (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      }
      ::close(fd);
    }
  }

 private:
  // False once it is to stop.
  static bool is_readable(int fd, int stop_fd) {
    pollfd fds[] = {{stop_fd, POLLIN, 0}, {fd, POLLIN, 0}};
    ::poll(fds, 2, -1);
    return fds[0].revents == 0;
  }

  const testing::TemporaryFolder folder_{testing::memory_folder()};
  const int listen_fd_;
};

std::unique_ptr<Exporter> otlp_to(const AnyReceiver& receiver, bool json) {
  OtlpHttpOptions options;
  options.http.url = "http://localhost/v1/traces";
  options.http.unix_socket = receiver.path();
  options.http.direct = true;
  options.json = json;
  options.retry = {.initial_backoff = milliseconds(1), .max_backoff = milliseconds(1)};
  auto made = OtlpHttpExporter::create(std::move(options));
  require(made.ok());
  return *std::move(made);
}

std::unique_ptr<Exporter> datadog_to(const AnyReceiver& receiver) {
  DatadogOptions options;
  options.http.url = "unix://" + receiver.path();
  options.retry = {.initial_backoff = milliseconds(1), .max_backoff = milliseconds(1)};
  auto made = DatadogExporter::create(std::move(options));
  require(made.ok());
  return *std::move(made);
}

testing::EventMaker ended_spans() {
  EventIds ids;
  ids.trace_id.bytes.fill(1);
  testing::EventMaker spans;
  for (std::size_t i = 0; i < kSpans; ++i) {
    ids.span_id.bytes.fill(static_cast<std::uint8_t>(i + 1));
    spans.add({.timestamp = Timestamp::from_unix_ns(1'749'479'521'000'000'000),
               .event_type = "llm_call_end",
               .payload = {{"span.kind", "LLM"},
                           {"span.status", "ok"},
                           {"duration_ms", 1.5},
                           {"span.name", "answer"}},
               .ids = ids});
  }
  return spans;
}

// Whether some line of the answer could be the status of a success.
bool may_be_success(std::string_view answer) {
  return answer.starts_with("HTTP/") && answer.find(" 2") != std::string_view::npos;
}

void check_told(std::string_view told) {
  require(told.size() <= 1024);
  for (const char c : told) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static AnyReceiver receiver;
  static testing::EventMaker spans = ended_spans();
  static const std::unique_ptr<Exporter> exporters[] = {
      otlp_to(receiver, false), otlp_to(receiver, true), datadog_to(receiver)};
  FuzzInput input({reinterpret_cast<const char*>(data), size});
  Exporter& exporter = *exporters[input.below(std::size(exporters))];
  const std::string_view answer = input.rest();
  const int stop_fd = ::eventfd(0, EFD_CLOEXEC);
  std::thread answering([&] { receiver.answer(answer, stop_fd); });
  const Deadline deadline = std::chrono::steady_clock::now() + kTimeout;
  const ExportResult result =
      exporter.export_batch(spans.batch(), {.deadline = deadline, .stop = {}});
  ::eventfd_write(stop_fd, 1);
  answering.join();
  ::close(stop_fd);
  require(result.failed + result.rejected <= kSpans && result.processed == 0);
  if (result.lost() == 0) {
    require(may_be_success(answer));
  } else {
    require(!exporter.last_error().empty());
    check_told(exporter.last_error());
  }
  return 0;
}
