// SPDX-License-Identifier: Apache-2.0
//
// RandomFilter: a filter of any kind, and a naive second opinion on what it matches.
#ifndef TRACEBUS_TESTS_BUS_PROPERTY_FILTER_H_
#define TRACEBUS_TESTS_BUS_PROPERTY_FILTER_H_

#include <functional>

#include "tracebus/core/filter.h"
#include "tracebus/tests/bus/property_event.h"

namespace tracebus::testing {

struct RandomFilter {
  // Whether it matches for a reader with, or without, a grant of content.
  using Opinion = std::function<bool(const EventShape&, bool content)>;

  Filter filter;
  Opinion matches;
};

// with_secret: the filter may ask for content.
RandomFilter random_filter(PropertyRandom& random, bool with_secret, int depth = 2);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_PROPERTY_FILTER_H_
