// SPDX-License-Identifier: Apache-2.0
//
// Carriers: what a context travels in. Either
//   - a container of pairs of texts, such as std::map<std::string, std::string>, a multimap, or a
//     vector of pairs: HTTP headers, gRPC metadata, a queue's message attributes, the `_meta`
//     object of an MCP request (whose keys are the same three names, without a prefix: SEP-414); or
//   - a class of its own with
//       std::optional<std::string_view> get(std::string_view name) const;  or of std::string
//       a range of texts get_all(std::string_view name) const;   where a name may occur repeatedly
//       void set(std::string_view name, std::string_view value);
//       void erase(std::string_view name);                        if it can
//     which compares names as its protocol does. Reading takes get or get_all, writing set.
// Names are "traceparent", "tracestate" and "baggage"; in a container they are found in any case.
#ifndef TRACEBUS_TRACE_CARRIER_H_
#define TRACEBUS_TRACE_CARRIER_H_

#include <concepts>
#include <deque>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tracebus/trace/header_text.h"

namespace tracebus {
inline namespace v1 {

template <class Text>
concept TextLike = std::convertible_to<const Text&, std::string_view>;

template <class Carrier>
concept SingleValueCarrier = requires(const Carrier& carrier, std::string_view name) {
  { *carrier.get(name) } -> TextLike;
  { carrier.get(name).has_value() } -> std::convertible_to<bool>;
};

template <class Carrier>
concept MultiValueCarrier = requires(const Carrier& carrier, std::string_view name) {
  { carrier.get_all(name) } -> std::ranges::input_range;
  requires TextLike<std::ranges::range_value_t<decltype(carrier.get_all(name))>>;
};

template <class Carrier>
concept SettableCarrier = requires(Carrier& carrier, std::string_view text) {
  carrier.set(text, text);
};

template <class Carrier>
concept PairsOfTexts = std::ranges::input_range<const Carrier> &&
    requires(std::ranges::range_reference_t<const Carrier> pair) {
  { pair.first } -> TextLike;
  { pair.second } -> TextLike;
};

template <class Carrier>
concept ReadableCarrier =
    SingleValueCarrier<Carrier> || MultiValueCarrier<Carrier> || PairsOfTexts<Carrier>;

template <class Carrier>
concept WritableCarrier = SettableCarrier<Carrier> || PairsOfTexts<Carrier>;

// The values of one name, in their order.
class HeaderLines {
 public:
  // Borrows a text that outlives this object, and keeps one that would not.
  template <class Text>
  void add(Text&& text) {
    if constexpr (std::same_as<Text, std::string>) {
      lines_.push_back(kept_.emplace_back(std::move(text)));
    } else {
      lines_.push_back(std::string_view(text));
    }
  }
  const std::vector<std::string_view>& get() const noexcept { return lines_; }

 private:
  std::vector<std::string_view> lines_;
  std::deque<std::string> kept_;
};

// Valid as long as the carrier is not changed.
template <ReadableCarrier Carrier>
HeaderLines read_lines(const Carrier& carrier, std::string_view name) {
  HeaderLines lines;
  if constexpr (MultiValueCarrier<Carrier>) {
    auto&& values = carrier.get_all(name);
    constexpr bool kTemporary = !std::is_reference_v<decltype(carrier.get_all(name))>;
    for (auto&& value : values) {
      // Views of a temporary range still point into the carrier; strings of one do not.
      if constexpr (kTemporary && std::same_as<std::remove_cvref_t<decltype(value)>, std::string>) {
        lines.add(std::string(value));
      } else {
        lines.add(value);
      }
    }
  } else if constexpr (SingleValueCarrier<Carrier>) {
    if (auto value = carrier.get(name); value.has_value()) lines.add(*std::move(value));
  } else {
    for (const auto& pair : carrier) {
      if (same_header_name(std::string_view(pair.first), name)) {
        lines.add(std::string_view(pair.second));
      }
    }
  }
  return lines;
}

template <WritableCarrier Carrier>
void erase_lines(Carrier& carrier, std::string_view name) {
  if constexpr (SettableCarrier<Carrier>) {
    if constexpr (requires { carrier.erase(name); }) carrier.erase(name);
  } else {
    using std::erase_if;
    erase_if(carrier, [name](const auto& pair) {
      return same_header_name(std::string_view(pair.first), name);
    });
  }
}

// In the place of all lines of that name.
template <WritableCarrier Carrier>
void write_line(Carrier& carrier, std::string_view name, std::string_view value) {
  if constexpr (SettableCarrier<Carrier>) {
    carrier.set(name, value);
  } else {
    erase_lines(carrier, name);
    using Pair = std::ranges::range_value_t<Carrier>;
    using First = std::remove_cv_t<typename Pair::first_type>;
    using Second = typename Pair::second_type;
    if constexpr (requires { carrier.emplace_back(First(name), Second(value)); }) {
      carrier.emplace_back(First(name), Second(value));
    } else {
      carrier.emplace(First(name), Second(value));
    }
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CARRIER_H_
