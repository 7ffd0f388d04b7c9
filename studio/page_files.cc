// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/page_files.h"

#include <algorithm>
#include <optional>
#include <string>

#include "tracebus/studio/api_reply.h"
#include "tracebus/studio/call_parameters.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kPathBytesMax = 1024;

// A path that says one thing however often somebody decodes it.
bool is_plain(std::string_view path) {
  return std::ranges::none_of(path, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f' || c == '\\' || c == '%';
  });
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
  std::optional<std::string> path;
  if (call.path.size() <= kPathBytesMax) path = decoded_address(call.path, false);
  if (!path || !is_plain(*path) || path->find("//") != path->npos) {
    return error_reply(400, "this path is none that a link of the page has");
  }
  const auto called = [](std::string_view wanted) {
    return std::ranges::find(page_files(), wanted, &PageFile::path);
  };
  const bool is_view = path->find('.') == path->npos;
  const auto file = called(is_view ? std::string_view("/index.html") : std::string_view(*path));
  if (file != page_files().end()) return send(*file, call);
  return error_reply(404, is_view ? "this program was built without its page: the API is at /api"
                                 : "there is no such file here; the page is at /");
}

}  // namespace v1
}  // namespace tracebus
