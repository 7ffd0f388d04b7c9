// SPDX-License-Identifier: Apache-2.0
//
// Makes the names of one span's attributes unique, for the few spans whose names clash.
#ifndef TRACEBUS_EXPORTERS_OTLP_UNIQUE_NAMES_H_
#define TRACEBUS_EXPORTERS_OTLP_UNIQUE_NAMES_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "tracebus/core/record_layout.h"

namespace tracebus {
inline namespace v1 {

struct ToldAttribute {
  RecordAttribute attribute;
  std::string_view own;   // its key
  std::string_view told;  // what the profile calls it; own where it has no other name
};

// Leaves out all but the last attribute with a key. Of the others, one whose key is its name keeps
// it; of those that are renamed alike the first gets the name, and the rest keep their keys.
// Returns how many it left out.
std::size_t make_names_unique(std::vector<ToldAttribute>& attributes);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_UNIQUE_NAMES_H_
