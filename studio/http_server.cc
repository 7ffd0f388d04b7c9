// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/http_server.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "tracebus/studio/http_feed.h"
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
  error_code listen(const tcp::endpoint& endpoint);
  absl::Status listen_at_host();
  void run();
  // On the thread.
  void accept_all();
  void accept(Door& door);
  void add(tcp::socket socket);
  void remove(HttpSession* session);
  void add_feed(tcp::socket socket, std::shared_ptr<HttpStream> stream, std::string head);
  using Sessions = std::vector<std::shared_ptr<HttpSession>>;
  void make_room(Sessions::iterator end);
  void close();

  HttpSite site;
  std::uint16_t port = 0;

  asio::io_context io{1};
  // The thread's alone, once it runs.
  std::list<Door> doors;  // of 127.0.0.1, ::1, and the host
  Sessions sessions;      // as they came
  std::vector<std::shared_ptr<HttpFeed>> feeds;

  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;  // under the mutex
};

error_code HttpServer::Core::listen(const tcp::endpoint& endpoint) {
  error_code error;
  Door& door = doors.emplace_back(io);
  door.acceptor.open(endpoint.protocol(), error);
  if (!error) {
    close_on_exec(door.acceptor.native_handle());
    door.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error && endpoint.address().is_v6()) {
    door.acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) door.acceptor.bind(endpoint, error);
  if (!error) door.acceptor.listen(kBacklog, error);
  if (error) doors.pop_back();
  return error;
}

absl::Status HttpServer::Core::listen() {
  // All addresses of a kind, and one of them, cannot be had both.
  error_code error;
  const auto host = asio::ip::make_address(site.options.host, error);
  const bool is_all = !error && host.is_unspecified();
  const auto first =
      is_all && host.is_v4() ? asio::ip::address_v4::any() : asio::ip::address_v4::loopback();
  error = listen({first, site.options.port});
  if (error) {
    const bool in_use = error == asio::error::address_in_use;
    return absl::UnavailableError(
        "cannot listen at " + first.to_string() + ":" + std::to_string(site.options.port) + ": " +
        error.message() +
        (in_use ? "; another program has the port: give another one, or 0 for any that is free"
                : "; give a port that this user may have"));
  }
  port = doors.front().acceptor.local_endpoint(error).port();
  site.guard = HttpGuard(port, site.options.host);
  // Machines without IPv6 have the first alone, and so has a port that somebody else has there.
  error = listen(
      {is_all && host.is_v6() ? asio::ip::address_v6::any() : asio::ip::address_v6::loopback(),
       port});
  if (is_all && host.is_v6() && error) {
    return absl::UnavailableError("cannot listen at [::]:" + std::to_string(port) + ": " +
                                  error.message() + "; give an address of this machine as host");
  }
  return site.options.host.empty() || is_all ? absl::OkStatus() : listen_at_host();
}

// At each address that the name has, of which this machine must have one.
absl::Status HttpServer::Core::listen_at_host() {
  error_code error;
  const auto found =
      tcp::resolver(io).resolve(site.options.host, std::to_string(port),
                                tcp::resolver::passive | tcp::resolver::numeric_service, error);
  bool listens = false;
  for (const auto& entry : found) {
    const auto address = entry.endpoint().address();
    if (address == asio::ip::address_v4::loopback() ||
        address == asio::ip::address_v6::loopback()) {
      listens = true;  // there already
      continue;
    }
    const error_code failed = listen(entry.endpoint());
    listens |= !failed || failed == asio::error::address_in_use;
    if (failed) error = failed;
  }
  if (listens) return absl::OkStatus();
  return absl::UnavailableError("cannot listen at " + site.options.host + ":" +
                                std::to_string(port) + ": " + error.message() +
                                "; give an address or a name of this machine as host");
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
  for (const auto& feed : std::vector(feeds)) feed->end();
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
    session->start({.over = [this](HttpSession* over) { remove(over); },
                    .idle = [this] { make_room(sessions.end()); },
                    .streams = [this](auto... begun) { add_feed(std::move(begun)...); }});
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

void HttpServer::Core::add_feed(tcp::socket socket, std::shared_ptr<HttpStream> stream,
                                std::string head) {
  auto feed = std::make_shared<HttpFeed>(std::move(socket), std::move(stream), site.options,
                                         weak_from_this());
  feeds.push_back(feed);
  ++site.feeds;
  const auto remove_feed = [this](HttpFeed* over) {
    --site.feeds;
    std::erase_if(feeds, [over](const auto& other) { return other.get() == over; });
  };
  try {
    feed->start(std::move(head), remove_feed);
  } catch (...) {  // no memory
    feed->end();
    throw;
  }
}

void HttpServer::Core::close() {
  error_code ignored;
  for (Door& door : doors) {
    door.acceptor.close(ignored);
    door.pause.cancel();
  }
  for (const auto& session : std::vector(sessions)) session->end();
  for (const auto& feed : std::vector(feeds)) feed->end();
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
  // New threads inherit the mask: signals are for the host's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  HttpWorkers& workers = core_->site.workers;
  try {
    workers.start(core_->site.options.workers, core_);
    thread_ = std::thread([core = core_] {
      pthread_setname_np(pthread_self(), "tb-http");
      core->run();
    });
  } catch (...) {
    workers.stop(Deadline::max());
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
  ended ? thread_.join() : thread_.detach();
  const bool workers_ended = core_->site.workers.stop(last);
  if (ended && workers_ended) return absl::OkStatus();
  return absl::DeadlineExceededError("a thread of the server had not ended in time");
}

}  // namespace v1
}  // namespace tracebus
