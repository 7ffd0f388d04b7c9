// SPDX-License-Identifier: Apache-2.0
//
// A file that is one JSON document, over as many lines as it likes: what Jaeger's page downloads,
// an OTLP request, a list of events or spans. Its forms are those of readers/json_spans.h, and a
// list of them or of events (readers/json_event.h).
//
// Each span is parsed when its turn comes (json_cursor.h), and damage of one is a bad part of its
// own, told with its offset. Memory: the document, kDocumentBytesMax at most, and little more; a
// span, and what spans share, 16 MiB at most. Traces of any size are read from lines.
#ifndef TRACEBUS_READERS_JSON_DOCUMENT_H_
#define TRACEBUS_READERS_JSON_DOCUMENT_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kDocumentBytesMax = std::size_t{256} << 20;

// By its first bytes, some dozens or all that there are: whether a text goes on over several lines,
// is a list, or is Jaeger's. A line of JSONL is none of these.
bool looks_like_document(std::string_view front) noexcept;

// Reads all of source. What turns out to be no document is read as JSONL, line by line, and so has
// its problems told. Of one that is larger than kDocumentBytesMax nothing is read but that.
std::unique_ptr<EventReader> read_document(std::unique_ptr<ByteSource> source);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSON_DOCUMENT_H_
