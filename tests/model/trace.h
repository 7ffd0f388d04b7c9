// SPDX-License-Identifier: Apache-2.0
//
// Trace: the operations of one execution in the order in which they ran, for people to read.
#ifndef TRACEBUS_TESTS_MODEL_TRACE_H_
#define TRACEBUS_TESTS_MODEL_TRACE_H_

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "tracebus/tests/model/site.h"
#include "tracebus/tests/model/view.h"

namespace tracebus::inline v1::model {

struct Step {
  ThreadId thread;
  Operation operation;
  std::memory_order order;
  std::source_location location;
  AtomId atom;          // of no meaning for a fence
  StoreIndex index;     // the store that was read, or made
  StoreIndex last;      // the newest store at that time
  std::uint64_t bits;   // the value read, or stored
};

// One line a step:
//   7 consumer  load acquire    #0 = 16 (store 1 of 2: stale)   ring.h:98 poll_end
std::string to_text(const std::vector<Step>& steps, const std::vector<std::string>& thread_names);

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_TRACE_H_
