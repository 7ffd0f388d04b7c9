// SPDX-License-Identifier: Apache-2.0
//
// RedactionRule: why something was masked. Each is counted by itself.
#ifndef TRACEBUS_CORE_REDACTION_RULE_H_
#define TRACEBUS_CORE_REDACTION_RULE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace tracebus {
inline namespace v1 {

enum class RedactionRule : std::uint8_t {
  kKey = 0,         // the value of a secret key, as an attribute or in JSON
  kAssignment,      // the same within a text: "password=...", "Authorization: ..."
  kApiKey,          // sk-..., ghp_..., AKIA..., and others that are known by how they begin
  kBearer,          // what follows "Bearer" or "Basic"
  kJwt,             // eyJ....
  kPrivateKey,      // -----BEGIN ... PRIVATE KEY-----
  kUrlCredentials,  // name and password in scheme://user:password@host
  kEmail,
  kCard,   // 13 to 19 digits of a known issuer, with a right check digit
  kSsn,    // 123-45-6789
  kPhone,  // +49 30 1234567, (212) 555-0123, 212-555-0123
  kIpv4,
};
inline constexpr std::size_t kRedactionRules = 12;

constexpr std::string_view to_string(RedactionRule rule) noexcept {
  constexpr std::array<std::string_view, kRedactionRules> kNames = {
      "key",   "assignment", "api_key", "bearer", "jwt", "private_key", "url_credentials",
      "email", "card",       "ssn",     "phone",  "ipv4"};
  return kNames[static_cast<std::size_t>(rule)];
}

// A set of rules.
class RedactionRules {
 public:
  constexpr RedactionRules() noexcept = default;
  constexpr RedactionRules(std::initializer_list<RedactionRule> rules) noexcept {
    for (const RedactionRule rule : rules) bits_ |= bit(rule);
  }
  // All but kIpv4: addresses of machines are what traces are read for.
  static constexpr RedactionRules usual() noexcept { return all().without(RedactionRule::kIpv4); }
  static constexpr RedactionRules all() noexcept {
    RedactionRules rules;
    rules.bits_ = (1u << kRedactionRules) - 1;
    return rules;
  }

  constexpr bool has(RedactionRule rule) const noexcept { return (bits_ & bit(rule)) != 0; }
  constexpr RedactionRules with(RedactionRule rule) const noexcept {
    RedactionRules rules = *this;
    rules.bits_ |= bit(rule);
    return rules;
  }
  constexpr RedactionRules without(RedactionRule rule) const noexcept {
    RedactionRules rules = *this;
    rules.bits_ &= ~bit(rule);
    return rules;
  }

 private:
  static constexpr std::uint32_t bit(RedactionRule rule) noexcept {
    return 1u << static_cast<std::uint32_t>(rule);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_REDACTION_RULE_H_
