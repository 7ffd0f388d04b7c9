// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/svg_drawing.h"

#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string_view name_of(SvgDrawing::Anchor anchor) {
  switch (anchor) {
    case SvgDrawing::Anchor::kMiddle:
      return "middle";
    case SvgDrawing::Anchor::kEnd:
      return "end";
    default:
      return "start";
  }
}

// XML 1.0, sections 2.2 and 2.4. The text is made visible first: that leaves no control character
// and no invalid UTF-8.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string number(double value) { return fixed(value, 1); }

}  // namespace

SvgDrawing::SvgDrawing(double width, double height) {
  body_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
          number(height) + "\" viewBox=\"0 0 " + number(width) + " " + number(height) +
          "\" font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
}

void SvgDrawing::line(const std::vector<Point>& points, const Pen& pen) {
  body_.append("<path d=\"");
  char command = 'M';
  for (const Point& point : points) {
    body_.append(1, command).append(number(point.x)).append(" ").append(number(point.y));
    command = 'L';
  }
  body_.append("\" fill=\"none\" stroke=\"").append(pen.colour);
  body_.append("\" stroke-width=\"").append(number(pen.width)).append("\"/>\n");
}

void SvgDrawing::box(Point from, Size size, const Fill& fill) {
  body_.append("<rect x=\"").append(number(from.x)).append("\" y=\"").append(number(from.y));
  body_.append("\" width=\"").append(number(size.width));
  body_.append("\" height=\"").append(number(size.height));
  body_.append("\" fill=\"").append(fill.colour).append("\"><title>");
  body_.append(escaped(fill.title)).append("</title></rect>\n");
}

void SvgDrawing::text(Point at, std::string_view text, const Font& font) {
  const std::string place = number(at.x) + " " + number(at.y);
  body_.append("<text x=\"").append(number(at.x)).append("\" y=\"").append(number(at.y));
  body_.append("\" font-size=\"").append(std::to_string(font.size));
  body_.append("\" text-anchor=\"").append(name_of(font.anchor)).append("\"");
  if (font.rotation != 0) {
    const std::string degrees = std::to_string(font.rotation);
    body_.append(" transform=\"rotate(").append(degrees + " " + place).append(")\"");
  }
  body_.append(">").append(escaped(text)).append("</text>\n");
}

std::string SvgDrawing::to_string() const { return body_ + "</svg>\n"; }

}  // namespace v1
}  // namespace tracebus
