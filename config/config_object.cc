// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/config_object.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kShownBytes = 80;

bool is_name(std::string_view name) noexcept {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// What stands between ${ and }.
struct Reference {
  std::string name;
  std::optional<std::string_view> otherwise;
};

std::optional<Reference> read_reference(std::string_view inside) {
  Reference reference;
  if (const std::size_t dash = inside.find(":-"); dash != std::string_view::npos) {
    reference.otherwise = inside.substr(dash + 2);
    inside = inside.substr(0, dash);
  }
  if (inside.starts_with("env:")) inside.remove_prefix(4);
  if (!is_name(inside)) return std::nullopt;
  reference.name = inside;
  return reference;
}

// The number of edits that make one of the other, for short texts.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string nearest(std::string_view key, const std::vector<std::string>& known) {
  constexpr std::size_t kKeyBytesMax = 64;
  std::string best;
  std::size_t least = 3;  // further away is another word
  for (const std::string& name : known) {
    if (key.size() > kKeyBytesMax) break;
    const std::size_t edits = distance(key, name);
    if (edits < least && edits < name.size()) {
      least = edits;
      best = name;
    }
  }
  return best;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

}  // namespace

std::string config_quoted(std::string_view text) {
  std::string shown;
  append_visible_quoted(shown, text.substr(0, kShownBytes), '"');
  return text.size() > kShownBytes ? shown + "..." : shown;
}

void ConfigProblems::add(std::size_t line, std::string_view where, std::string_view message) {
  if (++count_ > kProblemsMax) return;
  if (!text_.empty()) text_ += '\n';
  text_ += file_ + ":";
  if (line != 0) text_ += std::to_string(line) + ":";
  text_.append(" ");
  if (!where.empty()) text_.append(where).append(": ");
  text_.append(message);
}

absl::Status ConfigProblems::status() const {
  if (empty()) return absl::OkStatus();
  if (count_ <= kProblemsMax) return absl::InvalidArgumentError(text_);
  return absl::InvalidArgumentError(text_ + "\n" + file_ + ": and " +
                                    std::to_string(count_ - kProblemsMax) + " more");
}

ConfigObject::ConfigObject(const ConfigValue* value, std::string where, ConfigProblems& problems)
    : value_(value), where_(std::move(where)), problems_(problems) {
  if (value_ == nullptr || value_->kind == ConfigValue::Kind::kObject) return;
  problems_.add(value_->line, where_,
                "is " + std::string(to_string(value_->kind)) + "; give an object, as {...}");
  value_ = nullptr;
}

std::string ConfigObject::where(std::string_view key) const {
  std::string text = where_.empty() || key.empty() ? where_ : where_ + ".";
  append_visible(text, key.substr(0, kShownBytes));
  return text;
}

bool ConfigObject::has(std::string_view key) const noexcept {
  return value_ != nullptr &&
         std::find(value_->keys.begin(), value_->keys.end(), key) != value_->keys.end();
}

const ConfigValue* ConfigObject::find(std::string_view key) {
  known_.emplace_back(key);
  if (value_ == nullptr) return nullptr;
  const auto found = std::find(value_->keys.begin(), value_->keys.end(), key);
  if (found == value_->keys.end()) return nullptr;
  const ConfigValue& value = value_->items[static_cast<std::size_t>(found - value_->keys.begin())];
  return value.kind == ConfigValue::Kind::kNull ? nullptr : &value;
}

const ConfigValue* ConfigObject::find(std::string_view key, ConfigValue::Kind kind) {
  const ConfigValue* const value = find(key);
  if (value == nullptr || value->kind == kind) return value;
  problems_.add(value->line, where(key),
                "is " + std::string(to_string(value->kind)) + "; give " +
                    std::string(to_string(kind)));
  return nullptr;
}

bool ConfigObject::flag(std::string_view key, bool& target) {
  const ConfigValue* const value = find(key, ConfigValue::Kind::kFlag);
  if (value != nullptr) target = value->flag;
  return value != nullptr;
}

bool ConfigObject::number(std::string_view key, double& target, double min, double max) {
  const ConfigValue* const value = find(key, ConfigValue::Kind::kNumber);
  if (value == nullptr) return false;
  double number = 0;
  const char* const end = value->text.data() + value->text.size();
  const auto parsed = std::from_chars(value->text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number >= min && number <= max) {
    target = number;
    return true;
  }
  const auto shown = [](double limit) {
    std::string text = std::to_string(limit);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  bad(key, value->text.substr(0, kShownBytes) + " is not from " + shown(min) + " to " + shown(max));
  return false;
}

bool ConfigObject::whole_text(std::string_view key, std::int64_t min, std::uint64_t max,
                              std::uint64_t& bits) {
  const ConfigValue* const value = find(key, ConfigValue::Kind::kNumber);
  if (value == nullptr) return false;
  const char* const begin = value->text.data();
  const char* const end = begin + value->text.size();
  bool is_within = false;
  if (value->text.front() == '-') {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(begin, end, number);
    is_within = parsed.ec == std::errc() && parsed.ptr == end && number >= min;
    bits = static_cast<std::uint64_t>(number);
  } else {
    const auto parsed = std::from_chars(begin, end, bits);
    is_within = parsed.ec == std::errc() && parsed.ptr == end && bits <= max &&
                (min <= 0 || bits >= static_cast<std::uint64_t>(min));
  }
  if (!is_within) {
    bad(key, value->text.substr(0, kShownBytes) + " is no whole number from " +
                 std::to_string(min) + " to " + std::to_string(max));
  }
  return is_within;
}

bool ConfigObject::text(std::string_view key, std::string& target) {
  const ConfigValue* const value = find(key, ConfigValue::Kind::kText);
  return value != nullptr && fill_in(*value, where(key), target);
}

bool ConfigObject::texts(std::string_view key, std::vector<std::string>& target) {
  const ConfigValue* const value = list(key);
  if (value == nullptr) return false;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < value->items.size(); ++i) {
    const ConfigValue& item = value->items[i];
    const std::string place = where(key) + "[" + std::to_string(i) + "]";
    if (item.kind != ConfigValue::Kind::kText) {
      problems_.add(item.line, place,
                    "is " + std::string(to_string(item.kind)) + "; give a text");
      return false;
    }
    if (!fill_in(item, place, texts.emplace_back())) return false;
  }
  target = std::move(texts);
  return true;
}

ConfigObject ConfigObject::object(std::string_view key) {
  return ConfigObject(find(key), where(key), problems_);
}

const ConfigValue* ConfigObject::value(std::string_view key) { return find(key); }

const ConfigValue* ConfigObject::list(std::string_view key) {
  return find(key, ConfigValue::Kind::kList);
}

bool ConfigObject::fill_in(const ConfigValue& value, std::string_view where, std::string& target) {
  std::string filled;
  std::string_view rest = value.text;
  for (;;) {
    const std::size_t dollar = rest.find('$');
    filled.append(rest.substr(0, dollar));
    if (dollar == std::string_view::npos) break;
    rest.remove_prefix(dollar + 1);
    if (rest.starts_with('$')) {
      filled += '$';
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t end = rest.starts_with('{') ? rest.find('}') : std::string_view::npos;
    const auto reference = end == std::string_view::npos ? std::nullopt
                                                         : read_reference(rest.substr(1, end - 1));
    if (!reference) {
      problems_.add(value.line, where,
                    "has a $ that begins no ${NAME}; write $$ for a dollar sign");
      return false;
    }
    rest.remove_prefix(end + 1);
    const char* const said = std::getenv(reference->name.c_str());
    if (said == nullptr && !reference->otherwise) {
      problems_.add(value.line, where,
                    "the environment variable " + reference->name +
                        " is not set; set it, or write ${" + reference->name + ":-...}");
      return false;
    }
    filled += said != nullptr ? std::string_view(said) : *reference->otherwise;
  }
  target = std::move(filled);
  return true;
}

void ConfigObject::bad(std::string_view key, std::string_view message) {
  const ConfigValue* const value = find(key);
  problems_.add(value != nullptr ? value->line : line(), where(key), message);
}

void ConfigObject::bad_choice(std::string_view key, const std::string& word,
                              const std::string& words) {
  const ConfigValue* const value = find(key);
  const bool as_written = value != nullptr && value->text == word;
  bad(key, (as_written ? config_quoted(word) + " " : std::string()) + "is none of " + words);
}

void ConfigObject::refuse_others() {
  if (value_ == nullptr) return;
  std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  for (std::size_t i = 0; i < value_->keys.size(); ++i) {
    const std::string& key = value_->keys[i];
    if (std::binary_search(known_.begin(), known_.end(), key)) continue;
    const std::string meant = nearest(key, known_);
    problems_.add(value_->items[i].line, where(key),
                  meant.empty() ? "is no key here; there are " + joined(known_)
                                : "is no key here; is " + meant + " meant?");
  }
}

}  // namespace v1
}  // namespace tracebus
