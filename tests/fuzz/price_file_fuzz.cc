// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a price table. What is read is in range, and what is refused names the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tracebus/trace/price_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tracebus;
  const auto table = parse_prices({reinterpret_cast<const char*>(data), size}, "fuzzed");
  if (!table.ok()) {
    require(table.status().message().substr(0, 6) == "fuzzed");
    return 0;
  }
  const ModelPrice* const price = table->find("gpt-4o");
  if (price != nullptr) {
    require(price->input >= 0 && price->input <= kPricePicoDollarsMax);
    require(!cost_of({.input = 1000, .output = 1000}, *price).saturated);
  }
  return 0;
}
