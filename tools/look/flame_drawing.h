// SPDX-License-Identifier: Apache-2.0
//
// A flame graph as an SVG document of our own drawing: a box a way, as wide as its share, children
// above their parents, the largest to the left. Each box says its name, amount and share when it
// is pointed at. Without scripts.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_FLAME_DRAWING_H_
#define TRACEBUS_TOOLS_LOOK_FLAME_DRAWING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tracebus/tools/look/flame_tree.h"

namespace tracebus {
inline namespace v1 {

// amount: how the numbers of the tree are told. Boxes narrower than a tenth of a unit are left out,
// and the drawing says how many.
std::string flame_drawing(const FlameTree& tree, std::string_view title,
                          const std::function<std::string(std::int64_t)>& amount);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_FLAME_DRAWING_H_
