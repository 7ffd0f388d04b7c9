// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/trace_request.h"

#include <array>
#include <limits>

#include "tracebus/core/protobuf_wire.h"
#include "tracebus/core/version.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kResourceSpansTag = bytes_tag(1);  // of the request
constexpr std::uint32_t kResourceTag = bytes_tag(1);       // of ResourceSpans
constexpr std::uint32_t kScopeSpansTag = bytes_tag(2);
constexpr std::uint32_t kScopeTag = bytes_tag(1);      // of ScopeSpans
constexpr std::uint32_t kSchemaUrlTag = bytes_tag(3);  // of ResourceSpans and of ScopeSpans
constexpr std::uint32_t kNameTag = bytes_tag(1);       // of InstrumentationScope
constexpr std::uint32_t kVersionTag = bytes_tag(2);

std::string field(std::uint32_t tag, std::string_view bytes) {
  std::string out(bytes_field_bytes(bytes.size()), '\0');
  write_bytes_field(out.data(), tag, bytes);
  return out;
}

void append_head(std::string& out, std::uint32_t tag, std::size_t bytes) {
  std::array<char, 1 + kVarintBytesMax> head;
  out.append(head.data(), write_bytes_head(head.data(), tag, bytes));
}

std::string scope_field() {
  return field(kScopeTag, field(kNameTag, "tracebus") + field(kVersionTag, version()));
}

std::string schema_field(std::string_view url) {
  return url.empty() ? std::string() : field(kSchemaUrlTag, url);
}

}  // namespace

std::string TraceRequest::joined() const {
  std::string all;
  all.reserve(size_bytes());
  return all.append(head).append(spans).append(tail);
}

TraceRequestFrame::TraceRequestFrame(const Resource& resource, std::string_view schema_url,
                                     TraceRequestLimits limits)
    : resource_(field(kResourceTag, resource.encoded())), scope_(scope_field()),
      schema_url_(schema_field(schema_url)), tail_(schema_url_ + schema_url_),
      spans_max_(limits.spans_max == 0 ? std::numeric_limits<std::size_t>::max()
                                       : limits.spans_max),
      spans_bytes_max_(spans_bytes_within(limits.bytes_max)) {}

TraceRequest TraceRequestFrame::request(const EncodedBatch& batch, std::size_t first,
                                        std::size_t end) const {
  return request(batch.units(first, end));
}

TraceRequest TraceRequestFrame::request(std::string_view spans) const {
  TraceRequest made{.head = {}, .spans = spans, .tail = tail_};
  append_head(made.head, kResourceSpansTag, resource_bytes(made.spans.size()));
  made.head += resource_;
  append_head(made.head, kScopeSpansTag, scope_bytes(made.spans.size()));
  made.head += scope_;
  return made;
}

std::size_t TraceRequestFrame::end_of_request(const EncodedBatch& batch,
                                              std::size_t first) const noexcept {
  const std::size_t fitting = batch.end_within(first, spans_bytes_max_);
  return first + std::min(fitting - first, spans_max_);
}

std::size_t TraceRequestFrame::scope_bytes(std::size_t spans_bytes) const noexcept {
  return scope_.size() + spans_bytes + schema_url_.size();
}
std::size_t TraceRequestFrame::resource_bytes(std::size_t spans_bytes) const noexcept {
  return resource_.size() + bytes_field_bytes(scope_bytes(spans_bytes)) + schema_url_.size();
}
std::size_t TraceRequestFrame::request_bytes(std::size_t spans_bytes) const noexcept {
  return bytes_field_bytes(resource_bytes(spans_bytes));
}

// Of spans: their lengths take a byte or two more where there are many.
std::size_t TraceRequestFrame::spans_bytes_within(std::size_t bytes) const noexcept {
  if (request_bytes(0) >= bytes) return 0;
  std::size_t fitting = bytes - request_bytes(0);
  while (request_bytes(fitting) > bytes) --fitting;
  return fitting;
}

}  // namespace v1
}  // namespace tracebus
