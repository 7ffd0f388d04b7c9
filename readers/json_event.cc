// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/json_event.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/readers/json_span.h"
#include "tracebus/readers/told_time.h"
#include "tracebus/readers/told_words.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kStatusText = "span.status_message";
constexpr std::string_view kErrorType = "error_type";

std::string_view text_of(const Value& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}
bool is_text(const Value& value) noexcept { return value.type() == ValueType::kString; }
bool is_object(const Value& value) noexcept { return value.type() == ValueType::kObject; }
bool is_number(const Value& value) noexcept {
  return value.type() == ValueType::kInt64 || value.type() == ValueType::kDouble;
}
bool is_pairs(const Value& value) noexcept {
  return value.type() == ValueType::kArray && !value.as_array().empty() &&
         is_object(value.as_array().front());
}
// What says in the place of an error that there was one.
bool says_error(const Value& value) noexcept {
  switch (value.type()) {
    case ValueType::kBool:
      return value.as_bool();
    case ValueType::kInt64:
      return value.as_int64() != 0;
    case ValueType::kString:
      return !value.as_string().empty();
    default:
      return is_object(value);
  }
}

bool begins(std::string_view type) noexcept {
  return type.ends_with("_start") || type.ends_with("_started");
}
bool fails(std::string_view type) noexcept { return type == "error" || type.ends_with("_error"); }

// Ours is binary, and written as hex; any other text is foreign. Zeros stand for no id, but not in
// our own lines: ids that are none are left out there, so zeros were somebody's text.
template <class Id>
void set_id(std::string_view text, bool ours, Id& id, std::string_view& foreign) noexcept {
  const std::optional<Id> binary = Id::from_hex(text);
  if (binary && (*binary || !ours)) {
    id = *binary;
  } else {
    foreign = text;
  }
}

// Where a member stands, the better places first.
enum class Level : std::uint8_t { kOutside, kContext, kPayload, kBody };

struct Told {
  std::string_view key;
  const Value& value;
  std::string_view number;  // as it was written, where that is known
  const ToldWord* word;     // null: nobody's
  Level level;
};

// Reads a line in two passes: who plays which role, and what is left for the payload.
class ToldEvent {
 public:
  ToldEvent(std::span<const JsonMember> members, TraceEvent& event) noexcept
      : members_(members), event_(event) {}

  absl::Status read() {
    for (const JsonMember& member : members_) {
      if (member.origin) event_.origin = member.origin;
      if (member.key == "messages_in") is_recorder_ = true;
    }
    ours_ = event_.origin.has_value();
    find_words();
    each([this](const Told& told) { offer(told); });
    event_.event_type = text(ToldAs::kEventType);
    if (!plays_[index(ToldAs::kEventType)].value) {
      return absl::InvalidArgumentError("not an event: \"event_type\" is missing or no string");
    }
    event_.agent_name = text(ToldAs::kAgent);
    event_.pattern_type = text(ToldAs::kPattern);
    take_recorded_pattern();
    if (absl::Status status = read_time(); !status.ok()) return status;
    EventIds& ids = event_.ids;
    ForeignIds& foreign = event_.foreign_ids;
    set_id(text(ToldAs::kRun), ours_, ids.run_id, foreign.run_id);
    set_id(text(ToldAs::kTrace), ours_, ids.trace_id, foreign.trace_id);
    set_id(text(ToldAs::kSpan), ours_, ids.span_id, foreign.span_id);
    set_id(text(ToldAs::kParent), ours_, ids.parent_span_id, foreign.parent_span_id);
    each([this](const Told& told) { keep(told); });
    add_what_was_found();
    return absl::OkStatus();
  }

 private:
  struct Play {
    const Value* value = nullptr;
    std::string_view number = {};
    const ToldWord* word = nullptr;
    Level level = Level::kOutside;
    bool used = true;  // and so is no attribute
  };

  struct Pairs {
    const Value* held = nullptr;
    Value::Object attributes = {};
  };

  static constexpr std::size_t index(ToldAs role) noexcept {
    return static_cast<std::size_t>(role);
  }

  // Of a key given twice the last one counts.
  void find_words() noexcept {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const ToldWord* const word = event_word(members_[i].key);
      if (i < words_.size()) words_[i] = word;
      if (word != nullptr && is_body(*word, members_[i].value)) {
        bodies_[place_of(*word)] = &members_[i];
      }
    }
  }
  const ToldWord* word_of(std::size_t member) const noexcept {
    return member < words_.size() ? words_[member] : event_word(members_[member].key);
  }
  static std::size_t place_of(const ToldWord& body) noexcept {
    return static_cast<std::size_t>(&body - told_words(ToldAs::kBody).data());
  }
  bool is_last(const ToldWord& body, const JsonMember& member) const noexcept {
    return bodies_[place_of(body)] == &member;
  }

  // All members, those of bodies and contexts in the place of what holds them.
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const JsonMember& member = members_[i];
      if (member.origin) continue;
      const ToldWord* const word = word_of(i);
      if (word != nullptr && is_body(*word, member.value)) {
        const Level level = word->word == "payload" ? Level::kPayload : Level::kBody;
        if (is_last(*word, member)) each_of(member.value, level, visit);
        continue;
      }
      const bool has_ids = word != nullptr && word->as == ToldAs::kContext && !ours_;
      if (has_ids && is_object(member.value)) each_of(member.value, Level::kContext, visit);
      visit(Told{member.key, member.value, member.number, word, Level::kOutside});
    }
  }
  template <class Visit>
  void each_of(const Value& held, Level level, Visit visit) {
    const Value::Object& attributes = is_object(held) ? held.as_object() : pairs_of(held);
    for (const Attribute& each : attributes) {
      visit(Told{each.key, each.value, {}, ours_ ? nullptr : event_word(each.key), level});
    }
  }
  const Value::Object& pairs_of(const Value& held) {
    for (const Pairs& each : pairs_) {
      if (each.held == &held) return each.attributes;
    }
    Pairs& pairs = pairs_.emplace_back();
    pairs.held = &held;
    read_otlp_attributes(held, pairs.attributes);
    return pairs.attributes;
  }
  // Our own lines have one; the recorder's metadata is an attribute, as its replay wants it.
  bool is_body(const ToldWord& word, const Value& value) const noexcept {
    if (word.as != ToldAs::kBody) return false;
    if (word.word == "payload") return is_object(value);
    if (ours_ || (word.word == "metadata" && is_recorder_)) return false;
    return is_object(value) || (word.word == "attributes" && is_pairs(value));
  }

  // Whether a value can play the role. If not, it is an attribute.
  static bool fits(ToldAs role, const Told& told) noexcept {
    switch (role) {
      case ToldAs::kTime:
        return is_number(told.value) || is_text(told.value);
      case ToldAs::kStart:
      case ToldAs::kEnd:
        return told_time(told.value).has_value();
      case ToldAs::kDuration:
        return is_number(told.value);
      case ToldAs::kRun:
      case ToldAs::kTrace:
      case ToldAs::kSpan:
      case ToldAs::kParent:
        return is_text(told.value) ||
               (told.value.type() == ValueType::kInt64 && !told.number.empty());
      case ToldAs::kEventType:
      case ToldAs::kAgent:
      case ToldAs::kPattern:
        return is_text(told.value);
      default:
        return false;
    }
  }
  bool may_play(const Told& told) const noexcept {
    if (told.word == nullptr) return false;
    const ToldAs role = told.word->as;
    const bool is_id = role >= ToldAs::kRun && role <= ToldAs::kParent;
    if (told.level == Level::kContext && !is_id) return false;
    if (told.level >= Level::kPayload && told.word->in == ToldIn::kOutside) return false;
    // What our own lines say of a span's time is what its tracer said.
    if (ours_ && role > ToldAs::kOrigin) return false;
    return fits(role, told);
  }

  void offer(const Told& told) noexcept {
    if (!may_play(told)) return;
    Play& play = plays_[index(told.word->as)];
    const bool is_better = play.value == nullptr || told.level < play.level ||
                           (told.level == play.level && told.word <= play.word);
    if (is_better) play = {&told.value, told.number, told.word, told.level};
  }

  const Play& play(ToldAs role) const noexcept { return plays_[index(role)]; }
  std::string_view text(ToldAs role) const noexcept {
    const Play& said = play(role);
    if (said.value == nullptr) return {};
    return is_text(*said.value) ? said.value->as_string() : said.number;
  }
  std::optional<Timestamp> time(ToldAs role) const noexcept {
    const Play& said = play(role);
    if (said.value == nullptr) return std::nullopt;
    return said.number.empty() ? told_time(*said.value) : told_time(said.number);
  }

  // The recorder keeps the pattern of a run in the metadata of its first line.
  void take_recorded_pattern() noexcept {
    const bool may_be = is_recorder_ && event_.event_type == "pattern_start";
    if (!may_be || play(ToldAs::kPattern).value != nullptr) return;
    for (const JsonMember& member : members_) {
      if (member.key != "metadata" || !is_object(member.value)) continue;
      const std::string_view pattern = text_member(member.value.as_object(), "pattern_type");
      if (!pattern.empty()) event_.pattern_type = pattern;
    }
  }

  absl::Status read_time() {
    const Play& said = play(ToldAs::kTime);
    const bool is_empty =
        said.value == nullptr || (is_text(*said.value) && said.value->as_string().empty());
    const bool is_said = !is_empty;
    if (is_said && ours_) {
      event_.timestamp = parse_decimal_seconds(text(ToldAs::kTime));
    } else if (is_said) {
      event_.timestamp = time(ToldAs::kTime);
    }
    if (is_said && !event_.timestamp) {
      return absl::InvalidArgumentError("\"timestamp\" is no time: neither a number nor ISO 8601");
    }
    if (!ours_) read_interval(is_said);
    return absl::OkStatus();
  }

  // Where an event says its start and its end instead of a time, or beside it. Its time is that of
  // its end, as everywhere, unless it tells of a start.
  void read_interval(bool is_time_said) noexcept {
    Play& start = plays_[index(ToldAs::kStart)];
    Play& end = plays_[index(ToldAs::kEnd)];
    const Play& lasted = play(ToldAs::kDuration);
    const std::optional<Timestamp> from = time(ToldAs::kStart);
    const std::optional<Timestamp> to = time(ToldAs::kEnd);
    if (lasted.value != nullptr) duration_ms_ = told_duration_ms(*lasted.word, *lasted.value);
    if (!duration_ms_ && from && to) {
      const std::int64_t ns = to->to_unix_ns() - from->to_unix_ns();
      duration_ms_ = std::max(0.0, static_cast<double>(ns) / 1e6);
    }
    if (is_time_said) {
      start.used = end.used = false;
    } else if (begins(event_.event_type) || (!to && !duration_ms_)) {
      event_.timestamp = from ? from : to;
      end.used = !from;
    } else if (to) {
      event_.timestamp = to;
    } else if (from) {
      const double ns = std::clamp(*duration_ms_ * 1e6, 0.0, 9e18);
      const std::int64_t room = std::numeric_limits<std::int64_t>::max() - from->to_unix_ns();
      event_.timestamp = Timestamp::from_unix_ns(
          from->to_unix_ns() + std::min(static_cast<std::int64_t>(ns + 0.5), room));
    }
  }

  // Takes what is left into the payload, by our names where it has one.
  void keep(const Told& told) {
    if (told.level == Level::kContext) return;  // what is left of its object is kept
    if (told.word == nullptr) return keep_attribute(told);
    const ToldAs role = told.word->as;
    const Play& its = play(role);
    const bool plays = its.word == told.word && its.level == told.level && may_play(told);
    if (ours_) {
      if (!plays) add(told.key, told.value);
    } else if (role == ToldAs::kDuration) {
      plays ? keep_duration(told) : add(told.key, told.value);
    } else if (plays && its.used) {
      return;
    } else {
      keep_told(told);
    }
  }

  void keep_told(const Told& told) {
    switch (told.word->as) {
      case ToldAs::kContext:
        return keep_context(told);
      case ToldAs::kTokens:
        return keep_tokens(told);
      case ToldAs::kStatus:
        return keep_status(told);
      case ToldAs::kStatusText:
        if (text_of(told.value).empty()) return add(told.key, told.value);
        failed_ |= told.word->word == "exception.message";
        return add_once(kStatusText, told);
      case ToldAs::kErrorType:
        if (text_of(told.value).empty()) return add(told.key, told.value);
        failed_ = true;
        return add_once(kErrorType, told);
      case ToldAs::kFailure:
        return keep_error(told);
      default:
        return keep_attribute(told);
    }
  }

  void keep_duration(const Told& told) {
    // What pyagent says, everybody knows.
    const bool is_known = told.word->word == "duration_ms" || told.word->word == "duration_seconds";
    is_known ? add(told.key, told.value) : add("duration_ms", *duration_ms_);
    has_duration_ = true;
  }

  void keep_attribute(const Told& told) {
    const bool is_figure = is_number(told.value) || is_text(told.value);
    if (told.word != nullptr && told.word->as == ToldAs::kAttribute && is_figure) {
      // A pattern's estimate is no figure of a call.
      const bool is_call =
          told.word->word != "token_estimate" || !event_.event_type.starts_with("pattern_");
      return is_call ? add_once(told.word->own, told) : add(told.key, told.value);
    }
    // In an event of our form conventions' names are its own choice, and known to all behind us.
    const bool may_be_named =
        !ours_ && told.level != Level::kPayload && told.key.find('.') != told.key.npos;
    const std::string_view own = may_be_named ? own_attribute_name(told.key) : std::string_view();
    own.empty() ? add(told.key, told.value) : add_once(own, told);
  }

  void keep_context(const Told& told) {
    if (!is_object(told.value)) return add(told.key, told.value);
    keep_members(told, [this](const Attribute& each) -> std::optional<std::string_view> {
      const ToldWord* const word = event_word(each.key);
      if (word == nullptr || !may_play({each.key, each.value, {}, word, Level::kContext})) {
        return std::nullopt;
      }
      const Play& its = play(word->as);
      if (its.word != word || its.level != Level::kContext) return std::nullopt;
      return "";
    });
  }

  void keep_tokens(const Told& told) {
    if (!is_object(told.value)) return keep_attribute(told);
    keep_members(told, [](const Attribute& each) -> std::optional<std::string_view> {
      const std::string_view own = own_token_name(each.key);
      if (own.empty() || !is_number(each.value)) return std::nullopt;
      return own;
    });
  }

  void keep_status(const Told& told) {
    if (is_object(told.value)) {
      return keep_members(told, [this](const Attribute& each) -> std::optional<std::string_view> {
        const bool is_code = each.key == "code" || each.key == "status_code";
        const bool is_why = each.key == "message" || each.key == "description";
        if (is_code && take_status(each.value)) return "";
        if (is_why && is_text(each.value)) return each.value.as_string().empty() ? "" : kStatusText;
        return std::nullopt;
      });
    }
    // Other words than these nobody knows behind us.
    constexpr std::string_view kKnown[] = {"ok",    "success", "completed",
                                           "error", "failed",  "failure"};
    const bool is_known = std::ranges::find(kKnown, text_of(told.value)) != std::end(kKnown);
    if (told.word->word == "status" && (is_known || is_number(told.value))) {
      has_status_ |= is_known;
      return add(told.key, told.value);
    }
    if (!take_status(told.value)) add(told.key, told.value);
  }
  bool take_status(const Value& value) noexcept {
    const std::optional<SpanStatus> status = told_status(value);
    if (status && !status_) status_ = status;
    return status.has_value();
  }

  void keep_error(const Told& told) {
    failed_ |= says_error(told.value);
    if (!is_object(told.value)) return add(told.key, told.value);
    keep_members(told, [](const Attribute& each) -> std::optional<std::string_view> {
      if (text_of(each.value).empty()) return std::nullopt;
      if (each.key == "message") return kStatusText;
      if (each.key == "type") return kErrorType;
      return std::nullopt;
    });
  }

  // Takes members of an object by the names that own_name gives them; those without are kept in
  // the object, and those whose name is empty are not.
  template <class OwnName>
  void keep_members(const Told& told, OwnName own_name) {
    Value::Object rest;
    for (const Attribute& each : told.value.as_object()) {
      const std::optional<std::string_view> own = own_name(each);
      if (own && own->empty()) continue;
      if (own && is_free(*own)) {
        add(*own, each.value);
      } else {
        rest.push_back(each);
      }
    }
    if (!rest.empty()) add(told.key, Value::object(std::move(rest)));
  }

  void add_what_was_found() {
    if (ours_) return;
    if (duration_ms_ && !has_duration_ && !begins(event_.event_type)) {
      add("duration_ms", *duration_ms_);
    }
    if (has_status_) return;
    const bool is_told = status_ && *status_ != SpanStatus::kUnset;
    if (is_told) return add("span.status", to_string(*status_));
    if (failed_ && !fails(event_.event_type)) add("span.status", to_string(SpanStatus::kFailed));
  }

  // By our name, unless that is told already; then by its own.
  void add_once(std::string_view own, const Told& told) {
    add(told.key == own || is_free(own) ? own : told.key, told.value);
  }
  // Looks for a name of ours once; there are not many.
  bool is_free(std::string_view own) {
    if (std::ranges::find(taken_, own) != taken_.end()) return false;
    taken_.push_back(own);
    return std::ranges::none_of(members_,
                                [&](const JsonMember& member) { return member.key == own; }) &&
           std::ranges::none_of(bodies_, [&](const JsonMember* member) {
             if (member == nullptr) return false;
             const Value& held = member->value;
             return member_of(is_object(held) ? held.as_object() : pairs_of(held), own) != nullptr;
           });
  }

  void add(std::string_view key, Value value) {
    has_status_ |= key == "span.status";
    event_.payload.add(key, std::move(value));
  }

  const std::span<const JsonMember> members_;
  TraceEvent& event_;
  bool ours_ = false;
  bool is_recorder_ = false;
  std::array<Play, kToldRoles> plays_{};
  std::array<const ToldWord*, 32> words_;      // of the first members, once found
  std::array<const JsonMember*, 8> bodies_{};  // by place_of
  std::deque<Pairs> pairs_;                    // bodies of pairs, as objects
  std::vector<std::string_view> taken_;        // names of ours that were looked for
  std::optional<double> duration_ms_;
  std::optional<SpanStatus> status_;
  bool has_duration_ = false;
  bool has_status_ = false;  // in words that everybody knows
  bool failed_ = false;
};

}  // namespace

absl::Status event_of(std::span<const JsonMember> members, TraceEvent& event) {
  event = TraceEvent{};
  return ToldEvent(members, event).read();
}

}  // namespace v1
}  // namespace tracebus
