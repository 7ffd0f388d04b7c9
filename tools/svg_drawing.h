// SPDX-License-Identifier: Apache-2.0
//
// SvgDrawing: lines, boxes and texts on a white sheet, as an SVG 1.1 document.
#ifndef TRACEBUS_TOOLS_SVG_DRAWING_H_
#define TRACEBUS_TOOLS_SVG_DRAWING_H_

#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class SvgDrawing {
 public:
  struct Point {
    double x = 0;
    double y = 0;
  };
  struct Pen {
    std::string_view colour = "#333";
    double width = 1;
  };
  enum class Anchor { kStart, kMiddle, kEnd };
  struct Font {
    Anchor anchor = Anchor::kStart;
    int size = 12;
    int rotation = 0;  // degrees, clockwise, around where the text stands
  };

  struct Size {
    double width = 0;
    double height = 0;
  };
  struct Fill {
    std::string_view colour;
    std::string_view title;  // what it says when it is pointed at; escaped as texts are
  };

  SvgDrawing(double width, double height);

  // REQUIRES: at least one point.
  void line(const std::vector<Point>& points, const Pen& pen);
  // from: the corner above to the left.
  void box(Point from, Size size, const Fill& fill);
  // What XML cannot hold, or would move the cursor, is escaped as on a terminal (see visible).
  void text(Point at, std::string_view text, const Font& font);

  std::string to_string() const;

 private:
  std::string body_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SVG_DRAWING_H_
