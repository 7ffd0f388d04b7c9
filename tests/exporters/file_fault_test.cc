// SPDX-License-Identifier: Apache-2.0
//
// G16: a full disk, an I/O error, an interrupted call, a short write, no descriptor left, and an
// fsync that fails never lose what was durable, and the account stays exact. Every call of the
// script (fault_script.h) fails in turn, for every exporter that writes files.
#include <gtest/gtest.h>

#include "tracebus/tests/exporters/fault_script.h"

namespace tracebus::testing {
namespace {

class G16_FileFaults : public ::testing::TestWithParam<FileKind> {
 protected:
  using Accept = bool (*)(const BatchFileOptions&);

  static bool all(const BatchFileOptions&) { return true; }
  static bool rotates(const BatchFileOptions& options) { return options.rotate_bytes_max != 0; }
  static bool syncs(const BatchFileOptions& options) { return options.sync != FileSync::kNever; }

  template <class Check>
  void strike(const Fault& fault, Accept accept, Check check) const {
    for (const BatchFileOptions& options : all_options()) {
      if (!accept(options) || HasFailure()) continue;
      for_each_call({.kind = GetParam(), .options = options, .faults = {fault}}, check);
    }
  }
};

void expect_nothing_lost(const ScriptOutcome& outcome) {
  expect_exact(outcome);
  EXPECT_EQ(outcome.failed, 0u);
}

TEST_P(G16_FileFaults, NoFaultLosesNothing) {
  for (const BatchFileOptions& options : all_options()) {
    expect_nothing_lost(run_script({.kind = GetParam(), .options = options, .faults = {}}));
  }
}

TEST_P(G16_FileFaults, AnyOneCallMayFail) {
  for (const int error : {EIO, ENOSPC, EMFILE}) strike({.error = error}, all, expect_exact);
}

TEST_P(G16_FileFaults, AnyOneCallMayFailAfterAShortWrite) {
  strike({.error = ENOSPC, .is_short_write = true}, all, expect_exact);
}

TEST_P(G16_FileFaults, DiskThatStaysBrokenLosesNothingThatWasDelivered) {
  for (const int error : {EIO, ENOSPC}) {
    strike({.error = error, .is_lasting = true}, all, expect_exact);
  }
}

TEST_P(G16_FileFaults, DiskThatStaysFullLosesNothingThatWasDelivered) {
  for (const bool is_short : {false, true}) {
    strike({.call = Call::kWrite, .error = ENOSPC, .is_lasting = true, .is_short_write = is_short},
           all, expect_exact);
  }
}

TEST_P(G16_FileFaults, InterruptedCallsAndShortWritesCostNoEvent) {
  strike({.error = EINTR}, all, expect_nothing_lost);
  for (const bool is_lasting : {false, true}) {
    strike({.call = Call::kWrite, .error = 0, .is_lasting = is_lasting, .is_short_write = true},
           all, expect_nothing_lost);
  }
}

TEST_P(G16_FileFaults, FilesThatCannotBeOpenedCostNoEvent) {
  for (const bool is_lasting : {false, true}) {
    strike({.call = Call::kOpen, .error = EMFILE, .is_lasting = is_lasting}, all,
           expect_nothing_lost);
  }
}

TEST_P(G16_FileFaults, FilesThatCannotBeRenamedCostNoEvent) {
  for (const bool is_lasting : {false, true}) {
    strike({.call = Call::kRename, .error = EACCES, .is_lasting = is_lasting}, rotates,
           expect_nothing_lost);
  }
}

// The disk has lost what was not on it: nothing can be read back from that file.
TEST_P(G16_FileFaults, FsyncThatFailsOnceCostsNoEvent) {
  for (const Loss loss : {Loss::kNothing, Loss::kHole, Loss::kCutOff}) {
    strike({.call = Call::kSync, .loss = loss}, syncs, expect_nothing_lost);
  }
}

TEST_P(G16_FileFaults, FsyncThatFailsForGoodLosesNothingThatWasDelivered) {
  for (const Loss loss : {Loss::kNothing, Loss::kHole, Loss::kCutOff}) {
    strike({.call = Call::kSync, .is_lasting = true, .loss = loss}, syncs, expect_exact);
  }
}

TEST_P(G16_FileFaults, PowerLossAfterAnyFaultLosesNothingThatWasFlushed) {
  for (const bool is_lasting : {false, true}) {
    const Fault fault = {.error = EIO, .is_lasting = is_lasting, .loss = Loss::kHole};
    for (const BatchFileOptions& options : all_options()) {
      if (!syncs(options) || HasFailure()) continue;
      for_each_call({GetParam(), options, {fault}, Ending::kPowerLoss},
                    is_lasting ? expect_flushed_at_least : expect_flushed);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, G16_FileFaults, ::testing::ValuesIn(file_kinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace tracebus::testing
