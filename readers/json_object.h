// SPDX-License-Identifier: Apache-2.0
//
// JsonObject: one JSON object in memory, parsed strictly, with the order of its members kept.
#ifndef TRACEBUS_READERS_JSON_OBJECT_H_
#define TRACEBUS_READERS_JSON_OBJECT_H_

#include <absl/status/status.h>

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tracebus/core/ids.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

struct JsonMember {
  std::string_view key;
  Value value;
  std::string_view number;       // as it was written, if the value is a number
  std::optional<Origin> origin;  // of the member "origin" in our own form; value is null then
};

// Integers and doubles stay apart: a number without '.', 'e' and 'E' is an integer.
class JsonObject {
 public:
  JsonObject();
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;
  ~JsonObject();

  // Parses text, which is one object and no more. InvalidArgument says what is wrong with it, which
  // includes integers beyond 64 bits and values nested deeper than kValueDepthMax. REQUIRES:
  // LineReader::kPaddingBytes behind text may be read, and the first of them is no JSON token.
  absl::Status parse(std::string_view text);

  // In their order, also keys that occur twice. Borrowed from this and from text until the next
  // parse. REQUIRES: the last parse was OK.
  std::span<const JsonMember> members() const noexcept { return members_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::vector<JsonMember> members_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSON_OBJECT_H_
