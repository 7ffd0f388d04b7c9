// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_document.h"

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/readers/document_text.h"
#include "tracebus/readers/json_cursor.h"
#include "tracebus/readers/json_event.h"
#include "tracebus/readers/json_object.h"
#include "tracebus/readers/json_spans.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/readers/line_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kBroken =
    "not JSON: missing or superfluous punctuation; the rest of what holds it is left out";
std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// An object of the document, parsed by itself.
class ParsedPart {
 public:
  absl::Status parse(std::string_view part) {
    text_.assign(part);
    text_.append(LineReader::kPaddingBytes, '\n');
    return object_.parse(std::string_view(text_).substr(0, part.size()));
  }
  std::span<const JsonMember> members() const noexcept { return object_.members(); }
  Value::Object object() const {
    Value::Object members;
    for (const JsonMember& member : object_.members())
      members.push_back({member.key, member.value});
    return members;
  }

 private:
  std::string text_;
  JsonObject object_;
};

// What a reader steps into, of an object: those of these members that begin so. Of a key given
// twice the last one counts.
struct Wanted {
  std::string_view key;
  char begin;
  std::string_view found = {};
};
// False: the object breaks off.
bool find_parts(std::string_view object, std::span<Wanted> wanted) noexcept {
  std::string_view key, value;
  JsonCursor members(object);
  while (members.next(key, value)) {
    for (Wanted& each : wanted) {
      if (each.key == key) each.found = value.front() == each.begin ? value : std::string_view();
    }
  }
  return !members.is_broken();
}

std::string_view string_of(const absl::Status& status) noexcept {
  return {status.message().data(), status.message().size()};
}

// Goes through the lists of a document, one within the other, and parses each span or event when
// its turn comes.
class DocumentReader : public EventReader {
 public:
  // False if text is no object or list, or goes on behind it.
  bool begin(DocumentText& text, std::string_view document) {
    const bool may_be = document.starts_with('[') || document.starts_with('{');
    if (!may_be || first_json_value(document).size() != document.size()) return false;
    // Of a list each item is looked at when its turn comes; of an object now.
    if (document.front() == '{' && !find_parts(document, {})) return false;
    text_ = std::move(text);
    if (document.front() == '[') {
      lists_.push_back({JsonCursor(document), List::kDocuments});
    } else {
      only_ = document;
    }
    return true;
  }

  void refuse(std::string problem) { add_problem(nullptr, std::move(problem)); }

  const TraceEvent* next() override {
    while (true) {
      if (has_spans_) {
        std::string problem;
        if (const TraceEvent* const event = spans_.next(problem)) {
          ++account_.events;
          return event;
        }
        has_spans_ = !problem.empty();
        if (has_spans_) add_problem(entry_, std::move(problem));
        continue;
      }
      if (!only_.empty()) {
        if (begin_document(std::exchange(only_, {}))) return &event_;
        continue;
      }
      if (lists_.empty()) return nullptr;
      std::string_view item;
      if (!lists_.back().cursor.next(item)) {
        end_list();
      } else if (begin_item(lists_.back().holds, item)) {
        return &event_;
      }
    }
  }

  const ReadAccount& account() const noexcept override { return account_; }

 private:
  enum class List : std::uint8_t { kDocuments, kResources, kScopes, kTraces, kSpans };
  struct OpenList {
    JsonCursor cursor;
    List holds;
  };

  void end_list() {
    const JsonCursor& cursor = lists_.back().cursor;
    if (cursor.is_broken()) {
      add_problem(cursor.at(), std::string(kBroken));
    }
    lists_.pop_back();
  }
  void open(std::string_view list, List holds) {
    if (!list.empty()) lists_.push_back({JsonCursor(list), holds});
  }

  // Whether the item is an event, which then is event_.
  bool begin_item(List list, std::string_view item) {
    if (item.front() != '{') {
      const bool is_span = list == List::kSpans;
      add_problem(item.data(), is_span ? "a span that is no JSON object" : "not a JSON object");
      return false;
    }
    switch (list) {
      case List::kDocuments:
        return begin_document(item);
      case List::kResources:
        open_within(item, {"resource", '{'}, {is_log() ? "scopeLogs" : "scopeSpans", '['},
                    List::kScopes);
        break;
      case List::kScopes:
        open_within(item, {"scope", '{'}, {is_log() ? "logRecords" : "spans", '['}, List::kSpans);
        break;
      case List::kTraces:
        open_within(item, {"processes", '{'}, {"spans", '['}, List::kSpans);
        break;
      case List::kSpans:
        begin_span(item);
        break;
    }
    return false;
  }
  // A list that an item holds, and what all in it share.
  void open_within(std::string_view item, const Wanted& shares, const Wanted& list, List holds) {
    Wanted parts[] = {shares, list};
    if (!find_parts(item, parts)) add_problem(item.data(), std::string(kBroken));
    if (shares.key == "scope") {
      scope_ = shared(scope_part_, parts[0].found);
    } else {
      resource_ = shared(resource_part_, parts[0].found);
    }
    open(parts[1].found, holds);
  }
  bool is_log() const noexcept { return form_ == JsonSpans::Form::kOtlpLog; }

  // The same.
  bool begin_document(std::string_view document) {
    resource_.reset();
    scope_.reset();
    is_new_ = true;
    if (begin_lists(document)) return false;
    entry_ = document.data();
    absl::Status status = parse_entry(document);
    if (status.ok()) {
      has_spans_ = spans_.begin(object_.members());
      if (has_spans_) return false;
      status = event_of(object_.members(), event_);
    }
    if (!status.ok()) {
      add_problem(document.data(), std::string(string_of(status)));
      return false;
    }
    ++account_.events;
    return true;
  }

  // Whether it is one of those that hold lists of spans.
  bool begin_lists(std::string_view document) {
    using Form = JsonSpans::Form;
    Wanted parts[] = {{"event_type", '"'},
                      {"resourceSpans", '['},
                      {"resourceLogs", '['},
                      {"data", '['},
                      {"spans", '['}};
    if (!find_parts(document, parts) || !parts[0].found.empty()) return false;
    if (!parts[1].found.empty()) {
      form_ = Form::kOtlp;
      open(parts[1].found, List::kResources);
    } else if (!parts[2].found.empty()) {
      form_ = Form::kOtlpLog;
      open(parts[2].found, List::kResources);
    } else if (holds_traces(parts[3].found)) {
      form_ = Form::kJaeger;
      open(parts[3].found, List::kTraces);
    } else if (!parts[4].found.empty()) {
      form_ = Form::kTold;
      begin_trace(document, parts[4].found);
    } else {
      return false;
    }
    return true;
  }

  static bool holds_traces(std::string_view list) noexcept {
    std::string_view first;
    if (list.empty() || !JsonCursor(list).next(first) || first.front() != '{') return false;
    Wanted spans[] = {{"spans", '['}};
    return find_parts(first, spans) && !spans[0].found.empty();
  }

  // A trace in words of its own: what it says beside its spans, they share.
  void begin_trace(std::string_view trace, std::string_view spans) {
    std::string rest = "{";
    std::string_view key, value;
    for (JsonCursor members(trace); members.next(key, value);) {
      if (value.data() == spans.data() || value.front() == '[' || value.front() == '{') continue;
      const std::string_view member(
          key.data() - 1, static_cast<std::size_t>(value.data() + value.size() + 1 - key.data()));
      rest.append(rest.size() == 1 ? "" : ",").append(member);
    }
    resource_ = shared(resource_part_, rest + "}");
    open(spans, List::kSpans);
  }

  // Parsed once for all that follow until the next. Nothing where there is none, or it is bad.
  std::optional<Value::Object> shared(ParsedPart& part, std::string_view text) {
    is_new_ = true;
    if (text.empty()) return std::nullopt;
    if (text.size() > LineReader::kLineBytesMax) {
      add_problem(text.data(), "what spans share is more than 16 MiB, and is left out");
      return std::nullopt;
    }
    if (const absl::Status status = part.parse(text); !status.ok()) {
      add_problem(text.data(), std::string(string_of(status)));
      return std::nullopt;
    }
    return part.object();
  }

  absl::Status parse_entry(std::string_view entry) {
    if (entry.size() > LineReader::kLineBytesMax) {
      return absl::InvalidArgumentError("a span or event of more than 16 MiB");
    }
    return object_.parse(entry);
  }

  void begin_span(std::string_view span) {
    entry_ = span.data();
    if (const absl::Status status = parse_entry(span); !status.ok()) {
      return add_problem(span.data(), std::string(string_of(status)));
    }
    const JsonSpans::Shared both = {resource_ ? &*resource_ : nullptr, scope_ ? &*scope_ : nullptr};
    spans_.begin_span(form_, object_.members(), both, std::exchange(is_new_, false));
    has_spans_ = true;
  }

  // at: in the text, as far as it is.
  void add_problem(const char* at, std::string message) {
    account_.add_problem({.line = 0, .offset = text_.offset_of(at), .message = std::move(message)});
  }

  DocumentText text_;
  std::string_view only_;  // the one object that there is, until its turn comes
  std::vector<OpenList> lists_;
  JsonSpans::Form form_ = JsonSpans::Form::kTold;
  ParsedPart resource_part_;  // of Jaeger: the processes of a trace
  ParsedPart scope_part_;
  std::optional<Value::Object> resource_;
  std::optional<Value::Object> scope_;
  bool is_new_ = true;  // one of the two
  ParsedPart object_;   // the span or event that is read
  const char* entry_ = nullptr;
  TraceEvent event_;
  JsonSpans spans_;
  bool has_spans_ = false;
  ReadAccount account_;
};

// A text of its own, as lines.
class OwnedLines : public EventReader {
 public:
  explicit OwnedLines(DocumentText text)
      : text_(std::move(text)), lines_(read_jsonl(text_.view())) {}
  const TraceEvent* next() override { return lines_->next(); }
  const ReadAccount& account() const noexcept override { return lines_->account(); }

 private:
  const DocumentText text_;
  const std::unique_ptr<EventReader> lines_;
};

}  // namespace

bool looks_like_document(std::string_view front) noexcept {
  if (front.starts_with(kByteOrderMark)) front.remove_prefix(kByteOrderMark.size());
  const std::size_t first = front.find_first_not_of(kSpace);
  if (first == front.npos) return false;
  front.remove_prefix(first);
  if (front.front() == '[') return true;
  if (front.front() != '{') return false;
  const std::size_t line_end = front.find('\n');
  if (line_end == front.npos) return front.starts_with(R"({"data":[{"traceID")");
  const char last = trimmed(front.substr(0, line_end)).back();
  return last == '{' || last == '[' || last == ',';
}

std::unique_ptr<EventReader> read_document(std::unique_ptr<ByteSource> source) {
  auto reader = std::make_unique<DocumentReader>();
  DocumentText text;
  const absl::StatusOr<bool> is_whole = text.read_all(*source, kDocumentBytesMax);
  if (!is_whole.ok()) {
    reader->refuse(std::string(string_of(is_whole.status())));
    return reader;
  }
  if (!*is_whole) {
    reader->refuse(
        "a JSON document of more than 256 MiB: one span or event a line may be any number");
    return reader;
  }
  std::string_view document = text.view();
  if (document.starts_with(kByteOrderMark)) document.remove_prefix(kByteOrderMark.size());
  document = trimmed(document);
  if (reader->begin(text, document)) return reader;
  return std::make_unique<OwnedLines>(std::move(text));
}

}  // namespace v1
}  // namespace tracebus
