// SPDX-License-Identifier: Apache-2.0
//
// G16, the long form: a second call fails at any time after the first.
#include <gtest/gtest.h>

#include "tracebus/tests/exporters/fault_script.h"

namespace tracebus::testing {
namespace {

class G16_FileFaultPairs : public ::testing::TestWithParam<FileKind> {
 protected:
  template <class Check>
  void strike(const Fault& first, const Fault& second, Check check,
              Ending ending = Ending::kDiskIsWell) const {
    for (const BatchFileOptions& options : all_options()) {
      const bool never = options.sync == FileSync::kNever && first.call == Call::kSync;
      if (never || HasFailure()) continue;
      for_each_call({GetParam(), options, {first, second}, ending}, check);
    }
  }
};

TEST_P(G16_FileFaultPairs, AnyCallMayFailAfterAFailedFsync) {
  for (const Loss loss : {Loss::kNothing, Loss::kHole}) {
    for (const bool is_lasting : {false, true}) {
      strike({.call = Call::kSync, .loss = loss}, {.error = EIO, .is_lasting = is_lasting},
             expect_exact);
    }
  }
}

// The batch that is written again is torn: what was answered failed must not stay in the new file.
TEST_P(G16_FileFaultPairs, AnyWriteMayBeTornAfterAFailedFsync) {
  strike({.call = Call::kSync}, {.call = Call::kWrite, .error = ENOSPC, .is_short_write = true},
         expect_exact);
}

TEST_P(G16_FileFaultPairs, AnyCallMayFailAfterATornWrite) {
  strike({.call = Call::kWrite, .error = ENOSPC, .is_short_write = true}, {.error = EIO},
         expect_exact);
}

TEST_P(G16_FileFaultPairs, AnyTwoCallsMayFail) {
  strike({.error = EIO}, {.error = ENOSPC}, expect_exact);
}

TEST_P(G16_FileFaultPairs, PowerLossAfterAFailedFsyncAndAnotherFault) {
  strike({.call = Call::kSync, .loss = Loss::kHole}, {.error = EIO, .is_lasting = true},
         expect_flushed_at_least, Ending::kPowerLoss);
}

INSTANTIATE_TEST_SUITE_P(Files, G16_FileFaultPairs, ::testing::ValuesIn(file_kinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace tracebus::testing
