// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bench/comparison_event.h"

namespace tracebus::bench {

const ComparisonEvent& comparison_event() {
  static const ComparisonEvent event = [] {
    ComparisonEvent made;
    fill_random(&made.ids, sizeof made.ids);
    return made;
  }();
  return event;
}

}  // namespace tracebus::bench
