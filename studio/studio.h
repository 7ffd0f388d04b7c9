// SPDX-License-Identifier: Apache-2.0
//
// Studio: a page in the browser that shows what the agents on a bus do, and what they did.
//
//   tracebus::TraceEventBus bus;
//   tracebus::Studio studio(bus, {.port = 8420});
//   std::cout << studio.url() << "\n";     // http://127.0.0.1:8420/
//
// It keeps the events of the bus, and of files, in memory (trace_store.h), and answers over HTTP
// what api.md says. Only this machine is answered, unless a host is given, and then only by who has
// the token of url(). Agents in other processes and languages send OTLP to it.
//
// Emitting costs what an exporter's queue costs: events are read, kept and encoded on a thread of
// their own. What the queue has no room for is counted as dropped by the subscription "studio".
//
// Thread safety: any thread; shutdown and the destructor one at a time.
#ifndef TRACEBUS_STUDIO_STUDIO_H_
#define TRACEBUS_STUDIO_STUDIO_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/exporter.h"
#include "tracebus/studio/file_loading.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::uint16_t kStudioPort = 8420;

struct StudioOptions {
  std::uint16_t port = kStudioPort;  // 0: any that is free
  // Another address of this machine, or a name of it, that Studio has beside localhost. With one
  // the API is for those who have the token.
  std::string host = {};
  // Where others send OTLP, on the loopback interface; 0: any that is free; none: they may send it
  // to Studio's own port. One that is in use is no error (otlp_status).
  std::optional<std::uint16_t> otlp_port = 4318;
  std::vector<std::string> files = {};           // come in while Studio is already there
  bool follow = false;                           // the last of them, as it grows
  std::size_t bytes_max = std::size_t{1} << 30;  // of events in memory
  std::string bytes_max_name = "bytes_max";      // as a user sets it, for messages
  std::optional<double> budget_usd = {};         // that is shown beside what was spent
  // Whether messages, arguments of tools and the like are kept and shown.
  bool content = false;
  std::size_t queue_bytes_max = std::size_t{64} << 20;  // between the bus and the store
  std::size_t streams_max = 256;                        // clients that watch at a time
};

class StudioSite;
class HttpServer;

class Studio {
 public:
  // As start; if that fails, status() says why, and nothing else is there.
  explicit Studio(TraceEventBus& bus, const StudioOptions& options = {});
  // Unavailable where the port is in use, or the host is none of this machine; InvalidArgument for
  // options that make no sense; FailedPrecondition for a bus that was shut down; ResourceExhausted
  // without memory or a thread. REQUIRES: the bus outlives Studio.
  static absl::StatusOr<std::unique_ptr<Studio>> start(TraceEventBus& bus,
                                                       const StudioOptions& options = {});
  Studio(const Studio&) = delete;
  Studio& operator=(const Studio&) = delete;
  ~Studio();  // as shutdown, within two seconds

  absl::Status status() const { return status_; }
  // "http://127.0.0.1:8420/"; with a host its name, and the token as the fragment, which browsers
  // send nowhere. Empty without a server.
  std::string url() const;
  std::uint16_t port() const noexcept;
  const TraceStore& store() const;  // REQUIRES: status() is OK
  // How far the files are; REQUIRES: status() is OK.
  std::vector<FileProgress> files() const;
  // OK if OTLP is taken at otlp_url(), or was not asked for; else why not, and what to do.
  absl::Status otlp_status() const;
  std::string otlp_url() const;  // empty: there is none

  // Ends all answers and streams, and leaves the bus. DeadlineExceeded if some thread had not ended
  // by then: it is left behind, with what it needs.
  absl::Status shutdown(Deadline deadline);

 private:
  absl::Status start_all(TraceEventBus& bus, const StudioOptions& options);

  TraceEventBus& bus_;
  absl::Status status_;
  std::shared_ptr<StudioSite> site_;
  std::unique_ptr<HttpServer> server_;
  SubscriptionId subscription_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_STUDIO_H_
