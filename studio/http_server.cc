// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/http_server.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "tracebus/studio/http_session.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;

constexpr milliseconds kAcceptPause{100};  // where the system has no descriptor to give
constexpr int kBacklog = 128;

// A program that is started meanwhile is not to hold our port.
void close_on_exec(int descriptor) noexcept { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

}  // namespace

struct HttpServer::Core : std::enable_shared_from_this<Core> {
  struct Door {
    explicit Door(asio::io_context& io) : acceptor(io), pause(io) {}
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    bool is_accepting = false;
  };

  Core(const HttpServerOptions& chosen, HttpHandler handler)
      : site{.options = chosen, .handler = std::move(handler), .guard = HttpGuard(0)} {}

  absl::Status listen();
  error_code listen(Door& door, const tcp::endpoint& endpoint);
  void run();
  // On the thread.
  void accept_all();
  void accept(Door& door);
  void add(tcp::socket socket);
  void remove(HttpSession* session);
  using Sessions = std::vector<std::shared_ptr<HttpSession>>;
  void make_room(Sessions::iterator end);
  void close();

  HttpSite site;
  std::uint16_t port = 0;

  asio::io_context io{1};
  // The thread's alone, once it runs.
  std::array<Door, 2> doors{Door(io), Door(io)};  // of 127.0.0.1 and ::1
  Sessions sessions;                              // as they came

  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;  // under the mutex
};

error_code HttpServer::Core::listen(Door& door, const tcp::endpoint& endpoint) {
  error_code error;
  door.acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  close_on_exec(door.acceptor.native_handle());
  door.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    door.acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) door.acceptor.bind(endpoint, error);
  if (!error) door.acceptor.listen(kBacklog, error);
  if (error) {
    error_code ignored;
    door.acceptor.close(ignored);
  }
  return error;
}

absl::Status HttpServer::Core::listen() {
  const auto v4 = asio::ip::address_v4::loopback();
  if (const error_code error = listen(doors[0], {v4, site.options.port})) {
    const bool in_use = error == asio::error::address_in_use;
    return absl::UnavailableError(
        "cannot listen at 127.0.0.1:" + std::to_string(site.options.port) + ": " + error.message() +
        (in_use ? "; another program has the port: give another one, or 0 for any that is free"
                : "; give a port that this user may have"));
  }
  error_code ignored;
  port = doors[0].acceptor.local_endpoint(ignored).port();
  site.guard = HttpGuard(port);
  // Machines without IPv6 have the first alone, and so has a port that somebody else has there.
  listen(doors[1], {asio::ip::address_v6::loopback(), port});
  return absl::OkStatus();
}

void HttpServer::Core::run() {
  // An operation that finds no memory throws out of run; the others go on.
  for (bool again = true; again;) {
    try {
      io.run();
      again = false;
    } catch (const std::exception&) {
      accept_all();
    }
  }
  for (const auto& session : std::vector(sessions)) session->abort();
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

void HttpServer::Core::accept_all() {
  for (Door& door : doors) {
    if (door.acceptor.is_open() && !door.is_accepting) accept(door);
  }
}

void HttpServer::Core::accept(Door& door) {
  door.is_accepting = true;
  door.acceptor.async_accept([this, &door](const error_code& error, tcp::socket socket) {
    door.is_accepting = false;
    if (!door.acceptor.is_open()) return;
    if (error) {
      door.pause.expires_after(kAcceptPause);
      door.pause.async_wait([this](const error_code&) { accept_all(); });
      return;
    }
    close_on_exec(socket.native_handle());
    add(std::move(socket));
  });
}

void HttpServer::Core::add(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto session = std::make_shared<HttpSession>(std::move(socket), site);
  sessions.push_back(session);
  try {
    session->start([this](HttpSession* over) { remove(over); },
                   [this] { make_room(sessions.end()); });
  } catch (...) {  // no memory
    remove(session.get());
    throw;
  }
  make_room(sessions.end() - 1);  // not the newest, which has just come
  if (sessions.size() < site.options.connections_max) accept_all();
}

// For the next one, once all places are taken: the oldest that is idle, of those before `end`,
// gives way. Where none is, the first that becomes idle does.
void HttpServer::Core::make_room(Sessions::iterator end) {
  if (sessions.size() < site.options.connections_max) return;
  const auto idle =
      std::find_if(sessions.begin(), end, [](const auto& each) { return each->is_idle(); });
  if (idle != end) std::shared_ptr(*idle)->end();
}

void HttpServer::Core::remove(HttpSession* session) {
  std::erase_if(sessions, [session](const auto& other) { return other.get() == session; });
  if (sessions.size() < site.options.connections_max) accept_all();
}

void HttpServer::Core::close() {
  error_code ignored;
  for (Door& door : doors) {
    door.acceptor.close(ignored);
    door.pause.cancel();
  }
  for (const auto& session : std::vector(sessions)) session->end();
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                              HttpHandler handler) {
  // Boost.Asio throws where the system refuses what it is made of.
  try {
    auto core = std::make_shared<Core>(options, std::move(handler));
    if (absl::Status status = core->listen(); !status.ok()) return status;
    core->accept_all();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(std::string("cannot start a server: ") + error.what() +
                                        "; raise the limits on threads and open files");
  }
}

HttpServer::HttpServer(std::shared_ptr<Core> core) : core_(std::move(core)) {
  // The new thread inherits the mask: signals are for the host's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([core = core_] {
      pthread_setname_np(pthread_self(), "tb-http");
      core->run();
    });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HttpServer::~HttpServer() { shutdown(steady_clock::now() + std::chrono::seconds(1)).IgnoreError(); }

std::uint16_t HttpServer::port() const noexcept { return core_->port; }
std::string HttpServer::url() const { return "http://127.0.0.1:" + std::to_string(core_->port); }

absl::Status HttpServer::shutdown(Deadline deadline) {
  if (!thread_.joinable()) return absl::OkStatus();
  asio::post(core_->io, [core = core_.get()] { core->close(); });
  std::unique_lock lock(core_->mutex);
  const auto has_ended = [this] { return core_->ended; };
  if (!core_->changed.wait_until(lock, deadline, has_ended)) core_->io.stop();
  // A handler that runs comes to its end; none waits for long.
  const Deadline last = std::max(deadline, steady_clock::now()) + milliseconds(100);
  const bool ended = core_->changed.wait_until(lock, last, has_ended);
  lock.unlock();
  if (ended) {
    thread_.join();
    return absl::OkStatus();
  }
  thread_.detach();
  return absl::DeadlineExceededError("the server's thread had not ended in time");
}

}  // namespace v1
}  // namespace tracebus
