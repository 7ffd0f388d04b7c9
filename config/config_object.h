// SPDX-License-Identifier: Apache-2.0
//
// ConfigObject: reads an object of a config file key by key, and notes all that is wrong with it:
//
//   ConfigObject batch(exporter.object("batch"));
//   batch.whole("events_max", options.batch.events_max, 1, 65536);
//   batch.refuse_others();   // "config.json:7: exporters[0].batch.events: is no key here; ..."
//
// Texts may say ${NAME} or ${env:NAME}, for a variable of the environment that must be set, or
// ${NAME:-default}; $$ stands for a dollar sign (as in OpenTelemetry's file configuration).
//
// No message has the text of a value in which a variable was put.
#ifndef TRACEBUS_CONFIG_CONFIG_OBJECT_H_
#define TRACEBUS_CONFIG_CONFIG_OBJECT_H_

#include <absl/status/status.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/config/config_value.h"

namespace tracebus {
inline namespace v1 {

// All that is wrong with one file.
class ConfigProblems {
 public:
  static constexpr std::size_t kProblemsMax = 50;

  explicit ConfigProblems(std::string file) : file_(std::move(file)) {}

  const std::string& file() const noexcept { return file_; }
  // where: the key with those around it, such as exporters[1].filter.
  void add(std::size_t line, std::string_view where, std::string_view message);
  bool empty() const noexcept { return count_ == 0; }
  // InvalidArgument with a line for each of the first kProblemsMax; OK if there are none.
  absl::Status status() const;

 private:
  const std::string file_;
  std::string text_;
  std::size_t count_ = 0;
};

class ConfigObject {
 public:
  // value: null stands for an object without members. REQUIRES: value and problems outlive it.
  ConfigObject(const ConfigValue* value, std::string where, ConfigProblems& problems);

  bool is_there() const noexcept { return value_ != nullptr; }
  bool has(std::string_view key) const noexcept;
  std::vector<std::string> keys() const {
    return value_ == nullptr ? std::vector<std::string>() : value_->keys;
  }
  std::size_t line() const noexcept { return value_ == nullptr ? 0 : value_->line; }
  const std::string& where() const noexcept { return where_; }
  std::string where(std::string_view key) const;

  // Each reads one key into target, which stays as it is if the key is absent, null, or wrong.
  // True: it was read.
  bool flag(std::string_view key, bool& target);
  bool number(std::string_view key, double& target, double min, double max);
  template <std::integral T>
  bool whole(std::string_view key, T& target, std::int64_t min, std::uint64_t max);
  bool text(std::string_view key, std::string& target);
  bool texts(std::string_view key, std::vector<std::string>& target);
  // One of some words.
  template <class T>
  bool choice(std::string_view key, T& target,
              std::initializer_list<std::pair<std::string_view, T>> words);

  ConfigObject object(std::string_view key);
  // Any value; null: it is absent or null.
  const ConfigValue* value(std::string_view key);
  // An object's own key, for what has its own way of being read.
  const ConfigValue* list(std::string_view key);

  // The values of texts, with variables put in. False: a problem was noted.
  bool fill_in(const ConfigValue& value, std::string_view where, std::string& target);

  void bad(std::string_view key, std::string_view message);
  // Notes each key that nobody asked for. Call it last.
  void refuse_others();

  ConfigProblems& problems() noexcept { return problems_; }

 private:
  const ConfigValue* find(std::string_view key);
  const ConfigValue* find(std::string_view key, ConfigValue::Kind kind);
  bool whole_text(std::string_view key, std::int64_t min, std::uint64_t max, std::uint64_t& bits);
  void bad_choice(std::string_view key, const std::string& word, const std::string& words);

  const ConfigValue* value_;
  const std::string where_;
  ConfigProblems& problems_;
  std::vector<std::string> known_;  // keys that were asked for
};

// A text as it may be shown: quoted, escaped and cut.
std::string config_quoted(std::string_view text);

template <std::integral T>
bool ConfigObject::whole(std::string_view key, T& target, std::int64_t min, std::uint64_t max) {
  std::uint64_t bits = 0;
  if (!whole_text(key, min, max, bits)) return false;
  target = static_cast<T>(bits);
  return true;
}

template <class T>
bool ConfigObject::choice(std::string_view key, T& target,
                          std::initializer_list<std::pair<std::string_view, T>> words) {
  std::string word;
  if (!text(key, word)) return false;
  std::string all;
  for (const auto& [name, meaning] : words) {
    if (name == word) {
      target = meaning;
      return true;
    }
    all.append(all.empty() ? "" : ", ").append(name);
  }
  bad_choice(key, word, all);
  return false;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_CONFIG_OBJECT_H_
