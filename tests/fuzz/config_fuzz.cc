// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a config file. Nothing is opened by reading one, and what is refused names the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tracebus/config/config_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tracebus;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = parse_config(text, "fuzzed", {});
  if (!config.ok()) {
    require(config.status().message().substr(0, 6) == "fuzzed");
    return 0;
  }
  require(config->sample_rate >= 0 && config->sample_rate <= 1);
  require(validate(config->bus).ok());
  for (const ExporterConfig& exporter : config->exporters) {
    require(exporter.make != nullptr && exporter.make_for_check != nullptr);
    require(validate(exporter.options).ok());
  }
  return 0;
}
