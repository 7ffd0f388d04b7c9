// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tracebus {
namespace {

SpanContext span_of(std::uint8_t number) {
  SpanContext span{.sampled = true};
  span.trace_id.bytes[15] = 0xAA;
  span.span_id.bytes[7] = number;
  return span;
}

std::vector<std::string> tags_of(const Context& context) {
  return {context.tags().begin(), context.tags().end()};
}

const Value* metadata_of(const Context& context, std::string_view key) {
  for (const Attribute& attribute : context.metadata()) {
    if (attribute.key == key) return &attribute.value;
  }
  return nullptr;
}

void expect_root(const Context& context) {
  EXPECT_FALSE(context.has_span());
  EXPECT_TRUE(context.ids().is_none());
  EXPECT_FALSE(context.is_sampled() || context.is_random() || context.is_remote());
  EXPECT_EQ(context.session_id(), "");
  EXPECT_TRUE(context.baggage().empty());
  EXPECT_TRUE(context.trace_state().empty());
  EXPECT_TRUE(context.metadata().empty());
  EXPECT_TRUE(context.tags().empty());
}

TEST(ContextTest, WithoutAScopeTheRootIsCurrent) {
  expect_root(Context::current());
  expect_root(Context());
}

TEST(ContextTest, SpanIsWhatEventsBelongTo) {
  RunId run;
  run.bytes[0] = 1;
  SpanContext span = span_of(7);
  span.parent_span_id.bytes[7] = 6;
  span.random = true;
  span.remote = true;
  const Context context = Context().with({.run_id = run}).with_span(span);
  EXPECT_EQ(context.span(), span);
  EXPECT_EQ(context.ids(), (EventIds{run, span.trace_id, span.span_id, span.parent_span_id}));
  EXPECT_TRUE(context.has_span());
  const Context child = context.with_span(span_of(8));
  EXPECT_EQ(child.run_id(), run);
  EXPECT_FALSE(child.is_remote() || child.is_random());
  EXPECT_EQ(context.span(), span) << "a context never changes";
  SpanContext half = span;
  half.span_id = {};
  EXPECT_FALSE(context.with_span(half).has_span());
}

TEST(ContextTest, SpanWithoutATraceIsNobodysParent) {
  SpanContext lost = span_of(7);
  lost.trace_id = {};
  const Context child = Context().with_span(lost).child(span_of(8).span_id);
  EXPECT_EQ(child.span_id(), span_of(8).span_id);
  EXPECT_EQ(child.span().parent_span_id, SpanId());
  EXPECT_TRUE(child.has_span());
}

TEST(Row38_ContextTest, NestedBlocksInheritAndTheInnerValueWins) {
  const ContextScope outer =
      Context::current()
          .with({.session_id = "s-17", .user_id = "ann", .workflow = "w", .agent = "planner"})
          .attach();
  {
    const ContextScope inner =
        Context::current().with({.user_id = "bob", .provider = "anthropic"}).attach();
    EXPECT_EQ(Context::current().session_id(), "s-17");
    EXPECT_EQ(Context::current().user_id(), "bob");
    EXPECT_EQ(Context::current().workflow(), "w");
    EXPECT_EQ(Context::current().provider(), "anthropic");
    EXPECT_EQ(Context::current().agent(), "planner");
  }
  EXPECT_EQ(Context::current().user_id(), "ann");
  EXPECT_EQ(Context::current().provider(), "");
}

TEST(Row38_ContextTest, MetadataMergesAndTagsAppend) {
  const Context outer = Context().with({.metadata = {{"tier", "free"}, {"n", 1}}, .tags = {"a"}});
  const Context inner =
      outer.with({.metadata = {{"tier", "gold"}, {"more", true}}, .tags = {"b", "a", "c"}});
  ASSERT_EQ(inner.metadata().size(), 3u);
  EXPECT_EQ(inner.metadata()[0].key, "tier");
  EXPECT_EQ(metadata_of(inner, "tier")->as_string(), "gold");
  EXPECT_EQ(metadata_of(inner, "n")->as_int64(), 1);
  EXPECT_TRUE(metadata_of(inner, "more")->as_bool());
  EXPECT_EQ(tags_of(inner), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(metadata_of(outer, "tier")->as_string(), "free");
  EXPECT_EQ(outer.metadata().size(), 2u);
  EXPECT_EQ(tags_of(outer), std::vector<std::string>{"a"});
}

TEST(Row38_ContextTest, TextsOutliveTheirCallerNestedOnesToo) {
  Context context;
  std::string text(100, 'x');
  std::string key = "key-of-some-length-that-is-allocated";
  {
    const std::byte bytes[] = {std::byte{1}, std::byte{2}};
    const Value nested = Value::object({{key, Value::array({Value(text), Value(1)})}});
    context = Context().with({.session_id = text,
                              .metadata = {{key, text}, {"n", nested}, {"b", Bytes(bytes)}},
                              .tags = {text}});
    text.assign(100, 'y');
    key.assign(key.size(), 'z');
  }
  const std::string original(100, 'x');
  EXPECT_EQ(context.session_id(), original);
  EXPECT_EQ(tags_of(context), std::vector<std::string>{original});
  ASSERT_NE(metadata_of(context, "key-of-some-length-that-is-allocated"), nullptr);
  EXPECT_EQ(metadata_of(context, "key-of-some-length-that-is-allocated")->as_string(), original);
  const Value::Object& object = metadata_of(context, "n")->as_object();
  ASSERT_EQ(object.size(), 1u);
  EXPECT_EQ(object[0].key, "key-of-some-length-that-is-allocated");
  EXPECT_EQ(object[0].value.as_array()[0].as_string(), original);
  EXPECT_EQ(metadata_of(context, "b")->as_bytes()[1], std::byte{2});
}

TEST(Row56_ContextTest, BaggageAndTraceStateAreOfTheContextAlone) {
  const Context context = Context()
                              .with_baggage(*Baggage().with("k", "v"))
                              .with_trace_state(*TraceState::parse("rojo=1"));
  const Context child = context.with_span(span_of(1)).with({.session_id = "s"});
  EXPECT_EQ(child.baggage().get("k"), "v");
  EXPECT_EQ(child.trace_state().get("rojo"), "1");
  EXPECT_TRUE(child.with_baggage({}).baggage().empty());
  EXPECT_EQ(child.with_baggage({}).session_id(), "s");
  expect_root(Context());
}

TEST(ContextTest, WrappedCallableBringsItsContextAndLeavesNothing) {
  const Context context = Context().with({.session_id = "s-17"}).with_span(span_of(3));
  auto wrapped = context.wrap([calls = 0](int more) mutable {
    EXPECT_EQ(Context::current().session_id(), "s-17");
    EXPECT_EQ(Context::current().span_id().bytes[7], 3);
    return calls += more;
  });
  EXPECT_EQ(wrapped(1), 1);
  std::thread worker([copy = wrapped]() mutable {
    EXPECT_EQ(copy(10), 11);
    expect_root(Context::current());
  });
  worker.join();
  EXPECT_EQ(wrapped(1), 2);
  expect_root(Context::current());
}

TEST(ContextTest, WrapPassesReferencesAndExceptionsThrough) {
  int value = 1;
  auto wrapped = Context().with({.session_id = "s"}).wrap([](int& held) -> int& { return ++held; });
  EXPECT_EQ(&wrapped(value), &value);
  EXPECT_EQ(value, 2);
  const auto throwing = [] { throw std::runtime_error("thrown"); };
  EXPECT_THROW(Context().with({.session_id = "s"}).wrap(throwing)(), std::runtime_error);
  expect_root(Context::current());
  const std::function<void()> kept = Context().wrap([] {});
  kept();
}

}  // namespace
}  // namespace tracebus
