// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/jsonl_reader.h"

#include <absl/status/status.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/json_event.h"
#include "tracebus/readers/json_object.h"
#include "tracebus/readers/json_spans.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/line_repair.h"
#include "tracebus/readers/own_line.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class JsonlReader : public EventReader {
 public:
  explicit JsonlReader(std::unique_ptr<ByteSource> source) : lines_(std::move(source)) {}

  const TraceEvent* next() override {
    while (true) {
      if (const TraceEvent* const event = next_span()) return event;
      if (const TraceEvent* const event = next_of_line()) return event;
      if (!next_line()) return nullptr;
      if (!line_.too_long && read_own_line(line_.text, event_)) {
        ++account_.events;
        return &event_;
      }
      if (!line_.too_long && object_.parse(line_.text).ok()) {
        if (const TraceEvent* const event = take_object(0, false)) return event;
      } else {
        split_line();
      }
    }
  }

  const ReadAccount& account() const noexcept override { return account_; }

 private:
  // The next line that is not blank, in line_. False at the end.
  bool next_line() {
    while (lines_.next(line_)) {
      ++account_.lines;
      if (line_.text.starts_with(kByteOrderMark)) {
        line_.text.remove_prefix(kByteOrderMark.size());
        line_.offset += kByteOrderMark.size();
      }
      if (line_.text.ends_with('\r')) line_.text.remove_suffix(1);
      const bool blank = line_.text.find_first_not_of(" \t\r") == std::string_view::npos;
      if (line_.too_long || !blank) return true;
      ++account_.blank_lines;
    }
    if (!read_failed_ && !lines_.status().ok()) {
      read_failed_ = true;
      add_problem(0, text_of(lines_.status()));
    }
    return false;
  }

  void split_line() {
    if (line_.too_long) return add_problem(0, "longer than 16 MiB");
    parts_ = &repair_.parts_of(line_.text);
    part_ = 0;
    if (parts_->empty()) add_problem(0, "a hole: nothing but NUL bytes");
  }

  // The next event of a line that was split; null if there is none.
  const TraceEvent* next_of_line() {
    while (parts_ != nullptr && part_ < parts_->size()) {
      const LineRepair::Part& part = (*parts_)[part_++];
      if (!part.fault.empty()) {
        add_problem(part.offset, std::string(part.fault));
      } else if (const absl::Status status = object_.parse(repair_.text_of(part)); !status.ok()) {
        add_problem(part.offset, text_of(status));
      } else if (const TraceEvent* const event = take_object(part.offset, part.changed)) {
        return event;
      }
    }
    parts_ = nullptr;
    return nullptr;
  }

  // The first event of object_; null, perhaps after saying why, if it has none.
  const TraceEvent* take_object(std::size_t offset, bool repaired) {
    if (spans_.begin(object_.members())) {
      spans_offset_ = offset;
      has_spans_ = true;
      if (repaired) ++account_.repaired;
      return next_span();
    }
    if (const absl::Status status = event_of(object_.members(), event_); !status.ok()) {
      add_problem(offset, text_of(status));
      return nullptr;
    }
    if (repaired) ++account_.repaired;
    ++account_.events;
    return &event_;
  }

  // The next span of the object that was read last; null if it has no more.
  const TraceEvent* next_span() {
    while (has_spans_) {
      std::string problem;
      if (const TraceEvent* const event = spans_.next(problem)) {
        ++account_.events;
        return event;
      }
      has_spans_ = !problem.empty();
      if (has_spans_) add_problem(spans_offset_, std::move(problem));
    }
    return nullptr;
  }

  static std::string text_of(const absl::Status& status) {
    return std::string(status.message().data(), status.message().size());
  }

  // offset: in the line.
  void add_problem(std::size_t offset, std::string message) {
    account_.add_problem({line_.number, line_.offset + offset, std::move(message)});
  }

  LineReader lines_;
  Line line_;
  JsonObject object_;
  LineRepair repair_;
  const std::vector<LineRepair::Part>* parts_ = nullptr;  // of line_, if it was split
  std::size_t part_ = 0;                                  // the next of parts_
  TraceEvent event_;                                      // borrows from object_, or the line
  JsonSpans spans_;                                       // the same
  bool has_spans_ = false;
  std::size_t spans_offset_ = 0;  // of their object in line_
  ReadAccount account_;
  bool read_failed_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventReader>> open_jsonl(const std::string& path) {
  auto source = open_file_source(path);
  if (!source.ok()) return source.status();
  return read_jsonl(*std::move(source));
}

std::unique_ptr<EventReader> read_jsonl(std::string_view text) {
  return read_jsonl(memory_source(text));
}

std::unique_ptr<EventReader> read_jsonl(std::unique_ptr<ByteSource> source) {
  return std::make_unique<JsonlReader>(std::move(source));
}

}  // namespace v1
}  // namespace tracebus
