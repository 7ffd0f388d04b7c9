// SPDX-License-Identifier: Apache-2.0
//
// Scene: traces as viewers with a line of time draw them: processes, lanes, slices, arrows, totals.
// Private to render.
//
//   process   a service of a trace
//   lane      where spans lie (span_lanes.h), within a process or below another lane
//   slice     a span, with its attributes and what tracebus knows of it
//   arrow     from a span to one on another lane: to its child, or to one that links back to it
//   total     what a trace has cost, and the tokens it took, as its calls ended
#ifndef TRACEBUS_RENDER_SCENE_H_
#define TRACEBUS_RENDER_SCENE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/value_view.h"
#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// Numbers of processes, lanes, arrows and totals count from 1 over all traces.
struct SceneLane {
  std::uint32_t number = 0;
  std::uint32_t process = 0;
  std::uint32_t parent = 0;  // the lane that it hangs below; 0: none
};

struct SceneSlice {
  SceneLane lane;
  std::int64_t begin_ns = 0;
  const TraceSpan& span;
  const std::vector<AttributeView>& attributes;  // each key once
  const std::vector<std::uint64_t>& leaving;     // arrows that begin here
  const std::vector<std::uint64_t>& arriving;    // arrows that end here
};

struct SceneTotal {
  std::uint32_t number = 0;
  std::uint32_t process = 0;
  std::string_view name;  // "cost (USD)" or "tokens"
};

class ScenePainter {
 public:
  ScenePainter() = default;
  ScenePainter(const ScenePainter&) = delete;
  ScenePainter& operator=(const ScenePainter&) = delete;
  virtual ~ScenePainter() = default;

  // Each before what is within it. On one lane the slices nest, and times of begins and ends never
  // fall. Times are nanoseconds since 1970.
  virtual void process(std::uint32_t number, std::string_view name) = 0;
  virtual void lane(const SceneLane& lane, std::string_view name) = 0;
  virtual void begin(const SceneSlice& slice) = 0;
  virtual void instant(const SceneLane& lane, const SpanEventView& event) = 0;
  virtual void end(const SceneLane& lane, std::int64_t time_ns) = 0;
  virtual void total(const SceneTotal& total) = 0;
  virtual void total_at(const SceneTotal& total, std::int64_t time_ns, double value) = 0;
};

// In a time of the order of n log n, n spans.
void paint(std::span<const Trace> traces, ScenePainter& painter);

// The first start of all spans; 0 if there is none.
std::int64_t first_start_ns(std::span<const Trace> traces) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_SCENE_H_
