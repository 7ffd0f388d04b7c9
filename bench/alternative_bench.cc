// SPDX-License-Identifier: Apache-2.0
//
// Designs that lost against the bus's own, with the same event and the same four callbacks by type:
//
//   tracebus                    one ring a producer, merged by time, the dispatcher stays away
//   rings_unmerged              the same rings, emptied one after another
//   rings_polled_hot            the same, and the consumer looks again and again once they are dry
//   one_ring_add                one ring for all producers, who claim slots by an atomic addition
//   one_ring_compare_and_swap   the same, by compare-and-swap
//
// Emit and Deliver are those of peer_bench.cc.
#include "tracebus/bench/alternatives/claimed_ring.h"
#include "tracebus/bench/alternatives/unmerged_rings.h"
#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/peers/consumed.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/rig.h"

namespace tracebus::bench {
namespace {

template <class Rig>
void compare(const std::string& name) {
  benchmark::RegisterBenchmark(("Emit/" + name).c_str(), emit_cost<Rig>)->UseRealTime();
  benchmark::RegisterBenchmark(("Deliver/" + name).c_str(), delivery<Rig, 500'000>)
      ->Apply(sweep_producers)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void compare_all() {
  compare<BusRig<Way::kProducer>>("tracebus");
  compare<Consumed<UnmergedRings>>("rings_unmerged");
  compare<Consumed<UnmergedRings, PollHot>>("rings_polled_hot");
  compare<Consumed<ClaimedRing<Claim::kAdd>>>("one_ring_add");
  compare<Consumed<ClaimedRing<Claim::kCompareAndSwap>>>("one_ring_compare_and_swap");
}

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  tracebus::bench::compare_all();
  return tracebus::bench::run_with_ratios(argc, argv, "Emit/tracebus/real_time", 3);
}
