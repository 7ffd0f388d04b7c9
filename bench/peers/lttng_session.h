// SPDX-License-Identifier: Apache-2.0
//
// LttngSession: a session daemon of LTTng with one session that records the tracepoints of this
// program, blocking when its buffers are full, into few files in memory that it writes over.
//
// LTTng's library looks for the daemon before main. So the program that measures has to be started
// once the session is there, with kBlockingVariable set: see lttng_bench.cc.
#ifndef TRACEBUS_BENCH_PEERS_LTTNG_SESSION_H_
#define TRACEBUS_BENCH_PEERS_LTTNG_SESSION_H_

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace tracebus::bench {

class LttngSession {
 public:
  // Without it LTTng's library drops events rather than wait, whatever the channel says.
  static constexpr const char* kBlockingVariable = "LTTNG_UST_ALLOW_BLOCKING";

  // Unavailable says why there is none: no daemon installed, or one that does not start here.
  static absl::StatusOr<std::unique_ptr<LttngSession>> start();
  // Ends the session, and the daemon if it was started here.
  ~LttngSession();
  LttngSession(const LttngSession&) = delete;
  LttngSession& operator=(const LttngSession&) = delete;

 private:
  LttngSession() = default;
  absl::Status start_daemon();
  absl::Status create();
  bool lttng(const std::vector<std::string>& arguments) const;

  std::string folder_;
  pid_t daemon_ = -1;
  bool created_ = false;
};

// Starts a program, which ends when this one does. Its output is dropped if silent. -1: it could
// not be started.
pid_t start_program(const std::vector<std::string>& command, bool silent);
// Waits for its end, and returns its exit status; 128 for any other end.
int wait_for_program(pid_t program);

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_LTTNG_SESSION_H_
