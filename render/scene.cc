// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/scene.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "tracebus/render/services.h"
#include "tracebus/render/span_json.h"
#include "tracebus/render/span_lanes.h"
#include "tracebus/render/text_parts.h"

namespace tracebus {
inline namespace v1 {
namespace {

// A trace, and where its numbers begin.
struct Placed {
  Placed(const Trace& of, std::uint32_t processes, std::uint32_t number_of_lanes)
      : trace(of), tree(of.get_span_tree()), services(trace, tree), lanes(tree, services),
        processes_before(processes), lanes_before(number_of_lanes) {}

  SceneLane lane(std::uint32_t number) const {
    const SpanLane& lane = lanes.lanes()[number];
    return {lanes_before + number + 1,
            processes_before + static_cast<std::uint32_t>(lane.service) + 1,
            lane.parent == SpanLane::kNone ? 0 : lanes_before + lane.parent + 1};
  }

  const Trace& trace;
  const TraceTree tree;
  const Services services;
  const SpanLanes lanes;
  const std::uint32_t processes_before;
  const std::uint32_t lanes_before;
};

class Scene {
 public:
  Scene(std::span<const Trace> traces, ScenePainter& painter) : painter_(painter) {
    std::uint32_t processes = 0;
    std::uint32_t lanes = 0;
    for (const Trace& trace : traces) {
      placed_.push_back(std::make_unique<Placed>(trace, processes, lanes));
      processes += static_cast<std::uint32_t>(placed_.back()->services.names().size());
      lanes += static_cast<std::uint32_t>(placed_.back()->lanes.lanes().size());
    }
    for (std::size_t i = 0; i < placed_.size(); ++i) add_arrows_to_children(i);
    add_arrows_of_links();
  }

  void paint() {
    for (std::size_t i = 0; i < placed_.size(); ++i) {
      paint_processes(*placed_[i]);
      for (std::uint32_t lane = 0; lane < placed_[i]->lanes.lanes().size(); ++lane) {
        paint_lane(i, lane);
      }
      paint_totals(*placed_[i]);
    }
  }

 private:
  // A span of all traces.
  struct Place {
    std::size_t trace = 0;
    std::size_t node = 0;
    bool operator==(const Place&) const noexcept = default;
  };
  struct PlaceHash {
    std::size_t operator()(const Place& place) const noexcept {
      return place.trace * 0x9E3779B97F4A7C15u + place.node;
    }
  };
  struct Arrows {
    std::vector<std::uint64_t> leaving;
    std::vector<std::uint64_t> arriving;
  };

  const TraceSpan& span_at(const Place& place) const {
    const TraceTree& tree = placed_[place.trace]->tree;
    return tree.span_of(tree.nodes()[place.node]);
  }
  bool on_one_lane(const Place& a, const Place& b) const {
    return a.trace == b.trace &&
           placed_[a.trace]->lanes.lane_of(a.node) == placed_[b.trace]->lanes.lane_of(b.node);
  }

  // Viewers draw no arrow back in time.
  void add_arrow(const Place& from, const Place& to) {
    if (on_one_lane(from, to) || span_at(from).start_ns() > span_at(to).start_ns()) return;
    const std::uint64_t number = ++arrows_drawn_;
    arrows_[from].leaving.push_back(number);
    arrows_[to].arriving.push_back(number);
  }

  void add_arrows_to_children(std::size_t trace) {
    const std::vector<TraceNode>& nodes = placed_[trace]->tree.nodes();
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].parent != TraceNode::kNone)
        add_arrow({trace, nodes[node].parent}, {trace, node});
    }
  }

  // From the span that a link names to the one that has it, in whatever trace they are.
  void add_arrows_of_links() {
    struct Link {
      TraceId trace;
      Place to;
    };
    std::unordered_multimap<SpanId, Link, SpanIdHash> links;
    each_span([&](const Place& place, const TraceSpan& span) {
      span.each_link([&](const SpanLinkView& link) {
        const std::optional<TraceId> trace = TraceId::from_hex(link.trace_id);
        const std::optional<SpanId> id = SpanId::from_hex(link.span_id);
        if (trace && id) links.emplace(*id, Link{*trace, place});
      });
    });
    if (links.empty()) return;
    each_span([&](const Place& place, const TraceSpan& span) {
      if (span.is_duplicate()) return;
      const auto [first, last] = links.equal_range(span.span_id());
      for (auto link = first; link != last; ++link) {
        if (link->second.trace == span.trace_id()) add_arrow(place, link->second.to);
      }
    });
  }

  template <class Visit>
  void each_span(const Visit& visit) const {
    for (std::size_t trace = 0; trace < placed_.size(); ++trace) {
      for (std::size_t node = 0; node < placed_[trace]->tree.nodes().size(); ++node) {
        visit(Place{trace, node}, span_at({trace, node}));
      }
    }
  }

  void paint_processes(const Placed& placed) {
    for (std::size_t i = 0; i < placed.services.names().size(); ++i) {
      std::string name(placed.services.names()[i]);
      if (placed_.size() > 1) name.append(" (").append(placed.trace.trace_id_text()).append(")");
      painter_.process(placed.processes_before + static_cast<std::uint32_t>(i) + 1, name);
    }
  }

  void paint_lane(std::size_t trace, std::uint32_t number) {
    const Placed& placed = *placed_[trace];
    const SpanLane& lane = placed.lanes.lanes()[number];
    const SceneLane scene_lane = placed.lane(number);
    const TraceSpan& first = span_at({trace, lane.nodes.front()});
    painter_.lane(scene_lane, first.agent_name().empty() ? first.name() : first.agent_name());
    placed.lanes.walk(
        lane,
        [&](std::uint32_t node) {
          paint_begin({trace, node}, scene_lane);
        },
        [&](std::uint32_t node) { painter_.end(scene_lane, placed.lanes.end_ns(node)); });
  }

  void paint_begin(const Place& place, const SceneLane& lane) {
    const TraceSpan& span = span_at(place);
    const auto arrows = arrows_.find(place);
    const Arrows& own = arrows == arrows_.end() ? no_arrows_ : arrows->second;
    const TraceNode& node = placed_[place.trace]->tree.nodes()[place.node];
    std::vector<AttributeView> attributes = attributes_of(span, node.own);
    std::vector<std::string> texts;
    add_own_words(attributes, texts, span, node.place);
    painter_.begin({lane, span.start_ns(), span, attributes, own.leaving, own.arriving});
    span.each_event([&](const SpanEventView& event) { painter_.instant(lane, event); });
  }

  // texts: where the words that stand nowhere else live.
  static void add_own_words(std::vector<AttributeView>& attributes, std::vector<std::string>& texts,
                            const TraceSpan& span, TracePlace place) {
    const auto add = [&](std::string_view key, std::string_view text) {
      if (!text.empty()) attributes.push_back({key, ValueView::of_text(ValueType::kString, text)});
    };
    texts.reserve(3);  // so that views of them stay valid
    add("tracebus.span_id", texts.emplace_back(span.span_id_text()));
    add("tracebus.parent_span_id", texts.emplace_back(span.parent_span_id_text()));
    add("tracebus.agent", span.agent_name());
    add("tracebus.pattern", span.pattern_type());
    add("tracebus.status", span.status() == SpanStatus::kUnset ? std::string_view()
                           : span.status() == SpanStatus::kOk  ? "ok"
                                                               : "error");
    add("tracebus.status_message", span.status_message());
    std::string oddities;
    append_oddities(oddities, span, place);
    if (!oddities.empty()) add("tracebus.note", texts.emplace_back(oddities.substr(1)));
  }

  void paint_totals(const Placed& placed) {
    paint_total(placed, "cost (USD)",
                [](const SpanFigures& own) { return own.has_cost ? own.cost.to_dollars() : 0.0; });
    paint_total(placed, "tokens", [](const SpanFigures& own) {
      return own.has_usage
                 ? static_cast<double>(own.usage.input) + static_cast<double>(own.usage.output)
                 : 0.0;
    });
  }

  template <class Amount>
  void paint_total(const Placed& placed, std::string_view name, const Amount& amount) {
    std::vector<std::pair<std::int64_t, double>> steps;
    for (std::size_t node = 0; node < placed.tree.nodes().size(); ++node) {
      const double value = amount(placed.tree.nodes()[node].own);
      if (value != 0) steps.emplace_back(placed.lanes.end_ns(node), value);
    }
    if (steps.empty()) return;
    std::stable_sort(steps.begin(), steps.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const SceneTotal total = {++totals_drawn_, placed.processes_before + 1, name};
    painter_.total(total);
    double sum = 0;
    painter_.total_at(total, placed.trace.start_ns(), sum);
    for (const auto& [time_ns, value] : steps) painter_.total_at(total, time_ns, sum += value);
  }

  ScenePainter& painter_;
  std::vector<std::unique_ptr<Placed>> placed_;
  std::unordered_map<Place, Arrows, PlaceHash> arrows_;
  const Arrows no_arrows_;
  std::uint64_t arrows_drawn_ = 0;
  std::uint32_t totals_drawn_ = 0;
};

}  // namespace

void paint(std::span<const Trace> traces, ScenePainter& painter) { Scene(traces, painter).paint(); }

std::int64_t first_start_ns(std::span<const Trace> traces) noexcept {
  std::optional<std::int64_t> first;
  for (const Trace& trace : traces) {
    if (trace.empty()) continue;
    first = std::min(first.value_or(trace.start_ns()), trace.start_ns());
  }
  return first.value_or(0);
}

}  // namespace v1
}  // namespace tracebus
