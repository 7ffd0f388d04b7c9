// SPDX-License-Identifier: Apache-2.0
//
// Baggage: the `baggage` header of W3C Baggage (section 3): data of an application that travels
// along with a request.
//
//   baggage: session=s-17,agent.handoff.reason=needs%20research;hops=1
#ifndef TRACEBUS_TRACE_BAGGAGE_H_
#define TRACEBUS_TRACE_BAGGAGE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

struct BaggageProperty {
  std::string key;
  std::optional<std::string> value;  // decoded, as BaggageMember::value
  bool operator==(const BaggageProperty&) const = default;
};

struct BaggageMember {
  std::string key;    // a token
  std::string value;  // decoded: any UTF-8
  // The whole member as it travels. What was received is passed on as it was encoded, so that no
  // hop makes it longer.
  std::string text;

  // Read out of text: a stranger may send thousands.
  std::vector<BaggageProperty> properties() const;

  // The same data, however encoded.
  bool operator==(const BaggageMember& other) const {
    return key == other.key && value == other.value && properties() == other.properties();
  }
};

struct ParsedBaggage;

// An immutable list of at most kBaggageMembersMax members and kBaggageBytesMax bytes as a header's
// value (section 3.3.2: what everybody must pass on). Copies share it. Thread safety: any number of
// threads may read one.
class Baggage {
 public:
  using Member = BaggageMember;
  using Property = BaggageProperty;

  Baggage() noexcept = default;

  // What the lines of a request say together, in order (RFC 7230, section 3.2.2). A member that is
  // ill-formed, or for which there is no room, is dropped and counted, and the others stay. Of a
  // key given twice the last member wins, in the first one's place. Percent-encoded bytes that are
  // no UTF-8 become U+FFFD (section 3.3.1.3). Linear in the size of the lines; keeps at most
  // kBaggageMembersMax members and four times kBaggageBytesMax of text.
  static ParsedBaggage parse(std::span<const std::string_view> lines);
  static ParsedBaggage parse(std::string_view line);

  bool empty() const noexcept { return members_ == nullptr; }
  std::span<const Member> members() const noexcept;  // valid while a copy of this list lives
  std::optional<std::string_view> get(std::string_view key) const noexcept;

  // This list with a member of that key, in the place of one that was there, or at the end. In
  // values, U+FFFD takes the place of what is no UTF-8. None if a key is no token (RFC 7230,
  // section 3.2.6), or if there is no room.
  std::optional<Baggage> with(std::string_view key, std::string_view value,
                              std::span<const Property> properties = {}) const;
  Baggage without(std::string_view key) const;
  // This list, and those members of the other one for whose keys it has none, while there is room.
  ParsedBaggage joined(const Baggage& other) const;

  // As a header's value; empty for an empty list, which is not to be sent.
  std::string text() const;
  std::size_t text_bytes() const noexcept;

  bool operator==(const Baggage& other) const;

 private:
  class Builder;
  explicit Baggage(std::vector<Member> members);

  std::shared_ptr<const std::vector<Member>> members_;  // null if there are none
};

struct ParsedBaggage {
  Baggage baggage;
  std::size_t dropped_members = 0;  // ill-formed, or beyond a limit
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_BAGGAGE_H_
