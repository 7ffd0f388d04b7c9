// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/prompt_tokens.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "tracebus/core/value_codec.h"
#include "tracebus/exporters/python_text.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The last member of this name, as Python's dict has it; null if there is none.
const Value* find(const Value& object, std::string_view key) {
  if (object.type() != ValueType::kObject) return nullptr;
  const Value* found = nullptr;
  for (const Attribute& member : object.as_object()) {
    if (member.key == key) found = &member.value;
  }
  return found;
}

bool is_text(const Value* value, std::string_view text) {
  return value != nullptr && value->type() == ValueType::kString && value->as_string() == text;
}

// As Python judges it.
bool is_truthy(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return false;
    case ValueType::kBool:
      return value.as_bool();
    case ValueType::kInt64:
      return value.as_int64() != 0;
    case ValueType::kDouble:
      return value.as_double() != 0;
    case ValueType::kString:
      return !value.as_string().empty();
    case ValueType::kBytes:
      return !value.as_bytes().empty();
    case ValueType::kArray:
      return !value.as_array().empty();
    case ValueType::kObject:
      return !value.as_object().empty();
  }
  return false;
}

class TokenCount {
 public:
  explicit TokenCount(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  std::int64_t of_message(const PromptMessage& message) {
    count_ = 0;
    if (message.content.type() == ValueType::kArray) {
      for (const Value& part : message.content.as_array()) add_part(part);
    } else if (message.content.type() != ValueType::kNull) {
      add(message.content);
    }
    if (is_truthy(message.tool_calls)) add_tool_calls(message.tool_calls);
    return count_;
  }

 private:
  void add_tokens(std::int64_t tokens) {
    add_saturating(count_, std::max<std::int64_t>(0, tokens));
  }
  void add_text(std::string_view text) {
    add_tokens(tokenizer_ ? tokenizer_(text) : estimate_tokens(text));
  }
  // As Python's str() prints it.
  void add(const Value& value) {
    if (value.type() == ValueType::kString) return add_text(value.as_string());
    text_.clear();
    if (!value.is_nested()) {
      append_python_str(text_, scalar_view(value));
    } else if (const std::optional<std::size_t> size = encoded_body_size(value)) {
      body_.resize(*size);
      encode_body(value, body_.data());
      append_python_str(text_, ValueView::of_text(value.type(), body_));
    } else {
      return add_tokens(1);
    }
    add_text(text_);
  }
  void add_if(const Value* value) {
    if (value != nullptr) add(*value);
  }

  static ValueView scalar_view(const Value& value) {
    if (value.type() == ValueType::kBool) return ValueView::of_bool(value.as_bool());
    if (value.type() == ValueType::kInt64) return ValueView::of_int64(value.as_int64());
    if (value.type() == ValueType::kDouble) return ValueView::of_double_bits(value.scalar_word());
    if (value.type() != ValueType::kBytes) return {};
    const Bytes bytes = value.as_bytes();
    return ValueView::of_text(ValueType::kBytes,
                              {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  void add_part(const Value& part) {
    const Value* const type = find(part, "type");
    if (is_text(type, "image_url")) {
      add_tokens(kTokensPerImage);
    } else if (is_text(type, "text")) {
      add_if(find(part, "text"));
    } else if (is_text(type, "tool_use")) {
      add_if(find(part, "tool_use"));
    } else {
      add(part);
    }
  }

  void add_tool_calls(const Value& calls) {
    if (calls.type() != ValueType::kArray) return add(calls);
    for (const Value& call : calls.as_array()) {
      const Value* const function = find(call, "function");
      if (call.type() != ValueType::kObject) {
        add(call);
      } else if (function != nullptr && function->type() != ValueType::kObject) {
        add(*function);
      } else if (function != nullptr) {
        add_if(find(*function, "name"));
        add_if(find(*function, "arguments"));
      }
    }
  }

  const Tokenizer& tokenizer_;
  std::int64_t count_ = 0;
  std::string text_;  // kept for its memory, as body_ is
  std::string body_;
};

std::int64_t& count_of(TokenBreakdown& breakdown, std::string_view role) {
  if (role == "system") return breakdown.system;
  if (role == "user") return breakdown.user;
  if (role == "assistant") return breakdown.assistant;
  return role == "tool" ? breakdown.tool : breakdown.other;
}

}  // namespace

double TokenPercentages::operator[](std::string_view key) const noexcept {
  if (key == "system") return system;
  if (key == "user") return user;
  if (key == "assistant") return assistant;
  if (key == "tool") return tool;
  if (key == "other") return other;
  return key == "free" ? free : 0.0;
}

std::int64_t TokenBreakdown::total() const noexcept {
  std::int64_t sum = 0;
  for (const std::int64_t count : {system, user, assistant, tool, other})
    add_saturating(sum, count);
  return sum;
}

TokenPercentages TokenBreakdown::percentages(std::int64_t context_window) const noexcept {
  if (context_window <= 0) return {};
  const auto percent = [&](std::int64_t tokens) {
    return static_cast<double>(tokens) / static_cast<double>(context_window) * 100.0;
  };
  return {.system = percent(system),
          .user = percent(user),
          .assistant = percent(assistant),
          .tool = percent(tool),
          .other = percent(other),
          .free = percent(std::max<std::int64_t>(0, context_window - total()))};
}

TokenBreakdown compute_token_breakdown(std::span<const PromptMessage> messages,
                                       const Tokenizer& tokenizer) {
  TokenBreakdown breakdown;
  TokenCount count(tokenizer);
  for (const PromptMessage& message : messages) {
    add_saturating(count_of(breakdown, message.role), count.of_message(message));
  }
  return breakdown;
}

}  // namespace v1
}  // namespace tracebus
