// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/price_text.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tracebus/trace/price_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

constexpr std::array<std::string_view, kPriceClasses> kClassNames = {
    "input", "output", "cache_read", "cache_write", "reasoning"};

struct PriceKey {
  PriceClass price_class;
  PriceUnit unit;  // unsaid: the model's, or the file's
};

std::optional<PriceKey> price_key_of(std::string_view key) noexcept {
  PriceUnit unit = PriceUnit::kUnsaid;
  for (const auto& [suffix, said] : {std::pair("_cost_per_1k", PriceUnit::kThousand),
                                     std::pair("_cost_per_1m", PriceUnit::kMillion)}) {
    if (!key.ends_with(suffix)) continue;
    key.remove_suffix(std::string_view(suffix).size());
    unit = said;
  }
  const auto found = std::ranges::find(kClassNames, key);
  if (found == kClassNames.end()) return std::nullopt;
  return PriceKey{static_cast<PriceClass>(found - kClassNames.begin()), unit};
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::string shown = "\"";
  for (const char c : text.substr(0, kShown)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return shown + (text.size() > kShown ? "...\"" : "\"");
}

// Moves the result into place. Not success: there is none, and place is untouched.
template <class Result, class T>
error_code take(Result&& result, T& place) noexcept {
  return std::forward<Result>(result).get(place);
}

class Reader {
 public:
  Reader(std::string_view json, std::string_view name) : json_(json), name_(name) {}

  absl::StatusOr<SaidPrices> read() {
    const std::size_t padded = json_.size() + simdjson::SIMDJSON_PADDING;
    ondemand::json_type type;
    error_code error = take(parser_.iterate(json_, padded), document_);
    if (!error) error = take(document_.type(), type);
    if (error) return bad_json(error);
    absl::Status status = type == ondemand::json_type::array    ? read_list_document()
                          : type == ondemand::json_type::object ? read_object_document()
                                                                : bad("is neither an object of "
                                                                      "models nor a list of them");
    if (!status.ok()) return status;
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return bad("something follows the prices; remove it");
    }
    return std::move(said_);
  }

 private:
  absl::Status read_list_document() {
    ondemand::array list;
    if (const error_code error = take(document_.get_array(), list)) return bad_json(error);
    return read_list(list);
  }

  absl::Status read_object_document() {
    ondemand::object object;
    if (const error_code error = take(document_.get_object(), object)) return bad_json(error);
    bool has_models = false;
    for (auto result : object) {
      ondemand::field field;
      if (const error_code error = take(std::move(result), field)) return bad_json(error);
      line_ = line_of(field.key().raw());
      std::string_view key;
      if (const error_code error = take(field.unescaped_key(), key)) return bad_json(error);
      if (key == "models" && std::exchange(has_models, true))
        return bad("\"models\" is given twice");
      const absl::Status status = key == "models" ? read_models(field.value())
                                                  : read_setting(key, field.value(), said_.unit);
      if (!status.ok()) return status;
    }
    return has_models ? absl::OkStatus() : bad("has no \"models\"; give {\"models\": {...}}");
  }

  absl::Status read_models(ondemand::value value) {
    ondemand::object object;
    ondemand::array list;
    if (!take(value.get_object(), object)) return read_map(object);
    if (!take(value.get_array(), list)) return read_list(list);
    return bad("\"models\" is neither an object nor a list");
  }

  // From patterns to prices.
  absl::Status read_map(ondemand::object map) {
    for (auto result : map) {
      ondemand::field field;
      if (const error_code error = take(std::move(result), field)) return bad_json(error);
      line_ = line_of(field.key().raw());
      std::string_view pattern;
      if (const error_code error = take(field.unescaped_key(), pattern)) return bad_json(error);
      SaidModel model{.pattern = std::string(pattern), .line = line_, .prices = {}};
      ondemand::object prices;
      if (take(field.value().get_object(), prices)) {
        return bad(shown_text(pattern) + " is no object; give {\"input\": ..., \"output\": ...}");
      }
      if (absl::Status status = read_model(prices, model, true); !status.ok()) return status;
      if (absl::Status status = keep(std::move(model)); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status read_list(ondemand::array list) {
    for (auto result : list) {
      ondemand::value value;
      ondemand::object prices;
      if (const error_code error = take(std::move(result), value)) return bad_json(error);
      line_ = line_of(value.raw_json_token().data());
      if (take(value.get_object(), prices)) {
        return bad("a model of the list is no object; give {\"model_pattern\": ..., ...}");
      }
      SaidModel model{.pattern = {}, .line = line_, .prices = {}};
      if (absl::Status status = read_model(prices, model, false); !status.ok()) return status;
      if (absl::Status status = keep(std::move(model)); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status keep(SaidModel model) {
    if (said_.models.size() >= kPricesMax) {
      return absl::ResourceExhaustedError(
          price_error(name_, model.line, "has more than " + std::to_string(kPricesMax) + " models")
              .message());
    }
    said_.models.push_back(std::move(model));
    return absl::OkStatus();
  }

  absl::Status read_model(ondemand::object prices, SaidModel& model, bool has_pattern) {
    for (auto result : prices) {
      ondemand::field field;
      if (const error_code error = take(std::move(result), field)) return bad_json(error);
      line_ = line_of(field.key().raw());
      std::string_view key;
      if (const error_code error = take(field.unescaped_key(), key)) return bad_json(error);
      absl::Status status;
      if (const auto price = price_key_of(key)) {
        status = read_price(key, *price, field.value(), model);
      } else if (!has_pattern && (key == "model_pattern" || key == "model")) {
        status = read_pattern(field.value(), model);
      } else {
        status = read_setting(key, field.value(), model.unit);
      }
      if (!status.ok()) return status;
    }
    if (!has_pattern && model.pattern.empty()) {
      line_ = model.line;
      return bad("a model of the list has no \"model_pattern\"");
    }
    return absl::OkStatus();
  }

  absl::Status read_pattern(ondemand::value value, SaidModel& model) {
    std::string_view pattern;
    if (!model.pattern.empty()) return bad(shown_text(model.pattern) + " has two patterns");
    if (take(value.get_string(), pattern)) return bad("a model's pattern is no text");
    model.pattern = std::string(pattern);
    return absl::OkStatus();
  }

  absl::Status read_price(std::string_view key, const PriceKey& price, ondemand::value value,
                          SaidModel& model) {
    SaidPrice& said = model.prices[static_cast<std::size_t>(price.price_class)];
    if (said.line != 0) {
      return bad(shown_text(model.pattern) + ": " + shown_text(to_string(price.price_class)) +
                 " is given twice; remove one");
    }
    ondemand::json_type type;
    if (const error_code error = take(value.type(), type)) return bad_json(error);
    std::string_view token = value.raw_json_token();
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
      token.remove_suffix(1);
    }
    said = {
        .number = token == "null" ? std::string_view() : token, .line = line_, .unit = price.unit};
    if (token == "null" || type == ondemand::json_type::number) return absl::OkStatus();
    return bad(shown_text(model.pattern) + ": " + shown_text(key) +
               " is no number; give dollars as 2.50");
  }

  // A unit or a comment.
  absl::Status read_setting(std::string_view key, ondemand::value value, PriceUnit& unit) {
    std::string_view text;
    if (key != "unit" && key != "comment") {
      return bad("the key " + shown_text(key) +
                 " is not known; models have input, output, cache_read, cache_write and reasoning, "
                 "each also with _cost_per_1k or _cost_per_1m, and unit and comment");
    }
    if (take(value.get_string(), text)) return bad(shown_text(key) + " is no text");
    if (key == "comment") return absl::OkStatus();
    if (unit != PriceUnit::kUnsaid) return bad("\"unit\" is given twice; remove one");
    if (text == "usd_per_1k_tokens") unit = PriceUnit::kThousand;
    if (text == "usd_per_1m_tokens") unit = PriceUnit::kMillion;
    if (unit != PriceUnit::kUnsaid) return absl::OkStatus();
    return bad("the unit " + shown_text(text) +
               " is not known; give usd_per_1k_tokens or usd_per_1m_tokens");
  }

  // Counted from the last place on, so that a file is counted once.
  std::size_t line_of(const char* at) noexcept {
    counted_lines_ += static_cast<std::size_t>(std::count(counted_to_, at, '\n'));
    counted_to_ = at;
    return counted_lines_;
  }
  absl::Status bad(std::string_view message) const { return price_error(name_, line_, message); }
  absl::Status bad_json(error_code error) {
    return bad(std::string("is not JSON there: ") + simdjson::error_message(error));
  }

  const std::string_view json_;
  const std::string_view name_;
  ondemand::parser parser_;
  ondemand::document document_;
  SaidPrices said_;
  std::size_t line_ = 1;
  const char* counted_to_ = json_.data();
  std::size_t counted_lines_ = 1;
};

}  // namespace

std::string_view to_string(PriceClass price_class) noexcept {
  return kClassNames[static_cast<std::size_t>(price_class)];
}

absl::Status price_error(std::string_view name, std::size_t line, std::string_view message) {
  std::string text(name);
  if (line != 0) text += ":" + std::to_string(line);
  return absl::InvalidArgumentError(text + ": " + std::string(message));
}

absl::StatusOr<SaidPrices> read_said_prices(std::string_view json, std::string_view name) {
  return Reader(json, name).read();
}

}  // namespace v1
}  // namespace tracebus
