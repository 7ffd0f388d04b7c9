// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/exporters/file_kinds.h"

namespace tracebus::testing {

std::vector<FileKind> file_kinds() { return {jsonl_kind()}; }

}  // namespace tracebus::testing
