// SPDX-License-Identifier: Apache-2.0
//
// LTTng-UST against the bus, as in peer_bench.cc. It has a program of its own, because its library
// runs threads in every program it is linked to. Its events go to the buffers of a consumer
// daemon, which writes them to memory and decodes nothing; a full buffer makes the emit wait.
//
//   Emit/lttng_ust, Emit/tracebus_bus     what an emit costs its thread
//   Deliver/lttng_ust/P                   from P producers, up to the last emit's return
//
// The program starts the session daemon, then itself again. Where the daemon does not start it says
// so and measures nothing.
#include <stdlib.h>

#include <cstdio>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/peers/lttng_session.h"
#include "tracebus/bench/peers/lttng_tracepoint.inc"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/rig.h"

namespace tracebus::bench {
namespace {

class LttngRig {
 public:
  explicit LttngRig(std::size_t) {}

  class Producer {
   public:
    Producer(LttngRig&, std::size_t) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      lttng_ust_tracepoint(tracebus_bench, comparison, type.number(), &event, tokens);
    }
  };

  // Emits that return have their event in a buffer that is not lost.
  bool finish(std::uint64_t) { return true; }
};

bool enabled_in_time() {
  for (int poll = 0; poll < 100; ++poll) {
    if (lttng_ust_tracepoint_enabled(tracebus_bench, comparison)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

int measure(int argc, char** argv) {
  if (!enabled_in_time()) {
    std::printf("lttng_bench: not measured: the session does not reach this program\n");
    return 0;
  }
  benchmark::RegisterBenchmark("Emit/tracebus_bus", emit_cost<BusRig<Way::kBus>>)->UseRealTime();
  benchmark::RegisterBenchmark("Emit/lttng_ust", emit_cost<LttngRig>)->UseRealTime();
  benchmark::RegisterBenchmark("Deliver/lttng_ust", delivery<LttngRig, 400'000>)
      ->Apply(sweep_producers)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
  return run_with_ratios(argc, argv, "Emit/tracebus_bus/real_time", 3);
}

int measure_in_session(int argc, char** argv) {
  const auto session = LttngSession::start();
  if (!session.ok()) {
    std::printf("lttng_bench: not measured: %s\n", std::string(session.status().message()).c_str());
    return 0;
  }
  setenv(LttngSession::kBlockingVariable, "1", 1);
  std::vector<std::string> command(argv, argv + argc);
  command[0] = "/proc/self/exe";
  return wait_for_program(start_program(command, false));
}

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  using tracebus::bench::LttngSession;
  const bool inside = getenv(LttngSession::kBlockingVariable) != nullptr;
  return inside ? tracebus::bench::measure(argc, argv)
                : tracebus::bench::measure_in_session(argc, argv);
}
