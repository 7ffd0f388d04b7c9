// SPDX-License-Identifier: Apache-2.0
//
// Profile: a vocabulary in which spans are told to the outside. Events speak ours; an exporter
// chooses the profile that its receiver understands. The names stand in core/profile_table.inc.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_CORE_PROFILE_H_
#define TRACEBUS_CORE_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {

enum class Profile : std::uint8_t { kPyagent, kExo, kPlyra, kGenAi, kGenAiDev, kTutorial };
inline constexpr std::size_t kProfileCount = 6;

// "pyagent", "exo", "plyra", "gen_ai", "gen_ai_dev", "tutorial".
std::string_view to_string(Profile profile) noexcept;
std::optional<Profile> profile_called(std::string_view name) noexcept;
// For OTLP's schema_url; empty for vocabularies without one.
std::string_view schema_url(Profile profile) noexcept;

// What the profile calls an attribute of ours; empty if it has no word for it, and the attribute
// keeps its own name. Takes a few dozen nanoseconds: exporters keep the answers.
std::string_view attribute_name(Profile profile, std::string_view ours) noexcept;

// The other way round: what we call an attribute that one of the profiles calls so, or an older
// convention did (OpenLLMetry, gen_ai before 1.37). Empty: nobody's word, or a word without a dot,
// which may mean anything. Our own names are not looked for. About as fast.
std::string_view own_attribute_name(std::string_view told) noexcept;

// What the profile calls spans of a kind: the prefix, and behind it the name that span.name says,
// unless such spans go by the prefix alone.
struct SpanNaming {
  std::string_view prefix = {};
  bool with_name = true;
};
const SpanNaming& span_naming(Profile profile, SpanKind kind) noexcept;

// Appends what the profile calls a span, whose name is as span.name says.
void append_span_name(std::string& out, Profile profile, SpanKind kind, std::string_view name);

// What kinds are called by those who have kinds. Empty: none.
struct KindNames {
  std::string_view openinference;  // openinference.span.kind; plyra.span.kind is our own name
  std::string_view operation;      // gen_ai.operation.name
  std::string_view langfuse;       // langfuse.observation.type
  std::string_view datadog;        // of LLM Observability
};
const KindNames& kind_names(SpanKind kind) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROFILE_H_
