// SPDX-License-Identifier: Apache-2.0
//
// Options as texts of the environment, so that tests can write them there and compare them.
#ifndef TRACEBUS_TESTS_BUS_OPTION_TEXTS_H_
#define TRACEBUS_TESTS_BUS_OPTION_TEXTS_H_

#include <cstddef>
#include <map>
#include <string>

#include "tracebus/bus/options.h"

namespace tracebus::testing {

// "64KiB" where that is exact, else "65537".
std::string bytes_text(std::size_t bytes);

// Variable by variable, as from_env reads them. An empty list of processors is the empty text.
using OptionTexts = std::map<std::string, std::string>;
OptionTexts option_texts(const BusOptions& options);
OptionTexts option_texts(const ExporterOptions& options);

// Holds these variables until destroyed, and no others that from_env reads.
class Environment {
 public:
  explicit Environment(const OptionTexts& texts);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_OPTION_TEXTS_H_
