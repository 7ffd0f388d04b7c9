// SPDX-License-Identifier: Apache-2.0
//
// Any bytes taken for the address of a request to Studio's API: the answer is JSON, or a file; what
// is refused says why; and no answer holds what moves a cursor. A query that is taken means the
// same when it is asked again.
#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/studio/studio_api.h"
#include "tracebus/tests/fuzz/fuzz_input.h"

namespace tracebus::testing {
namespace {

constexpr std::string_view kLines =
    R"({"event_type":"pattern_start","pattern_type":"debate","run_id":"r/1","timestamp":1000})"
    "\n"
    R"({"event_type":"agent_start","agent_name":"a-1","kind":"agent","timestamp":1001})"
    "\n"
    R"({"event_type":"llm_call","agent_name":"a-1","model":"gpt-4o","duration_ms":85,"tokens":3,)"
    R"("tags":["x"],"timestamp":1002})"
    "\n"
    R"({"event_type":"handoff","agent_name":"a-1","from":"a-1","to":"b-2","reason":"why"})"
    "\n"
    R"({"event_type":"agent_end","agent_name":"a-1","timestamp":1003})"
    "\n";

const TraceStore& store() {
  static const std::unique_ptr<TraceStore> kStore = [] {
    auto made = std::make_unique<TraceStore>(
        TraceStoreOptions{.now_ns = [] { return std::int64_t{2'000'000'000'000}; }});
    const auto reader = read_jsonl(kLines);
    require(made->add(*reader).ok());
    return made;
  }();
  return *kStore;
}

void check(const HttpReply& reply) {
  static simdjson::dom::parser parser;
  require(reply.status == 200 || reply.status == 400 || reply.status == 404 || reply.status == 413);
  if (reply.content_type != "application/json") return require(reply.status == 200);
  const simdjson::padded_string text(reply.body);
  simdjson::dom::element json;
  require(parser.parse(text).get(json) == simdjson::SUCCESS);
  std::string_view error;
  if (reply.status != 200) require(json["error"].get(error) == simdjson::SUCCESS && !error.empty());
}

}  // namespace
}  // namespace tracebus::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tracebus;
  using namespace tracebus::testing;
  static const StudioApi api(store(), {.now_ns = [] { return std::int64_t{2'000'000'000'000}; }});
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const std::size_t at = std::min(target.find('?'), target.size());
  HttpCall call;
  call.method = "GET";
  call.query = target.substr(std::min(at + 1, target.size()));
  call.path = target.substr(0, at);
  check(api.answer(call));
  // Whatever stands before '?', its parameters are tried where most are taken.
  for (const std::string_view path : {"/api/events", "/api/graph", "/api/runs", "/api/costs"}) {
    call.path = path;
    const HttpReply first = api.answer(call);
    check(first);
    require(api.answer(call).body == first.body);
  }
  return 0;
}
