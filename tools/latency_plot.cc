// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/latency_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "tracebus/tools/svg_drawing.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Point = SvgDrawing::Point;
using Anchor = SvgDrawing::Anchor;

constexpr double kWidth = 760;
constexpr double kPanelHeight = 400;
constexpr double kLeft = 76;
constexpr double kRight = 190;
constexpr double kTop = 48;
constexpr double kBottom = 58;
constexpr std::string_view kGrid = "#ddd";

struct Curve {
  const Latencies* latencies;
  std::string_view name;
  SvgDrawing::Pen pen;
};

// A log axis: where a value stands between two ends on the sheet.
class LogAxis {
 public:
  struct Ends {
    double low;
    double high;
  };
  LogAxis(Ends values, Ends places) : values_(values), places_(places) {}

  double place(double value) const {
    const double share = std::log(value / values_.low) / std::log(values_.high / values_.low);
    return places_.low + std::clamp(share, 0.0, 1.0) * (places_.high - places_.low);
  }
  Ends values() const { return values_; }
  bool holds(double value) const {
    constexpr double kRounding = 1e-9;
    return value >= values_.low * (1 - kRounding) && value <= values_.high * (1 + kRounding);
  }
  // 1, 2, 5, 10, 20 ... over a few decades, otherwise 1, 10, 100 ...
  std::vector<double> ticks() const {
    const bool is_wide = values_.high / values_.low > 2000;
    std::vector<double> found;
    const double first = std::pow(10, std::floor(std::log10(values_.low)));
    for (double decade = first; decade <= values_.high * 1.01; decade *= 10) {
      for (const double step : {1.0, 2.0, 5.0}) {
        if (holds(decade * step) && (step == 1 || !is_wide)) found.push_back(decade * step);
      }
    }
    return found;
  }

 private:
  Ends values_;
  Ends places_;
};

double decade_below(double value) { return std::pow(10, std::floor(std::log10(value))); }

std::string time_text(double ns) {
  if (ns < 1e3) return short_number(ns) + " ns";
  if (ns < 1e6) return short_number(ns / 1e3) + " \u00b5s";
  if (ns < 1e9) return short_number(ns / 1e6) + " ms";
  return short_number(ns / 1e9) + " s";
}

class Panel {
 public:
  Panel(SvgDrawing& drawing, double top, const MeasuredSpec& measured)
      : drawing_(drawing), top_(top + kTop), bottom_(top + kPanelHeight - kBottom),
        measured_(measured), curves_{
                                 {{&measured.overhead.empties, "nothing, timed", {"#999999", 1.5}},
                                  {&measured.overhead.without.emits, "without", {"#0072b2", 2}},
                                  {&measured.overhead.with.emits, "with", {"#d55e00", 2}}}} {}

  void draw() {
    drawing_.text({kLeft, top_ - 20}, "Emits beside " + shortened(measured_.spec),
                  {Anchor::kStart, 15, 0});
    if (curves_[1].latencies->empty() && curves_[2].latencies->empty()) {
      drawing_.text({kLeft, top_ + 20}, "nothing was measured", {});
      return;
    }
    const LogAxis x = time_axis();
    const LogAxis y = share_axis();
    draw_axes(x, y);
    for (std::size_t i = 0; i < curves_.size(); ++i) draw_curve(i, x, y);
  }

 private:
  // The end of a path says more than its beginning.
  static std::string shortened(const std::string& spec) {
    constexpr std::size_t kCharactersMax = 70;
    const std::string text = visible_spec(spec);
    if (text.size() <= kCharactersMax) return text;
    return "..." + text.substr(text.size() - kCharactersMax);
  }

  LogAxis time_axis() const {
    double low = 1e18;
    double high = 0;
    for (const Curve& curve : curves_) {
      if (curve.latencies->empty()) continue;
      low = std::min(low, std::max(curve.latencies->min_ns(), 1.0));
      high = std::max(high, curve.latencies->max_ns());
    }
    low = decade_below(low);
    return {{low, std::max(high * 1.1, low * 10)}, {kLeft, kWidth - kRight}};
  }
  // Down to one of all.
  LogAxis share_axis() const {
    double least = 0.1;
    for (const Curve& curve : curves_) {
      if (!curve.latencies->empty()) {
        least = std::min(least, 1 / static_cast<double>(curve.latencies->count()));
      }
    }
    return {{decade_below(least), 1}, {bottom_, top_}};
  }

  void draw_axes(const LogAxis& x, const LogAxis& y) {
    const double right = kWidth - kRight;
    for (const double time : x.ticks()) {
      const double at = x.place(time);
      drawing_.line({{at, top_}, {at, bottom_}}, {kGrid, 1});
      drawing_.text({at, bottom_ + 18}, time_text(time), {Anchor::kMiddle, 12, 0});
    }
    for (double share = 1; y.holds(share); share /= 10) {
      const double at = y.place(share);
      drawing_.line({{kLeft, at}, {right, at}}, {kGrid, 1});
      drawing_.text({kLeft - 6, at + 4}, short_number(share * 100) + " %", {Anchor::kEnd, 12, 0});
    }
    drawing_.line({{kLeft, top_}, {kLeft, bottom_}, {right, bottom_}}, {});
    drawing_.text({(kLeft + right) / 2, bottom_ + 42}, "time of one emit",
                  {Anchor::kMiddle, 12, 0});
    drawing_.text({14, (top_ + bottom_) / 2}, "share of emits that took longer",
                  {Anchor::kMiddle, 12, -90});
  }

  void draw_curve(std::size_t index, const LogAxis& x, const LogAxis& y) {
    const Curve& curve = curves_[index];
    const double legend = top_ + 10 + 40 * static_cast<double>(index);
    const double right = kWidth - kRight;
    drawing_.line({{right + 16, legend}, {right + 34, legend}}, {curve.pen.colour, 3});
    drawing_.text({right + 40, legend + 4}, curve.name, {});
    if (curve.latencies->empty()) return;
    const std::string quantiles = "p50 " + time_of(curve, 0.5) + ", p99 " + time_of(curve, 0.99);
    drawing_.text({right + 40, legend + 19}, quantiles, {Anchor::kStart, 10, 0});
    std::vector<Point> points = {{x.place(curve.latencies->min_ns()), y.place(1)}};
    const auto count = static_cast<double>(curve.latencies->count());
    for (const LatencyHistogram::Step& step : curve.latencies->ticks.steps()) {
      const double at = x.place(curve.latencies->to_ns(step.value));
      const double share = 1 - static_cast<double>(step.count_up_to) / count;
      points.push_back({at, points.back().y});
      points.push_back({at, share > 0 ? y.place(share) : bottom_});
    }
    drawing_.line(points, curve.pen);
  }

  static std::string time_of(const Curve& curve, double share) {
    const double ns = curve.latencies->quantile_ns(share);
    const double scale = std::pow(10, std::floor(std::log10(std::max(ns, 1.0))) - 2);
    return time_text(std::round(ns / scale) * scale);
  }

  SvgDrawing& drawing_;
  const double top_;
  const double bottom_;
  const MeasuredSpec& measured_;
  const std::array<Curve, 3> curves_;
};

}  // namespace

std::string latency_plot(const std::vector<MeasuredSpec>& measured) {
  SvgDrawing drawing(kWidth,
                     kPanelHeight * static_cast<double>(std::max<std::size_t>(1, measured.size())));
  double top = 0;
  for (const MeasuredSpec& one : measured) {
    Panel(drawing, top, one).draw();
    top += kPanelHeight;
  }
  return drawing.to_string();
}

}  // namespace v1
}  // namespace tracebus
