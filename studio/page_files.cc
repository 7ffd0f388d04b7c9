// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/page_files.h"

#include <algorithm>
#include <string>

#include "tracebus/studio/api_reply.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kViewBytesMax = 32;

// "/", "/runs": what a view shows is said by parameters, so that its path is a plain word.
bool is_view(std::string_view path) {
  return path.starts_with('/') && path.size() <= kViewBytesMax &&
         std::ranges::all_of(path.substr(1),
                             [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

HttpReply send(const PageFile& file, const HttpCall& call) {
  HttpReply reply;
  reply.content_type = file.type;
  reply.headers = {{"ETag", std::string(file.etag)}};
  if (call.if_none_match == file.etag) {
    reply.status = 304;
  } else {
    reply.body = file.bytes;
  }
  return reply;
}

}  // namespace

HttpReply page_reply(const HttpCall& call) {
  if (call.method != "GET" && call.method != "HEAD") {
    HttpReply reply = error_reply(405, "this is asked for by GET");
    reply.headers = {{"Allow", "GET, HEAD"}};
    return reply;
  }
  const std::string_view path = is_view(call.path) ? "/index.html" : call.path;
  const auto file = std::ranges::find(page_files(), path, &PageFile::path);
  if (file != page_files().end()) return send(*file, call);
  return error_reply(404, page_files().empty()
                              ? "this program was built without its page; the API is at /api"
                              : "there is nothing here; the page is at /, the API at /api");
}

}  // namespace v1
}  // namespace tracebus
