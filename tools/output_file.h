// SPDX-License-Identifier: Apache-2.0
//
// Where a command writes its result that its user names.
#ifndef TRACEBUS_TOOLS_OUTPUT_FILE_H_
#define TRACEBUS_TOOLS_OUTPUT_FILE_H_

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

// All of it, at once. False: errno says why. Where nobody reads standard output any more, the
// program ends by SIGPIPE without a word, as others do.
bool write_standard_output(std::string_view text);

// To standard output, for "-" and "/dev/stdout"; else as write_whole_file, which refuses what is no
// regular file. InvalidArgument: path is one of the inputs, under whatever name.
absl::Status write_output(const std::string& path, std::string_view text,
                          const std::vector<std::string>& inputs);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_OUTPUT_FILE_H_
