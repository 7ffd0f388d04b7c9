// SPDX-License-Identifier: Apache-2.0
//
// HttpServer: HTTP/1.1 on the loopback interface, on one thread of its own, by Boost.Beast.
//
//   accept --> head --> guard --> room for the body? --> body --> handler --> answer --+
//                ^                                                 |                   |
//                '--------------- the connection is kept ----------|-------------------'
//                                                                  '--> stream, until either end
//                                                                       has enough
//
// The handler is called on that thread, or, where there are workers, on one of them, so that an
// answer that takes long holds up no other, and no stream.
//
// Limits. connections_max connections: when all places are taken, one that is between two requests
// gives way, and where there is none newer ones wait in the system's queue until there is. A head
// of at most 16 KiB within head_timeout, a body of at most body_bytes_max, or what body_limit says
// of its path, within body_timeout, an answer that is taken within answer_timeout; bodies of all
// connections together have bodies_bytes_max, and who finds no room there is told 503 and when to
// come again. Streams have streams_max places of their own, and no end, but each piece has to be
// taken within answer_timeout. Nobody from another machine is answered unless there is a host, and
// no page of another origin (http_call.h).
//
// Thread safety: any thread; shutdown and the destructor one at a time.
#ifndef TRACEBUS_STUDIO_HTTP_SERVER_H_
#define TRACEBUS_STUDIO_HTTP_SERVER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "tracebus/core/exporter.h"
#include "tracebus/studio/http_call.h"

namespace tracebus {
inline namespace v1 {

struct HttpServerOptions {
  std::uint16_t port = 0;  // 0: any that is free
  // An address of this machine, or a name of one, to listen at beside the loopback interface;
  // 0.0.0.0 and :: are all of a kind. Who is served there is for the handler to say.
  std::string host = {};
  std::size_t connections_max = 64;
  std::size_t body_bytes_max = std::size_t{64} << 20;
  HttpBodyLimit body_limit = {};  // at most body_bytes_max; none: that for all paths
  std::size_t bodies_bytes_max = std::size_t{256} << 20;
  std::chrono::milliseconds head_timeout{5'000};
  std::chrono::milliseconds idle_timeout{30'000};  // between two requests
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds answer_timeout{30'000};
  std::size_t workers = 0;  // threads that handlers run on; 0: the server's own
  std::size_t streams_max = 256;
  std::chrono::milliseconds silence{15'000};  // of a stream, until it gives a sign of life
  bool json_errors = false;  // what the server itself refuses is {"error": "..."}, no plain text
};

class HttpServer {
 public:
  // Listens at 127.0.0.1, and at ::1 where there is one, once it is there. Unavailable where the
  // port is in use, or the host is none of this machine; ResourceExhausted without a thread.
  static absl::StatusOr<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                           HttpHandler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // as shutdown, within a second

  std::uint16_t port() const noexcept;
  std::string url() const;  // "http://127.0.0.1:8420"

  // Listens no longer at once, and ends all streams; a call that is being answered has until the
  // deadline. DeadlineExceeded if a thread had not ended by then: it is left behind, and so is the
  // handler.
  absl::Status shutdown(Deadline deadline);

 private:
  struct Core;  // shared with the thread, which may be left behind
  explicit HttpServer(std::shared_ptr<Core> core);

  const std::shared_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_SERVER_H_
