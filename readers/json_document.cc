// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_document.h"

#include <absl/status/status.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
// So that a list, too, is a member of an object.
constexpr std::string_view kHead = R"({"documents":)";
constexpr std::string_view kTail = "}";

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// JsonObject keeps what a number looked like; of one in a list its value is told again.
class NumberTexts {
 public:
  std::string_view text_of(const Value& value) {
    std::array<char, 32>& text = texts_.emplace_back();
    std::to_chars_result end{};
    if (value.type() == ValueType::kInt64) {
      end = std::to_chars(text.data(), text.data() + text.size(), value.as_int64());
    } else {
      end = std::to_chars(text.data(), text.data() + text.size(), value.as_double());
    }
    return {text.data(), static_cast<std::size_t>(end.ptr - text.data())};
  }
  void reserve(std::size_t count) {
    texts_.clear();
    texts_.reserve(count);
  }

 private:
  std::vector<std::array<char, 32>> texts_;
};

// As our own lines say it (core/json_writer.h); nothing for anything else.
std::optional<Origin> origin_of(const Value& value) noexcept {
  if (value.type() != ValueType::kArray || value.as_array().size() != 3) return std::nullopt;
  const Value& instance = value.as_array()[0];
  const Value& producer = value.as_array()[1];
  const Value& sequence = value.as_array()[2];
  const auto is_count = [](const Value& each) {
    return each.type() == ValueType::kInt64 && each.as_int64() >= 0;
  };
  if (instance.type() != ValueType::kString || !is_count(producer) || !is_count(sequence)) {
    return std::nullopt;
  }
  const std::optional<SpanId> id = SpanId::from_hex(instance.as_string());
  if (!id || producer.as_int64() > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  Origin origin{.sequence = static_cast<std::uint64_t>(sequence.as_int64()),
                .producer = static_cast<std::uint32_t>(producer.as_int64())};
  for (const std::uint8_t byte : id->bytes) origin.instance = origin.instance << 8 | byte;
  return origin;
}

class DocumentReader : public EventReader {
 public:
  // The objects of a list, or the one object that there is. False if text is neither.
  bool parse(std::string_view text) {
    text_.reserve(kHead.size() + text.size() + kTail.size() + LineReader::kPaddingBytes);
    text_.append(kHead).append(text).append(kTail);
    text_.append(LineReader::kPaddingBytes, '\n');
    const std::size_t size = text_.size() - LineReader::kPaddingBytes;
    if (!object_.parse(std::string_view(text_).substr(0, size)).ok()) return false;
    const Value& all = object_.members().front().value;
    if (all.type() == ValueType::kArray) {
      for (const Value& each : all.as_array()) documents_.push_back(&each);
    } else {
      documents_.push_back(&all);
    }
    return true;
  }

  void refuse(std::string problem) { add_problem(std::move(problem)); }

  const TraceEvent* next() override {
    while (true) {
      if (has_spans_) {
        std::string problem;
        if (const TraceEvent* const event = spans_.next(problem)) {
          ++account_.events;
          return event;
        }
        has_spans_ = !problem.empty();
        if (has_spans_) add_problem(std::move(problem));
        continue;
      }
      if (next_ == documents_.size()) return nullptr;
      if (begin(*documents_[next_++])) return &event_;
    }
  }

  const ReadAccount& account() const noexcept override { return account_; }

 private:
  // Whether the object is an event, which then is event_.
  bool begin(const Value& document) {
    if (document.type() != ValueType::kObject) {
      add_problem("not a JSON object");
      return false;
    }
    numbers_.reserve(document.as_object().size());
    members_.clear();
    for (const Attribute& each : document.as_object()) {
      JsonMember& member = members_.emplace_back(JsonMember{each.key, each.value, {}, {}});
      const ValueType type = each.value.type();
      const bool is_number = type == ValueType::kInt64 || type == ValueType::kDouble;
      if (is_number) member.number = numbers_.text_of(each.value);
      if (each.key == "origin") member.origin = origin_of(each.value);
    }
    has_spans_ = spans_.begin(members_);
    if (has_spans_) return false;
    const absl::Status status = event_of(members_, event_);
    if (!status.ok()) {
      add_problem({status.message().data(), status.message().size()});
      return false;
    }
    ++account_.events;
    return true;
  }

  void add_problem(std::string message) {
    account_.add_problem({.line = 0, .offset = 0, .message = std::move(message)});
  }

  std::string text_;
  JsonObject object_;
  std::vector<const Value*> documents_;
  std::size_t next_ = 0;
  std::vector<JsonMember> members_;  // of the one that is read
  NumberTexts numbers_;
  TraceEvent event_;
  JsonSpans spans_;
  bool has_spans_ = false;
  ReadAccount account_;
};

// A text of its own, as lines.
class OwnedLines : public EventReader {
 public:
  explicit OwnedLines(std::string text)
      : text_(std::move(text)), lines_(read_jsonl(std::string_view(text_))) {}
  const TraceEvent* next() override { return lines_->next(); }
  const ReadAccount& account() const noexcept override { return lines_->account(); }

 private:
  const std::string text_;
  const std::unique_ptr<EventReader> lines_;
};

// All of source; false if there is more than a document may have.
absl::StatusOr<bool> read_all(ByteSource& source, std::string& text) {
  std::size_t filled = 0;
  for (;;) {
    if (filled > kDocumentBytesMax) return false;
    text.resize(filled + std::max(filled, LineReader::kChunkBytes));
    const absl::StatusOr<std::size_t> got = source.read(text.data() + filled, text.size() - filled);
    if (!got.ok()) return got.status();
    filled += *got;
    if (*got == 0) break;
  }
  text.resize(filled);
  return true;
}

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
  std::string text;
  const absl::StatusOr<bool> is_whole = read_all(*source, text);
  if (!is_whole.ok()) {
    reader->refuse({is_whole.status().message().data(), is_whole.status().message().size()});
    return reader;
  }
  if (!*is_whole) {
    reader->refuse(
        "a JSON document of more than 256 MiB: one span or event a line may be any number");
    return reader;
  }
  std::string_view document = text;
  if (document.starts_with(kByteOrderMark)) document.remove_prefix(kByteOrderMark.size());
  if (reader->parse(trimmed(document))) return reader;
  return std::make_unique<OwnedLines>(std::move(text));
}

}  // namespace v1
}  // namespace tracebus
