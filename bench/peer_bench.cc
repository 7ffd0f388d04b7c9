// SPDX-License-Identifier: Apache-2.0
//
// The bus against what else there is, with the same event, the same four callbacks by type and, but
// for spdlog, which has a thread of its own, the same consumer: it stays away for 10 us once dry.
//
//   Emit/<who>          what an emit costs its thread, one producer, while the consumer keeps up
//   Deliver/<who>/P     from P producers that do not pause, in total
//
// Only the bus merges the events of all producers by time; the others deliver in any order.
#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/peers/boost_spsc_queue.h"
#include "tracebus/bench/peers/consumed.h"
#include "tracebus/bench/peers/moodycamel_queue.h"
#include "tracebus/bench/peers/mutex_queue.h"
#include "tracebus/bench/peers/spdlog_rig.h"
#include "tracebus/bench/peers/tbb_queue.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/rig.h"

namespace tracebus::bench {
namespace {

template <class Rig, std::int64_t kEvents = 6'000'000>
void compare(const std::string& name) {
  benchmark::RegisterBenchmark(("Emit/" + name).c_str(), emit_cost<Rig>)->UseRealTime();
  benchmark::RegisterBenchmark(("Deliver/" + name).c_str(), delivery<Rig, kEvents>)
      ->Apply(sweep_producers)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void compare_all() {
  compare<BusRig<Way::kProducer>>("tracebus_producer");
  compare<BusRig<Way::kBus>>("tracebus_bus");
  compare<Consumed<MoodycamelQueue>>("moodycamel_token");
  compare<Consumed<BoostSpscQueue>>("boost_spsc_each");
  compare<Consumed<TbbQueue>, 400'000>("tbb_bounded");
  compare<Consumed<MutexQueue>, 400'000>("mutex_deque");
  compare<SpdlogRig, 100'000>("spdlog_async");
}

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  tracebus::bench::compare_all();
  return tracebus::bench::run_with_ratios(argc, argv, "Emit/tracebus_bus/real_time", 3);
}
