// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/redactor.h"

#include <utility>

#include "tracebus/core/json_redaction.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/secret_scanner.h"
#include "tracebus/core/text_patches.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace

Redactor::Redactor(RedactionOptions options)
    : options_(std::move(options)), keys_(options_.keys), plain_keys_(options_.plain_keys),
      json_mask_(json_string(options_.mask)), counts_(std::make_shared<RedactionCounts>()) {}

bool Redactor::is_secret_key(std::string_view key) const {
  return wants(RedactionRule::kKey) && keys_.matches(key) && !plain_keys_.matches(key);
}

std::optional<std::string> Redactor::redact(std::string_view text, bool cut, int level) {
  if (level < kJsonLevelsMax && JsonRedaction::may_be_json(text)) {
    return JsonRedaction(*this, text, cut, level).run();
  }
  return redact_plain(text, cut);
}

std::optional<std::string> Redactor::redact_plain(std::string_view text, bool cut) {
  SecretScanner scanner(
      text, {.rules = options_.rules, .keys = &keys_, .mask = options_.mask, .cut = cut});
  TextPatches patches(text);
  while (const auto found = scanner.next()) {
    patches.replace(found->begin, found->end, options_.mask);
    count(found->rule);
  }
  steps_ += scanner.steps();
  return patches.finish();
}

}  // namespace v1
}  // namespace tracebus
