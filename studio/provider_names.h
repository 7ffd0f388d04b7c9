// SPDX-License-Identifier: Apache-2.0
//
// What providers of models are called, whoever says it.
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_PROVIDER_NAMES_H_
#define TRACEBUS_STUDIO_PROVIDER_NAMES_H_

#include <string_view>

namespace tracebus {
inline namespace v1 {

// One name for the spellings of a provider that are known ("anthropic", "gcp.gemini"), in any case;
// any other stays as it is.
std::string_view provider_label(std::string_view provider) noexcept;

// By the beginning of the model's name, as the seed's dashboard tells them: gpt- and o1 are
// OpenAI's, claude- Anthropic's, gemini- Google's, mistral- Mistral AI's, command- Cohere's, llama-
// Meta's; "Other" for the rest, and empty for no model.
std::string_view provider_of_model(std::string_view model) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_PROVIDER_NAMES_H_
