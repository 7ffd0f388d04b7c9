// SPDX-License-Identifier: Apache-2.0
//
// The framing of Protobuf files: a header, then length-delimited messages (proto_file_format.h).
//
// A torn message has no terminator: it is cut off. To find it, a file is walked from its beginning,
// by lengths, when it is opened. A file that holds something else, or whose lengths are damaged, is
// refused and left as it is: cutting it could destroy more than one event.
#ifndef TRACEBUS_EXPORTERS_MESSAGE_FRAMING_H_
#define TRACEBUS_EXPORTERS_MESSAGE_FRAMING_H_

#include "tracebus/exporters/framing.h"

namespace tracebus {
inline namespace v1 {

const Framing& message_framing() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_MESSAGE_FRAMING_H_
