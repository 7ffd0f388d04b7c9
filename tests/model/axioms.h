// SPDX-License-Identifier: Apache-2.0
//
// The memory model a second time, as axioms: every way of wiring reads to writes is tried, and the
// consistent ones are kept (C++20 [atomics.order], in the words of Lahav et al., "Repairing
// sequential consistency in C/C++11", 2017). It shares nothing with the engine but the names of the
// orders, so the two can judge each other.
//
// As the engine does, it takes modification order and the order of seq_cst operations to agree with
// one order of execution; see model.md, "Not covered".
#ifndef TRACEBUS_TESTS_MODEL_AXIOMS_H_
#define TRACEBUS_TESTS_MODEL_AXIOMS_H_

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tracebus::inline v1::model {

// A plain access is skipped if its thread's last read, if there was one, gave 0: so programs can
// guard their plain value, and not all of them are racy.
enum class Kind : std::uint8_t { kLoad, kStore, kExchange, kFence, kPlainRead, kPlainWrite };

struct Instruction {
  Kind kind;
  std::memory_order order;
  std::uint32_t location;  // of an atom; there is one plain value
  std::uint32_t value;     // stored; distinct within a program, and not 0
};

using Program = std::vector<std::vector<Instruction>>;  // one list a thread

inline constexpr std::uint32_t kLocations = 2;  // both start as 0

struct Verdicts {
  bool racy = false;               // some consistent execution has a data race
  std::set<std::string> outcomes;  // values read, in program order: "0 2 1 "
};

Verdicts judge(const Program& program);
std::string to_text(const Program& program);

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_AXIOMS_H_
