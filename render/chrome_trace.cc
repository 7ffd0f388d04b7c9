// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/chrome_trace.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/render/scene.h"
#include "tracebus/render/span_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kMicrosecond = 1000;

class ChromePainter final : public ScenePainter {
 public:
  ChromePainter(std::string& out, std::int64_t base_ns) : out_(out), base_ns_(base_ns) {}

  void process(std::uint32_t number, std::string_view name) override {
    meta("process_name", number, 0);
    end_meta_name(name);
  }

  void lane(const SceneLane& lane, std::string_view name) override {
    meta("thread_name", lane.process, lane.number);
    end_meta_name(name);
    meta("thread_sort_index", lane.process, lane.number);
    append_json_key(out_, "sort_index");
    append_json_int64(out_, lane.number);
    out_ += "}}";
  }

  void begin(const SceneSlice& slice) override {
    event("B", slice.lane, slice.begin_ns);
    append_json_member(out_, "name", slice.span.name());
    append_json_member(out_, "cat", to_string(slice.span.kind()));
    append_args(slice.attributes);
    for (const std::uint64_t arrow : slice.leaving) append_arrow("s", slice, arrow);
    for (const std::uint64_t arrow : slice.arriving) append_arrow("f", slice, arrow);
  }

  void instant(const SceneLane& lane, const SpanEventView& said) override {
    event("i", lane, said.time_ns);
    append_json_member(out_, "name", said.name);
    append_json_member(out_, "s", "t");
    append_args(attributes_of(said.attributes));
  }

  void end(const SceneLane& lane, std::int64_t time_ns) override {
    event("E", lane, time_ns);
    out_ += '}';
  }

  void total(const SceneTotal&) override {}

  void total_at(const SceneTotal& total, std::int64_t time_ns, double value) override {
    event("C", {.number = 0, .process = total.process}, time_ns);
    append_json_member(out_, "name", total.name);
    append_json_key(out_, "args");
    out_ += '{';
    append_json_key(out_, total.name);
    append_json_double(out_, value);
    out_ += "}}";
  }

 private:
  void begin_line(std::string_view phase) {
    if (out_.back() != '[') out_ += ',';
    out_ += "\n{";
    append_json_member(out_, "ph", phase);
  }

  void number(std::string_view key, std::int64_t value) {
    append_json_key(out_, key);
    append_json_int64(out_, value);
  }

  void meta(std::string_view name, std::uint32_t process, std::uint32_t lane) {
    begin_line("M");
    append_json_member(out_, "name", name);
    number("pid", process);
    if (lane != 0) number("tid", lane);
    append_json_key(out_, "args");
    out_ += '{';
  }
  void end_meta_name(std::string_view name) {
    append_json_member(out_, "name", name);
    out_ += "}}";
  }

  void event(std::string_view phase, const SceneLane& lane, std::int64_t time_ns) {
    begin_line(phase);
    number("pid", lane.process);
    if (lane.number != 0) number("tid", lane.number);
    append_time(time_ns);
  }

  // Exactly, which a double would not be.
  void append_time(std::int64_t time_ns) {
    append_json_key(out_, "ts");
    std::int64_t since = 0;
    if (__builtin_sub_overflow(time_ns, base_ns_, &since)) since = 0;
    if (since < 0) out_ += '-';
    const std::uint64_t size =
        since < 0 ? 0 - static_cast<std::uint64_t>(since) : static_cast<std::uint64_t>(since);
    out_ += std::to_string(size / kMicrosecond);
    const std::string rest = std::to_string(size % kMicrosecond);
    out_.append(".").append(3 - rest.size(), '0').append(rest);
  }

  void append_args(const std::vector<AttributeView>& attributes) {
    append_json_key(out_, "args");
    out_ += '{';
    for (const AttributeView& attribute : attributes) {
      append_json_key(out_, attribute.key);
      append_json_value(out_, attribute.value);
    }
    out_ += "}}";
  }

  void append_arrow(std::string_view phase, const SceneSlice& slice, std::uint64_t arrow) {
    event(phase, slice.lane, slice.begin_ns);
    append_json_member(out_, "name", "calls");
    append_json_member(out_, "cat", "arrow");
    number("id", static_cast<std::int64_t>(arrow));
    if (phase == "f") append_json_member(out_, "bp", "e");
    out_ += '}';
  }

  std::string& out_;
  const std::int64_t base_ns_;
};

}  // namespace

std::string to_chrome_trace(std::span<const Trace> traces) {
  const std::int64_t base_ns = first_start_ns(traces);
  std::string out = "{";
  append_json_member(out, "displayTimeUnit", "ns");
  append_json_key(out, "otherData");
  out += '{';
  append_json_member(out, "start_unix_ns", std::to_string(base_ns));
  out += '}';
  append_json_key(out, "traceEvents");
  out += '[';
  ChromePainter painter(out, base_ns);
  paint(traces, painter);
  out += "\n]}\n";
  return out;
}

std::string to_chrome_trace(const Trace& trace) { return to_chrome_trace({&trace, 1}); }

}  // namespace v1
}  // namespace tracebus
