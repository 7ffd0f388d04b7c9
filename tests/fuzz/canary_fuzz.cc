// SPDX-License-Identifier: Apache-2.0
//
// Must crash, and not by chance: only a fuzzer that sees which branches an input takes gets to the
// last of these in a second. So whoever builds the targets without that finds it out here.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr char kWanted[] = "tracebus";
  for (std::size_t i = 0; i < sizeof kWanted - 1; ++i) {
    if (size <= i || data[i] != static_cast<std::uint8_t>(kWanted[i])) return 0;
  }
  std::abort();
}
