// SPDX-License-Identifier: Apache-2.0
//
// The cases of w3c/trace-context's test suite (tests/data/w3c-trace-context): headers of a request
// that arrives, and what must hold for the request that is sent on.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/trace_parent.h"

namespace tracebus {
namespace {

using simdjson::dom::element;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Forwarded {
  TraceParent parent;
  TraceState state;
  bool has_state = false;  // a tracestate header was sent
};

// What a service sends that begins a span for the request it got.
void forward(const Headers& received, Forwarded& forwarded) {
  const Context context = extract(received).context;
  SpanContext span = context.span();
  span.parent_span_id = span.span_id;
  if (!context.has_span()) fill_random(span.trace_id.bytes.data(), span.trace_id.bytes.size());
  fill_random(span.span_id.bytes.data(), span.span_id.bytes.size());
  Headers sent;
  inject(context.with_span(span), sent);
  const auto parents = read_lines(sent, "traceparent");
  const auto states = read_lines(sent, "tracestate");
  ASSERT_EQ(parents.get().size(), 1u);
  ASSERT_TRUE(TraceParent::parse(parents.get()[0])) << parents.get()[0];
  ASSERT_EQ(parents.get()[0].size(), TraceParent::kTextBytes);
  ASSERT_LE(states.get().size(), 1u);
  ASSERT_TRUE(TraceState::parse(states.get()));
  forwarded.parent = *TraceParent::parse(parents.get()[0]);
  forwarded.state = *TraceState::parse(states.get());
  forwarded.has_state = !states.get().empty();
}

std::string_view text_of(const element& value) { return value.get_string().value(); }

void check(const Forwarded& forwarded, std::string_view what, const element& expected) {
  if (what == "trace_id_is") {
    EXPECT_EQ(forwarded.parent.trace_id.hex(), text_of(expected));
  } else if (what == "trace_id_is_not") {
    EXPECT_NE(forwarded.parent.trace_id.hex(), text_of(expected));
  } else if (what == "tracestate_has_key") {
    EXPECT_TRUE(forwarded.state.get(text_of(expected)));
  } else if (what == "tracestate_lacks_key") {
    EXPECT_FALSE(forwarded.state.get(text_of(expected)));
  } else if (what == "tracestate_has") {
    EXPECT_EQ(forwarded.state.get(text_of(expected.at(0))), text_of(expected.at(1)));
  } else if (what == "tracestate_len") {
    EXPECT_EQ(forwarded.state.members().size(), expected.get_uint64().value());
  } else if (what == "raw" && text_of(expected).find("'foo=1' in str") != std::string_view::npos) {
    EXPECT_NE(forwarded.state.text().find("foo=1"), std::string::npos);
  } else if (what == "raw" &&
             text_of(expected).find("tracestate != ''") != std::string_view::npos) {
    EXPECT_EQ(forwarded.has_state, !forwarded.state.empty()) << "an empty header was sent";
  } else {
    ADD_FAILURE() << "unknown expectation: " << what;
  }
}

Headers headers_of(const element& test) {
  Headers headers;
  for (const element pair : test["headers"].get_array()) {
    headers.emplace_back(text_of(pair.at(0)), text_of(pair.at(1)));
  }
  return headers;
}

TEST(Row60_W3cTraceContextTest, EveryCaseOfTheSuiteHolds) {
  simdjson::dom::parser parser;
  const element file = parser.load(TRACEBUS_TEST_DATA "/w3c-trace-context/cases.json").value();
  std::size_t count = 0;
  for (const element test : file["cases"].get_array()) {
    SCOPED_TRACE(text_of(test["test"]));
    Forwarded forwarded;
    forward(headers_of(test), forwarded);
    if (HasFatalFailure()) continue;
    for (const element expectation : test["expect"].get_array()) {
      for (const auto [what, expected] : expectation.get_object()) {
        check(forwarded, what, expected);
      }
    }
    ++count;
  }
  EXPECT_EQ(count, 40u);
}

}  // namespace
}  // namespace tracebus
