// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/upload.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "tracebus/core/json_fields.h"
#include "tracebus/readers/gzip_source.h"
#include "tracebus/readers/open_events.h"
#include "tracebus/studio/api_reply.h"
#include "tracebus/studio/call_parameters.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kFileNameBytesMax = 255;
constexpr std::size_t kShownProblems = 100;

std::string_view text_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

std::string problems_json(const ReadAccount& account) {
  std::string json = "[";
  for (std::size_t i = 0; i < account.problems.size() && i < kShownProblems; ++i) {
    const ReadProblem& problem = account.problems[i];
    if (i != 0) json += ',';
    json += JsonFields()
                .add("line", problem.line)
                .add("offset", problem.offset)
                .add("reason", problem.message)
                .to_string();
  }
  return json + "]";
}

std::uint64_t runs_in(const TraceStore& store) {
  std::uint64_t runs = 0;
  store.look([&](const SpanTable& table) { runs = table.runs().runs().size() - 1; });
  return runs;
}

// Reads it all; where nothing can be read of it, whoever sent it meant something else.
HttpReply add_events(std::unique_ptr<ByteSource> source, std::uint64_t bytes,
                     const std::string& name, TraceStore& store, FileLoading& loading) {
  // What it holds may be compressed once more.
  auto reader = read_events(std::move(source), {.inflated_bytes_max = kUploadBytesMax});
  if (!reader.ok()) return error_reply(400, text_of(reader.status()));
  const std::uint64_t runs_before = runs_in(store);
  const absl::StatusOr<LoadReport> report = store.add(**reader);
  if (!report.ok()) return error_reply(413, text_of(report.status()));
  const ReadAccount& account = report->account;
  if (report->spans == 0) {
    const std::string why =
        account.problems.empty() ? "it is empty" : account.problems.front().message;
    return error_reply(400, "no event could be read: " + why +
                                "; send JSONL, a JSON document of OTLP or Jaeger, or Protobuf");
  }
  loading.add_bad_lines(name, account);
  return json_reply(JsonFields()
                        .add("spans", report->spans)
                        .add("runs", report->runs - runs_before)
                        .add("bytes", bytes)
                        .add("bad_line_count", account.bad_lines)
                        .add_json("bad_lines", problems_json(account))
                        .to_string());
}

}  // namespace

HttpReply take_upload(const HttpCall& call, TraceStore& store, std::size_t store_bytes_max,
                      FileLoading& loading) {
  CallParameters parameters(call.query);
  std::string name = parameters.take("name");
  if (name.size() > kFileNameBytesMax) {
    parameters.refuse("name", name, "is longer than 255 bytes");
  }
  if (const absl::Status status = parameters.finish(); !status.ok()) {
    return error_reply(400, text_of(status));
  }
  if (name.empty()) name = "upload";
  const bool says_gzip = call.content_encoding == "gzip";
  if (!says_gzip && !call.content_encoding.empty() && call.content_encoding != "identity") {
    return error_reply(415, "send it without Content-Encoding, or with gzip");
  }
  if (loading.is_loading()) {
    HttpReply reply = error_reply(503,
                                  "files are still being loaded: send it again when "
                                  "/api/status says that loading is false");
    reply.headers = {{"Retry-After", "2"}};
    return reply;
  }
  const bool is_compressed = says_gzip || is_gzip(call.body);
  std::uint64_t bytes = call.body.size();
  if (is_compressed) {
    const absl::StatusOr<std::uint64_t> held =
        gzip_bytes(memory_source(call.body), kUploadBytesMax);
    if (!held.ok()) {
      return error_reply(absl::IsResourceExhausted(held.status()) ? 413 : 400,
                         name + ": " + std::string(text_of(held.status())));
    }
    bytes = *held;
  }
  std::uint64_t held_bytes = 0;
  store.look([&](const SpanTable& table) { held_bytes = table.bytes(); });
  if (held_bytes + bytes > store_bytes_max) {
    return error_reply(413, name + ": " + std::to_string(bytes) + " bytes beside the " +
                                std::to_string(held_bytes) + " in memory are more than the " +
                                std::to_string(store_bytes_max) +
                                " that may be held: raise --memory-mb, or split the file");
  }
  auto source = memory_source(call.body);
  if (is_compressed) source = gzip_source(std::move(source));
  return add_events(std::move(source), bytes, name, store, loading);
}

}  // namespace v1
}  // namespace tracebus
