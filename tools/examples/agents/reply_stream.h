// SPDX-License-Identifier: Apache-2.0
//
// A reply as OpenAI's endpoints stream it: Server-Sent Events, of which each is a chunk.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLY_STREAM_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLY_STREAM_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/examples/agents/chat.h"

namespace tracebus::examples {

inline constexpr std::size_t kPiecesMax = 4096;    // of a text
inline constexpr std::size_t kPieceBytesMax = 24;  // of one, unless there would be too many

// A text cut into pieces as models speak, about a word each, with the space before it. All pieces
// together are the text; none is empty, none begins or ends inside a UTF-8 character.
std::vector<std::string_view> pieces_of(std::string_view text);

// The bytes of each event, "data: ..." with the empty line behind it: who speaks, the pieces of
// text, those of the calls of tools, the reason why it ended, the usage if it is asked for and
// known, and [DONE].
std::vector<std::string> stream_events(const ChatReply& reply, bool include_usage);

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLY_STREAM_H_
