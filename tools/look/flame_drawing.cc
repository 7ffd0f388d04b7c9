// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/flame_drawing.h"

#include <algorithm>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/tools/svg_drawing.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kWidth = 1200;
constexpr double kMargin = 10;
constexpr double kRow = 18;
constexpr double kTop = 36;     // title
constexpr double kBottom = 26;  // what was left out
constexpr double kLetter = 7;   // about the width of one, at kFontSize
constexpr double kBoxMin = 0.1;
constexpr int kFontSize = 12;

// Warm, and the same for the same name.
std::string colour_of(std::string_view name) {
  std::uint64_t hash = kHashFirst;
  for (const char c : name) hash = fold_words(hash ^ static_cast<unsigned char>(c), kHashSecond);
  const auto part = [&](unsigned shift, std::uint64_t from, std::uint64_t to) {
    return std::to_string(from + (hash >> shift) % (to - from));
  };
  return "rgb(" + part(0, 205, 255) + "," + part(16, 110, 220) + "," + part(32, 60, 110) + ")";
}

class Painter {
 public:
  Painter(const FlameTree& tree, const std::function<std::string(std::int64_t)>& amount)
      : tree_(tree), amount_(amount), left_(tree.nodes().size()) {
    for (const FlameNode& node : tree.nodes()) {
      height_ = std::max(height_, (node.depth + 1) * kRow);
    }
    height_ += kTop + kBottom;
  }

  std::string draw(std::string_view title) {
    SvgDrawing drawing(kWidth, height_);
    const std::vector<FlameNode>& nodes = tree_.nodes();
    drawing.text({kWidth / 2, 24}, title, {SvgDrawing::Anchor::kMiddle, 15});
    std::size_t hidden = 0;
    left_[0] = kMargin;
    for (std::uint32_t at = 0; at < nodes.size(); ++at) {
      double left = left_[at];
      for (const std::uint32_t child : nodes[at].children) {
        left_[child] = left;
        left += width_of(nodes[child]);
      }
      if (width_of(nodes[at]) < kBoxMin) {
        ++hidden;
      } else {
        draw_box(drawing, at);
      }
    }
    if (hidden != 0) {
      drawing.text({kMargin, height_ - 8}, grouped(hidden) + " boxes are too narrow to be drawn",
                   {});
    }
    return drawing.to_string();
  }

 private:
  double share_of(const FlameNode& node) const noexcept {
    const std::int64_t all = tree_.nodes().front().total;
    return all == 0 ? 0 : static_cast<double>(node.total) / static_cast<double>(all);
  }
  double width_of(const FlameNode& node) const noexcept {
    return share_of(node) * (kWidth - 2 * kMargin);
  }
  void draw_box(SvgDrawing& drawing, std::uint32_t at) const {
    const FlameNode& node = tree_.nodes()[at];
    const double y = height_ - kBottom - (node.depth + 1) * kRow;
    const double width = width_of(node);
    const std::string colour = at == 0 ? std::string("#ddd") : colour_of(node.name);
    const std::string share = fixed(100 * share_of(node), 1) + " %";
    drawing.box({left_[at], y}, {std::max(width - 0.5, kBoxMin), kRow - 1},
                {colour, node.name + " (" + amount_(node.total) + ", " + share + ")"});
    const auto letters = static_cast<std::size_t>(std::max(width - 6, 0.0) / kLetter);
    if (letters < 3) return;
    std::string name;
    append_cut_visible(name, node.name, letters);
    drawing.text({left_[at] + 3, y + 13}, name, {SvgDrawing::Anchor::kStart, kFontSize});
  }

  const FlameTree& tree_;
  const std::function<std::string(std::int64_t)>& amount_;
  std::vector<double> left_;  // by node
  double height_ = 0;
};

}  // namespace

std::string flame_drawing(const FlameTree& tree, std::string_view title,
                          const std::function<std::string(std::int64_t)>& amount) {
  return Painter(tree, amount).draw(title);
}

}  // namespace v1
}  // namespace tracebus
