// SPDX-License-Identifier: Apache-2.0
//
// The files of the page, which are part of the program: nothing that is asked for by a path is ever
// looked up in a file system.
#ifndef TRACEBUS_STUDIO_PAGE_FILES_H_
#define TRACEBUS_STUDIO_PAGE_FILES_H_

#include <span>
#include <string_view>

#include "tracebus/studio/http_call.h"

namespace tracebus {
inline namespace v1 {

struct PageFile {
  std::string_view path;  // "/assets/index-1a2b.js"
  std::string_view type;  // "text/javascript; charset=utf-8"
  std::string_view etag;  // of its bytes, with its quotes
  std::string_view bytes;
};

// All of studio/page/dist, in no order. Made by studio/page_files.cmake.
std::span<const PageFile> page_files() noexcept;

// GET or HEAD of whatever is no route of the API: one of these files; index.html for a path without
// a dot, since the page has links of its own; else 404, and 400 for a path that is none. 304 if the
// caller has it.
HttpReply page_reply(const HttpCall& call);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_PAGE_FILES_H_
