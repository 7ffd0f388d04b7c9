// SPDX-License-Identifier: Apache-2.0
//
// traced: calls anything within a span of its own.
//
//   auto page = traced(tracer, "fetch", [&] { return fetch(url); });
//   auto page = co_await traced(tracer, "fetch", [&] { return fetch_task(url); });
//   auto search = traced_function(tracer, {.name = "search", .kind = SpanKind::kTool,
//                                          .capture = true}, find_pages);
//   auto pages = search("cats", 10);
//
// An exception that leaves the call is noted, the span fails, and it is thrown on. Where the call
// returns a coroutine, the span lasts until the coroutine is done: a task that can be awaited, or a
// generator, whose type is also what traced returns; one that is closed early did not fail. Its
// span is current within the coroutine if its promise derives from ContextPromise.
//
// With GCC before 13, name the options before the co_await: it destroys what braces make within the
// expression twice.
//
// Without a tracer: that of the current context, which is that of the span that it is in; else the
// default one; if there is none either, the callable is just called.
//
// Thread safety: as calling the callable.
#ifndef TRACEBUS_TRACE_TRACED_H_
#define TRACEBUS_TRACE_TRACED_H_

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tracebus/trace/captured_json.h"
#include "tracebus/trace/code_location.h"
#include "tracebus/trace/context_promise.h"
#include "tracebus/trace/guard_result.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

struct TracedOptions {
  std::string name = {};
  SpanKind kind = SpanKind::kChain;
  // Whether arguments and result become input.value and output.value, as JSON (captured_json.h).
  // They are content: only those who were granted it see them, and while nobody was they are not
  // made.
  bool capture = false;
  // Of each of its spans, from their start. Keys and texts are borrowed for as long as the options
  // live.
  std::vector<SpanAttribute> attributes = {};
  // What the arguments are called: captured with names they become a JSON object, else an array, or
  // the value itself where there is but one. Borrowed likewise.
  std::vector<std::string_view> argument_names = {};
  // Whether each argument with a name becomes an attribute arg.<name>, too: a text as it is,
  // anything else as its JSON. Content as well.
  bool extract_args = false;
  // CodeLocation::current(), as code.function, code.filepath and code.lineno; with the names of the
  // arguments as code.parameters.
  std::optional<CodeLocation> where = {};
};

namespace internal {

template <class T>
concept Coroutine = requires {
  typename std::decay_t<T>::promise_type;
};
template <class T>
concept Generator = Coroutine<T> && requires(T& generator) {
  generator.begin();
  generator.end();
};
template <Coroutine T>
inline constexpr bool kCarriesContext = std::derived_from<typename T::promise_type, ContextPromise>;

template <class... Arguments>
std::string input_json(const std::vector<std::string_view>& names, const Arguments&... arguments) {
  std::string json;
  if (!names.empty()) {
    std::size_t index = 0;
    const auto append = [&](const auto& argument) {
      json += index == 0 ? '{' : ',';
      append_captured_value(json, index < names.size() ? names[index] : std::string_view());
      json += ':';
      append_captured_json(json, argument);
      ++index;
    };
    (append(arguments), ...);
    json += '}';
  } else if constexpr (sizeof...(arguments) == 1) {
    (append_captured_json(json, arguments), ...);
  } else {
    append_captured_json(json, std::tie(arguments...));
  }
  return json;
}

// Its start says what the options say, and not yet the arguments.
class TracedSpan : public Span {
 public:
  TracedSpan(const Tracer& tracer, const TracedOptions& options, bool current = true)
      : Span(tracer, {.kind = options.kind, .name = options.name, .current = current},
             NotYetBegun{}) {
    for (const SpanAttribute& attribute : options.attributes) set(attribute);
    if (options.where) {
      set(attr<"code.function">(options.where->function))
          .set(attr<"code.filepath">(options.where->file))
          .set(attr<"code.lineno">(options.where->line));
      if (!options.argument_names.empty()) {
        set("code.parameters",
            Value::array({options.argument_names.begin(), options.argument_names.end()}));
      }
    }
    begin();
  }
};

template <class T>
std::string argument_text(const T& argument) {
  std::string text;
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    text = std::string_view(argument);
  } else {
    append_captured_json(text, argument);
  }
  return text;
}

template <class... Arguments>
void note_arguments(Span& span, const TracedOptions& options, const Arguments&... arguments) {
  if (!span.takes_content()) return;
  if (options.capture) {
    span.set(attr<"input.value">(bounded_json(input_json(options.argument_names, arguments...))));
    span.set(attr<"input.mime_type">("application/json"));
  }
  if (!options.extract_args) return;
  std::size_t index = 0;
  const auto extract = [&](const auto& argument) {
    if (index >= options.argument_names.size()) return;
    std::string key("arg.");
    key += options.argument_names[index++];
    span.set(key, argument_text(argument));
  };
  (extract(arguments), ...);
}

template <class... Arguments>
void note_call(Span& span, const TracedOptions& options, const Arguments&... arguments) {
  if constexpr (sizeof...(arguments) != 0) note_arguments(span, options, arguments...);
}

template <class Result>
void note_result(Span& span, const TracedOptions& options, const Result& result) {
  if (!span.is_recording()) return;
  if constexpr (std::is_same_v<Result, GuardResult>) {
    set_guard_result(span, result);
  } else if (options.capture && span.takes_content()) {
    std::string json;
    append_captured_json(json, result);
    span.set(attr<"output.value">(bounded_json(std::move(json))));
    span.set(attr<"output.mime_type">("application/json"));
  }
}

// What a customisation point throws is no error of what is traced.
template <class Note>
void unless_it_throws(const Note& note) noexcept {
  try {
    note();
  } catch (...) {
  }
}

template <class Function, class... Arguments>
decltype(auto) call_traced(Span& span, const TracedOptions& options, Function& function,
                           Arguments&&... arguments) {
  using Result = std::invoke_result_t<Function&, Arguments...>;
  unless_it_throws([&] { note_call(span, options, arguments...); });
  try {
    if constexpr (std::is_void_v<Result>) {
      std::invoke(function, std::forward<Arguments>(arguments)...);
      span.end();
    } else {
      Result&& result = std::invoke(function, std::forward<Arguments>(arguments)...);
      unless_it_throws([&] { note_result(span, options, std::as_const(result)); });
      span.end();
      return static_cast<Result>(std::forward<Result>(result));
    }
  } catch (...) {
    span.set_current_error();
    throw;
  }
}

// The coroutine that awaits another of its type, within a span. All it uses is in its own frame.
template <class Task, class Function, class... Arguments>
Task await_traced(const Tracer& tracer, TracedOptions options, Function function,
                  Arguments... arguments) {
  TracedSpan span(tracer, options, kCarriesContext<Task>);
  unless_it_throws([&] { note_call(span, options, arguments...); });
  try {
    Task task = std::invoke(function, std::forward<Arguments>(arguments)...);
    using Result = decltype(awaiter_of(std::move(task)).await_resume());
    if constexpr (std::is_void_v<Result>) {
      co_await std::move(task);
      span.end();
      co_return;
    } else {
      Result result = co_await std::move(task);
      unless_it_throws([&] { note_result(span, options, std::as_const(result)); });
      span.end();
      co_return std::forward<Result>(result);
    }
  } catch (...) {
    span.set_current_error();
    throw;
  }
}

template <class Values, class Function, class... Arguments>
Values generate_traced(const Tracer& tracer, TracedOptions options, Function function,
                       Arguments... arguments) {
  TracedSpan span(tracer, options, kCarriesContext<Values>);
  unless_it_throws([&] { note_call(span, options, arguments...); });
  try {
    Values values = std::invoke(function, std::forward<Arguments>(arguments)...);
    for (auto&& value : values) co_yield value;
  } catch (...) {
    span.set_current_error();
    throw;
  }
}

// What a coroutine needs when it goes on is moved or copied into it.
template <class Function, class... Arguments>
decltype(auto) run_traced(const Tracer& tracer, const TracedOptions& options, Function&& function,
                          Arguments&&... arguments) {
  using Result = std::invoke_result_t<std::decay_t<Function>&, Arguments...>;
  if constexpr (Generator<Result>) {
    return generate_traced<Result, std::decay_t<Function>, std::decay_t<Arguments>...>(
        tracer, options, std::forward<Function>(function), std::forward<Arguments>(arguments)...);
  } else if constexpr (Coroutine<Result>) {
    return await_traced<Result, std::decay_t<Function>, std::decay_t<Arguments>...>(
        tracer, options, std::forward<Function>(function), std::forward<Arguments>(arguments)...);
  } else {
    TracedSpan span(tracer, options);
    return call_traced(span, options, function, std::forward<Arguments>(arguments)...);
  }
}

}  // namespace internal

// A callable with the signature of function; each call is a span. It keeps the function, and can be
// copied if that can. REQUIRES: the tracer outlives it.
template <class Function>
auto traced_function(const Tracer& tracer, TracedOptions options, Function&& function) {
  return [&tracer, options = std::move(options),
          held = std::forward<Function>(function)](auto&&... arguments) mutable -> decltype(auto) {
    return internal::run_traced(tracer, options, held,
                                std::forward<decltype(arguments)>(arguments)...);
  };
}

template <class Function>
decltype(auto) traced(const Tracer& tracer, const TracedOptions& options, Function&& function) {
  return internal::run_traced(tracer, options, std::forward<Function>(function));
}
template <class Function>
decltype(auto) traced(const Tracer& tracer, std::string_view name, Function&& function) {
  return traced(tracer, TracedOptions{.name = std::string(name)}, std::forward<Function>(function));
}
template <class Function>
decltype(auto) traced(const TracedOptions& options, Function&& function) {
  const Tracer* const tracer = current_tracer();
  if (tracer == nullptr) return std::invoke(std::forward<Function>(function));
  return traced(*tracer, options, std::forward<Function>(function));
}
template <class Function>
decltype(auto) traced(std::string_view name, Function&& function) {
  return traced(TracedOptions{.name = std::string(name)}, std::forward<Function>(function));
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACED_H_
