// SPDX-License-Identifier: Apache-2.0
//
// FaultScript: an exporter's life over a file system with faults, and what its files hold after it.
//
// A file holds two events and half of a third. The exporter opens it, exports six batches of five
// events, with a flush after every second one. Then the disk is well again, and there is one more
// batch, a flush and a shutdown, which must succeed; or else the power fails.
// Oracle: the files, read back by the real reader. It knows every event by its whole line.
#ifndef TRACEBUS_TESTS_EXPORTERS_FAULT_SCRIPT_H_
#define TRACEBUS_TESTS_EXPORTERS_FAULT_SCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/file_kinds.h"

namespace tracebus::testing {

enum class Ending { kDiskIsWell, kPowerLoss };

struct FaultScript {
  FileKind kind;
  BatchFileOptions options;
  std::vector<Fault> faults;
  Ending ending = Ending::kDiskIsWell;
};

struct ScriptOutcome {
  bool has_struck = false;             // every fault found its call
  std::uint64_t failed = 0;            // events the exporter answered for so, by the faults
  std::vector<std::string> delivered;  // lines: what was there before, and was not answered failed
  std::size_t flushed = 0;             // of delivered, before the last flush that was OK
  std::vector<std::string> found;      // in all files; files in the order of their first event
  std::uint64_t bad_parts = 0;         // that the reader skipped
};

ScriptOutcome run_script(const FaultScript& script);

// Everything delivered is there, once, whole and in order; nothing else.
void expect_exact(const ScriptOutcome& outcome);
// After a power loss: what was flushed is there, once, whole and in order; beyond it there may be
// more of what was delivered, and nothing else.
void expect_flushed(const ScriptOutcome& outcome);
// The same, but there may also be events that were answered failed, in their places: of a disk that
// stays broken, what has reached it cannot be taken back.
void expect_flushed_at_least(const ScriptOutcome& outcome);

// How exporters are configured: every FileSync, with rotation and without.
std::vector<BatchFileOptions> all_options();

// Runs the script with its first fault at call 1, 2, 3, ... of those that it strikes, until a run
// makes fewer; stops at the first failure. Where a second fault follows, that one likewise goes
// through its calls for each call of the first.
void for_each_call(const FaultScript& script,
                   const std::function<void(const ScriptOutcome&)>& check);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_FAULT_SCRIPT_H_
