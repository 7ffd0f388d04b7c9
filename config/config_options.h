// SPDX-License-Identifier: Apache-2.0
//
// Reads the options of bus/option_list.h out of an object: what is ExporterOptions.batch.events_max
// in code is {"batch": {"events_max": ...}}. Bytes may be a text, such as "64MiB".
#ifndef TRACEBUS_CONFIG_CONFIG_OPTIONS_H_
#define TRACEBUS_CONFIG_CONFIG_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tracebus/bus/byte_count.h"
#include "tracebus/bus/cpu_list.h"
#include "tracebus/bus/option_list.h"
#include "tracebus/config/config_object.h"

namespace tracebus {
inline namespace v1 {

// A visitor, in the meaning of option_list.h. Options that the object does not have stay as they
// are.
class ConfigOptionReader {
 public:
  // REQUIRES: object outlives it.
  explicit ConfigOptionReader(ConfigObject& object) : object_(object) {}
  // Refuses unknown keys of the objects within object.
  ~ConfigOptionReader() {
    for (auto& [name, inner] : inner_) inner.refuse_others();
  }
  ConfigOptionReader(const ConfigOptionReader&) = delete;
  ConfigOptionReader& operator=(const ConfigOptionReader&) = delete;

  template <class T>
  void number(const OptionName& name, T& value, const NumberRange<T>& range) {
    const auto [object, key] = find(name);
    T read = value;
    if (!read_number(*object, key, read, range)) return;
    if (range.contains(read)) {
      value = read;
      return;
    }
    std::string message = std::to_string(read) + " is not " + range.text();
    if (range.min_option.in_code != nullptr && read < range.min) {
      message += "; " + std::string(key_of(range.min_option)) + " is " + std::to_string(range.min);
    }
    object->bad(key, message);
  }

  template <class E>
  void choice(const OptionName& name, E& value, const Choices<E>& choices) {
    const auto [object, key] = find(name);
    std::string word;
    if (!object->text(key, word)) return;
    for (const Choice<E>& choice : choices.all.first(choices.allowed)) {
      if (choice.text != word) continue;
      value = choice.value;
      return;
    }
    object->bad(key, "must be " + choices.text());
  }

  void cpus(const OptionName& name, std::vector<int>& value) {
    const auto [object, key] = find(name);
    std::string text;
    if (!object->text(key, text)) return;
    absl::StatusOr<std::vector<int>> read = parse_cpu_list(text);
    if (read.ok()) {
      value = *std::move(read);
    } else {
      object->bad(key, std::string(read.status().message()));
    }
  }

 private:
  struct Place {
    ConfigObject* object;
    std::string key;
  };

  // Without the name of the struct.
  static std::string_view key_of(const OptionName& name) {
    const std::string_view in_code = name.in_code;
    return in_code.substr(in_code.find('.') + 1);
  }

  Place find(const OptionName& name) {
    const std::string_view key = key_of(name);
    const std::size_t dot = key.find('.');
    if (dot == std::string_view::npos) return {&object_, std::string(key)};
    const std::string outer(key.substr(0, dot));
    const auto found = inner_.find(outer);
    ConfigObject& inner = found != inner_.end()
                              ? found->second
                              : inner_.emplace(outer, object_.object(outer)).first->second;
    return {&inner, std::string(key.substr(dot + 1))};
  }

  template <class T>
  static bool read_number(ConfigObject& object, const std::string& key, T& read,
                          const NumberRange<T>& range) {
    const ConfigValue* const value = object.value(key);
    if (value == nullptr) return false;
    if (range.form == NumberForm::kPlain || value->kind != ConfigValue::Kind::kText) {
      return object.whole(key, read, std::is_signed_v<T> ? INT64_MIN : 0, INT64_MAX);
    }
    std::string text;
    if (!object.text(key, text)) return false;
    const std::optional<std::size_t> bytes = parse_byte_count(text);
    if (!bytes) {
      object.bad(key, "is no number of bytes; give " + range.text() + ", or such as \"64KiB\"");
      return false;
    }
    read = static_cast<T>(*bytes);
    return true;
  }

  ConfigObject& object_;
  std::map<std::string, ConfigObject, std::less<>> inner_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_CONFIG_OPTIONS_H_
