// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/scrape_server.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/prometheus/scrape_session.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;

constexpr milliseconds kAcceptPause{100};  // where the system has no descriptor to give
constexpr std::chrono::seconds kAnswersAtEnd{1};
constexpr int kBacklog = 64;

// A program that is started meanwhile is not to hold our port.
void close_on_exec(int descriptor) noexcept { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

absl::StatusOr<asio::ip::address> address_of(const std::string& host) {
  if (host == "localhost") return asio::ip::address(asio::ip::address_v4::loopback());
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (!error) return address;
  std::string shown;
  append_visible_quoted(shown, host, '"');
  return absl::InvalidArgumentError(
      shown + " is no IP address: give one of this machine, 0.0.0.0 for all of them, or localhost");
}

}  // namespace

struct ScrapeServer::Core : std::enable_shared_from_this<Core> {
  Core(const PrometheusOptions& chosen, std::shared_ptr<EventMetrics> shown)
      : options(chosen), metrics(std::move(shown)) {}

  absl::Status listen();
  void run();
  // On the thread.
  void accept();
  void add(tcp::socket socket);
  void remove(ScrapeSession* session);
  void make_room();
  void close();
  template <class Predicate>
  void close_sessions(const Predicate& predicate);

  const PrometheusOptions options;
  const std::shared_ptr<EventMetrics> metrics;
  ScrapeSite site;

  asio::io_context io{1};
  // The thread's alone, once it runs.
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::vector<std::shared_ptr<ScrapeSession>> sessions;  // as they came
  bool is_accepting = false;

  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;  // under the mutex
};

absl::Status ScrapeServer::Core::listen() {
  const auto address = address_of(options.host);
  if (!address.ok()) return address.status();
  error_code error;
  const tcp::endpoint endpoint(*address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) close_on_exec(acceptor.native_handle());
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) {
    const std::string wanted = prometheus_authority(address->to_string(), options.port);
    const bool in_use = error == asio::error::address_in_use;
    return absl::UnavailableError(
        "cannot listen at " + wanted + ": " + error.message() +
        (in_use ? "; another program or exporter has it: give another port, or 0 for any that is "
                  "free"
                : "; give an address of this machine, and a port that this user may have"));
  }
  const std::uint16_t port = acceptor.local_endpoint(error).port();
  site = {.authority = prometheus_authority(address->to_string(), port),
          .port = port,
          .is_loopback = address->is_loopback()};
  return absl::OkStatus();
}

template <class Predicate>
void ScrapeServer::Core::close_sessions(const Predicate& predicate) {
  const std::vector<std::shared_ptr<ScrapeSession>> open = sessions;
  for (const auto& session : open) {
    if (predicate(*session)) session->give_way();
  }
}

void ScrapeServer::Core::run() {
  // An operation that finds no memory throws out of run; the others go on.
  for (bool again = true; again;) {
    try {
      io.run();
      again = false;
    } catch (const std::exception&) {
      if (!is_accepting && acceptor.is_open()) accept();
    }
  }
  close_sessions([](const ScrapeSession&) { return true; });  // that had no more time
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

void ScrapeServer::Core::accept() {
  is_accepting = true;
  acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
    is_accepting = false;
    if (!acceptor.is_open()) return;
    if (error) {
      pause.expires_after(kAcceptPause);
      pause.async_wait([this](const error_code&) {
        if (acceptor.is_open()) accept();
      });
      return;
    }
    close_on_exec(socket.native_handle());
    add(std::move(socket));
  });
}

void ScrapeServer::Core::add(tcp::socket socket) {
  auto session = std::make_shared<ScrapeSession>(std::move(socket),
                                                 ScrapeSession::Site{*metrics, options, site});
  sessions.push_back(session);
  try {
    session->start([this](ScrapeSession* over) { remove(over); });
  } catch (...) {  // no memory
    remove(session.get());
    throw;
  }
  if (sessions.size() == options.connections_max) make_room();
  if (sessions.size() < options.connections_max && !is_accepting) accept();
}

// For the next one; the newest has just come. Whose answer is sent loses nothing.
void ScrapeServer::Core::make_room() {
  const auto newest = sessions.end() - 1;
  auto oldest = std::find_if(sessions.begin(), newest,
                             [](const auto& session) { return session->is_lingering(); });
  if (oldest == newest) {
    oldest = std::find_if(sessions.begin(), newest,
                          [](const auto& session) { return session->is_reading(); });
  }
  if (oldest != newest) std::shared_ptr(*oldest)->give_way();
}

void ScrapeServer::Core::remove(ScrapeSession* session) {
  std::erase_if(sessions, [session](const auto& other) { return other.get() == session; });
  if (!is_accepting && acceptor.is_open()) accept();
}

void ScrapeServer::Core::close() {
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  close_sessions([](const ScrapeSession& session) { return session.is_reading(); });
}

absl::StatusOr<std::unique_ptr<ScrapeServer>> ScrapeServer::start(
    const PrometheusOptions& options, std::shared_ptr<EventMetrics> metrics) {
  // Boost.Asio throws where the system refuses what it is made of.
  try {
    auto core = std::make_shared<Core>(options, std::move(metrics));
    if (absl::Status status = core->listen(); !status.ok()) return status;
    core->accept();
    return std::unique_ptr<ScrapeServer>(new ScrapeServer(std::move(core)));
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(std::string("cannot start a server: ") + error.what() +
                                        "; raise the limits on threads and open files");
  }
}

ScrapeServer::ScrapeServer(std::shared_ptr<Core> core) : core_(std::move(core)) {
  // The new thread inherits the mask: signals are for the host's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([core = core_] {
      pthread_setname_np(pthread_self(), "tb-prometheus");
      core->run();
    });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ScrapeServer::~ScrapeServer() {
  shutdown(steady_clock::now() + std::chrono::seconds(1)).IgnoreError();
}

const ScrapeSite& ScrapeServer::site() const noexcept { return core_->site; }

absl::Status ScrapeServer::shutdown(Deadline deadline) {
  if (!thread_.joinable()) return absl::OkStatus();
  asio::post(core_->io, [core = core_.get()] { core->close(); });
  std::unique_lock lock(core_->mutex);
  const auto has_ended = [this] { return core_->ended; };
  const Deadline answered = std::min(deadline, steady_clock::now() + kAnswersAtEnd);
  if (!core_->changed.wait_until(lock, answered, has_ended)) core_->io.stop();
  // A handler that runs comes to its end; none waits for anything.
  const Deadline last = std::max(deadline, answered + milliseconds(100));
  const bool ended = core_->changed.wait_until(lock, last, has_ended);
  lock.unlock();
  if (ended) {
    thread_.join();
    return absl::OkStatus();
  }
  thread_.detach();
  return absl::DeadlineExceededError("the thread that answers Prometheus had not ended in time");
}

}  // namespace v1
}  // namespace tracebus
