// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/provider_names.h"

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// The spellings of OpenTelemetry's registry (gen_ai.provider.name), and plain ones.
constexpr Pair kSpellings[] = {
    {"openai", "OpenAI"},           {"azure.ai.openai", "Azure OpenAI"},
    {"anthropic", "Anthropic"},     {"google", "Google"},
    {"gemini", "Google"},           {"gcp.gemini", "Google"},
    {"gcp.gen_ai", "Google"},       {"gcp.vertex_ai", "Google"},
    {"mistral", "Mistral AI"},      {"mistral_ai", "Mistral AI"},
    {"cohere", "Cohere"},           {"meta", "Meta"},
    {"aws.bedrock", "AWS Bedrock"},
};
constexpr Pair kPrefixes[] = {
    {"gpt-", "OpenAI"},    {"o1", "OpenAI"},           {"claude-", "Anthropic"},
    {"gemini-", "Google"}, {"mistral-", "Mistral AI"}, {"command-", "Cohere"},
    {"llama-", "Meta"},
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_same(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view provider_label(std::string_view provider) noexcept {
  for (const auto& [spelling, label] : kSpellings) {
    if (is_same(provider, spelling) || is_same(provider, label)) return label;
  }
  return provider;
}

std::string_view provider_of_model(std::string_view model) noexcept {
  for (const auto& [prefix, label] : kPrefixes) {
    if (model.starts_with(prefix)) return label;
  }
  return model.empty() ? std::string_view() : "Other";
}

}  // namespace v1
}  // namespace tracebus
