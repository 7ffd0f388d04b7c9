// SPDX-License-Identifier: Apache-2.0
//
// Redactor: masks secrets and personal data in texts, and in the values of attributes.
//
//   Redactor redactor({.keys = {"*password", "ssn"}});
//   redactor.redact(R"(mail bob@example.com, {"password": 1})")  // "mail [REDACTED], ..."
//
// A text that begins like a JSON object or array is read as JSON: values of secret keys are masked
// whole, strings within are looked into once unescaped (they may be JSON again, kJsonLevelsMax
// deep), and valid JSON stays valid JSON. What is no JSON is searched as text, from where it stops
// being JSON. Linear in the text. Idempotent, as far as the mask itself looks like no secret.
// Thread safety: none, but counts() may be read by any thread.
#ifndef TRACEBUS_CORE_REDACTOR_H_
#define TRACEBUS_CORE_REDACTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/counter.h"
#include "tracebus/core/key_patterns.h"
#include "tracebus/core/redaction_rule.h"

namespace tracebus {
inline namespace v1 {

struct RedactionOptions {
  RedactionRules rules = RedactionRules::usual();
  // See KeyPatterns.
  std::vector<std::string> keys = {KeyPatterns::secrets().begin(), KeyPatterns::secrets().end()};
  // Keys that are none of them, whatever `keys` says. Their values are searched like any other.
  std::vector<std::string> plain_keys = {};
  std::string mask = "[REDACTED]";
  // Of each string; longer ones are cut behind a whole character, or, if they are JSON, so that
  // they stay JSON. 0: as long as they are.
  std::size_t value_bytes_max = 0;
};

// How often each rule masked something. One thread counts, any thread may read.
class RedactionCounts {
 public:
  void add(RedactionRule rule) noexcept { counts_[static_cast<std::size_t>(rule)].add(1); }
  std::uint64_t get(RedactionRule rule) const noexcept {
    return counts_[static_cast<std::size_t>(rule)].get();
  }
  std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const Counter& count : counts_) sum += count.get();
    return sum;
  }

 private:
  std::array<Counter, kRedactionRules> counts_{};
};

class Redactor {
 public:
  static constexpr int kJsonLevelsMax = 4;

  explicit Redactor(RedactionOptions options);

  // The text with what was found masked; nothing if nothing was. cut: the text may have been cut
  // off within a secret.
  std::optional<std::string> redact(std::string_view text, bool cut = false) {
    return redact(text, cut, 0);
  }
  bool is_secret_key(std::string_view key) const;
  bool wants(RedactionRule rule) const noexcept { return options_.rules.has(rule); }
  void count(RedactionRule rule) noexcept { counts_->add(rule); }

  const RedactionOptions& options() const noexcept { return options_; }
  std::shared_ptr<const RedactionCounts> counts() const noexcept { return counts_; }
  // Bytes looked at, by all rules. For tests.
  std::uint64_t steps() const noexcept { return steps_; }

 private:
  friend class JsonRedaction;

  // level: how many JSON texts this one is within.
  std::optional<std::string> redact(std::string_view text, bool cut, int level);
  std::optional<std::string> redact_plain(std::string_view text, bool cut);

  const RedactionOptions options_;
  const KeyPatterns keys_;
  const KeyPatterns plain_keys_;
  const std::string json_mask_;  // a JSON string
  const std::shared_ptr<RedactionCounts> counts_;
  std::uint64_t steps_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_REDACTOR_H_
