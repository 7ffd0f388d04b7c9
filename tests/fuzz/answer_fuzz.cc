// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as each part of an answer that says something: the body of a success and of an error,
// as Protobuf and as JSON; Retry-After; the details of gRPC. Whatever it is, counts, times and
// texts stay within their bounds, and JSON that another parser takes is understood alike.
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/exporters/http/http_export.h"
#include "tracebus/exporters/http/http_sender.h"
#include "tracebus/exporters/http/json_members.h"
#include "tracebus/exporters/otlp_grpc/grpc_rules.h"
#include "tracebus/exporters/otlp_http/otlp_answer.h"
#include "tracebus/tests/fuzz/fuzz_input.h"

namespace {

using namespace tracebus;
using std::chrono::milliseconds;
using testing::require;

constexpr std::string_view kTypes[] = {"application/x-protobuf", "application/json",
                                       "application/json; charset=utf-8", "text/plain", ""};

bool is_wait(const std::optional<milliseconds>& wait) {
  return !wait || (wait->count() >= 0 && *wait <= kRetryAfterMax);
}

void read_bodies(std::string_view body) {
  for (const std::string_view type : kTypes) {
    const OtlpSuccess success = read_otlp_success(body, type);
    require(success.rejected <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    require(success.message.size() <= kOtlpMessageBytesMax);
    require(read_otlp_error(body, type).size() <= kOtlpMessageBytesMax);
  }
}

// Where no escapes have to be resolved, and nothing is nested too deep.
void compare_json(std::string_view body) {
  const auto opened =
      std::count_if(body.begin(), body.end(), [](char c) { return c == '{' || c == '['; });
  if (opened >= std::int64_t{JsonMembers::kDepthMax}) return;
  if (body.find('\\') != std::string_view::npos) return;
  static simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(simdjson::padded_string(body)).get(object) != simdjson::SUCCESS) return;
  const JsonMembers members(body);
  require(members.is_object());
  for (const auto& member : object) {
    const std::string_view name = member.key;
    const std::string_view found = members.value_of(name);
    require(!found.empty());
    std::string_view text;
    // Of members of one name the first counts.
    if (object.at_key(name).get(text) == simdjson::SUCCESS) require(without_quotes(found) == text);
  }
  std::int64_t rejected = 0;
  if (object["partialSuccess"]["rejectedSpans"].get(rejected) != simdjson::SUCCESS) return;
  if (rejected <= 0) return;
  require(read_otlp_success(body, kTypes[1]).rejected >= static_cast<std::uint64_t>(rejected));
}

void read_headers(std::string_view value) {
  const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'750'000'000));
  require(is_wait(parse_retry_after(value, now)));
  require(is_wait(read_retry_info(value)));
  for (const int status : {200, 302, 429, 503}) {
    HttpAnswer answer;
    answer.fate = HttpFate::kAnswered;
    answer.status = status;
    answer.retry_after = answer.location = value;
    const RetryAdvice advice = HttpRetryRules::advice_on(answer);
    require(advice.may_be_sent_again == (status == 429 || status == 503));
    require(is_wait(advice.retry_after));
    for (const char c : told_answer(answer, value)) {
      require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
  }
  for (const GrpcCode code : {GrpcCode::kUnavailable, GrpcCode::kResourceExhausted}) {
    GrpcAnswer answer;
    answer.code = static_cast<int>(code);
    answer.details = value;
    require(is_wait(GrpcRetryRules::advice_on(answer).retry_after));
    answer.pushback = std::string(value);
    require(is_wait(GrpcRetryRules::advice_on(answer).retry_after));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_bodies(text);
  compare_json(text);
  read_headers(text);
  return 0;
}
