// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/timeline.h"

#include <algorithm>

#include "tracebus/render/filled_line.h"
#include "tracebus/render/known_times.h"
#include "tracebus/render/text_parts.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Nanoseconds after the first start, which may be as many as 64 bits have.
std::uint64_t after(std::int64_t time_ns, std::int64_t first_ns) noexcept {
  return static_cast<std::uint64_t>(time_ns) - static_cast<std::uint64_t>(first_ns);
}

class Bars {
 public:
  Bars(const Trace& trace, std::size_t width)
      : first_ns_(trace.start_ns()), total_(after(trace.end_ns(), first_ns_)),
        width_(std::max<std::size_t>(width, 1)) {}

  void append(std::string& out, std::int64_t start_ns, std::int64_t end_ns) const {
    const std::size_t start = position(start_ns);
    const std::size_t end = std::max(position(end_ns), start + 1);
    out += '|';
    out.append(start, ' ');
    out.append(end - start, '=');
    out += '|';
  }

 private:
  std::size_t position(std::int64_t time_ns) const noexcept {
    if (total_ == 0) return 0;
    const auto offset = static_cast<unsigned __int128>(after(time_ns, first_ns_));
    return static_cast<std::size_t>(offset * width_ / total_);
  }

  const std::int64_t first_ns_;
  const std::uint64_t total_;
  const std::size_t width_;
};

char icon_of(const TraceSpan& span) noexcept {
  if (span.status() == SpanStatus::kOk) return '+';
  return span.status() == SpanStatus::kFailed ? 'x' : '?';
}

}  // namespace

std::string to_timeline(const Trace& trace, const TimelineOptions& options) {
  if (trace.empty()) return "Empty trace";
  const TraceTree tree = trace.get_span_tree();
  const KnownTimes times(tree);
  const Bars bars(trace, options.width);
  std::string out;
  if (trace.get_root_span() == nullptr) out += "No root span";
  for (std::size_t i = 0; i < tree.nodes().size(); ++i) {
    const TraceNode& node = tree.nodes()[i];
    const TraceSpan& span = tree.span_of(node);
    const std::size_t indent = options.indent * std::min(node.depth, options.depth_max);
    if (!out.empty()) out += '\n';
    std::string head(indent, ' ');
    head += icon_of(span);
    head += ' ';
    append_cut_visible(head, span.name(), options.name_max);
    if (const auto duration = times.duration_ns(i)) {
      head += " [";
      append_milliseconds(head, *duration);
      head += "ms]";
    }
    std::string notes;
    append_oddities(notes, span, node.place);
    if (node.depth > options.depth_max) notes += " [depth " + std::to_string(node.depth) + "]";
    FilledLine line(out, options.line_max, std::string(indent + 2, ' '));
    line.add(head, 0);
    if (!notes.empty()) line.add(std::string_view(notes).substr(1), 1);
    out += '\n';
    out.append(indent + 1, ' ');
    bars.append(out, span.start_ns(), times.end_ns(i));
  }
  return out;
}

}  // namespace v1
}  // namespace tracebus
