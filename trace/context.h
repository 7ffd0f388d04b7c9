// SPDX-License-Identifier: Apache-2.0
//
// Context: on whose behalf code runs: which span, run, session, user and agent, with what baggage.
// ContextScope: makes one current.
//
//   const ContextScope session = Context::current().with({.session_id = "s-17"}).attach();
//   pool.submit(Context::current().wrap([] { answer(); }));  // the worker answers for s-17
//
// A thread that runs something on behalf of somebody has the context handed to it: nothing crosses
// threads by itself. Coroutines that derive their promise from ContextPromise carry theirs along.
#ifndef TRACEBUS_TRACE_CONTEXT_H_
#define TRACEBUS_TRACE_CONTEXT_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/core/ids.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/name.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/context_values.h"
#include "tracebus/trace/span_context.h"

namespace tracebus {
inline namespace v1 {

class ContextScope;
class Tracer;

// An immutable value of one cache line. Copying one is 64 bytes, and a count of the thread's own
// (HeldShares); deriving one for another span allocates nothing. Thread safety: as an int; what
// copies share is safe for any thread. Only current is for signal handlers, and what it refers to.
class Context {
 public:
  // The root: no span, no values.
  constexpr Context() noexcept = default;

  // What is attached innermost to the calling thread, or to the coroutine it runs; the root if
  // nothing is. Valid until a scope of this thread begins or ends, or the coroutine is suspended:
  // copy it to keep it. Async-signal-safe.
  static const Context& current() noexcept;

  // For emit: events that belong to this context's span.
  const EventIds& ids() const noexcept { return ids_; }
  const RunId& run_id() const noexcept { return ids_.run_id; }
  const TraceId& trace_id() const noexcept { return ids_.trace_id; }
  const SpanId& span_id() const noexcept { return ids_.span_id; }
  bool has_span() const noexcept { return ids_.trace_id && ids_.span_id; }
  bool is_sampled() const noexcept { return marks_.has(Marks::kSampled); }
  bool is_random() const noexcept { return marks_.has(Marks::kRandom); }
  bool is_remote() const noexcept { return marks_.has(Marks::kRemote); }
  SpanContext span() const noexcept;

  // All empty where nothing was set. Views are valid as long as a copy of this context lives.
  const TraceState& trace_state() const noexcept { return values_->trace_state; }
  const Baggage& baggage() const noexcept { return values_->baggage; }
  std::string_view session_id() const noexcept { return values_->session_id; }
  std::string_view user_id() const noexcept { return values_->user_id; }
  std::string_view workflow() const noexcept { return values_->workflow; }
  std::string_view provider() const noexcept { return values_->provider; }
  std::string_view agent() const noexcept {
    const NameHandle handle = agent_handle();
    return handle.is_valid() ? handle.text() : values_->agent;
  }
  std::string_view pattern() const noexcept {
    const NameHandle handle = pattern_handle();
    return handle.is_valid() ? handle.text() : values_->pattern;
  }
  // The same as emit takes them.
  Name agent_name() const noexcept {
    if (const NameHandle handle = agent_handle(); handle.is_valid()) return handle;
    return values_ ? Name(values_->agent) : Name();
  }
  Name pattern_name() const noexcept {
    if (const NameHandle handle = pattern_handle(); handle.is_valid()) return handle;
    return values_ ? Name(values_->pattern) : Name();
  }
  // Not valid where there is none, or only a text of values.
  NameHandle agent_handle() const noexcept { return NameHandle(marks_.number(Marks::kAgent)); }
  NameHandle pattern_handle() const noexcept { return NameHandle(marks_.number(Marks::kPattern)); }
  // Whose spans traced() makes here where it is given no tracer: that of the innermost span of this
  // process, unless another was set. Null if there is none, or it is gone.
  const Tracer* tracer() const noexcept;
  bool has_values() const noexcept { return static_cast<bool>(values_); }
  std::span<const Attribute> metadata() const noexcept;
  std::span<const std::string> tags() const noexcept;
  std::span<const Attribute> log_fields() const noexcept;

  // This context with something changed. Only with_span is meant for hot paths, and with_agent and
  // with_pattern are where the name is known (NameHandle::of_foreign).
  Context with(const ContextFields& fields) const;
  Context with_agent(std::string_view agent) const;
  Context with_pattern(std::string_view pattern) const;
  Context with_span(const SpanContext& span) const noexcept;
  // For a span that is a child of this one; or, where there is none, the first of a new trace, in
  // a run of the same identity if there is no run.
  Context child(const SpanId& span_id) const noexcept {
    return child(std::bit_cast<std::uint64_t>(span_id), marks_.number(Marks::kTracer));
  }
  // The same, of the tracer of that number. span_id_word: as SpanIds gives it.
  Context child(std::uint64_t span_id_word, std::uint16_t tracer) const noexcept;
  Context with_tracer(const Tracer& tracer) const noexcept;
  Context with_tracer_of(const Context& other) const noexcept;
  Context with_trace_state(TraceState trace_state) const;
  Context with_baggage(Baggage baggage) const;

  // Makes this context current until the scope ends. May allocate a few times per thread.
  ContextScope attach() const&;
  ContextScope attach() &&;

  // A callable that calls function with this context current, on whatever thread. It may be called
  // more than once; it can be copied if function can.
  template <class Function>
  auto wrap(Function&& function) const;

 private:
  // Flags and three numbers in one word, which is only ever read and written whole: a copy right
  // after a change would wait for a part that was written.
  class Marks {
   public:
    enum Flag : std::uint64_t { kSampled = 1, kRandom = 2, kRemote = 4, kFlags = 7 };
    enum Number : unsigned { kAgent = 16, kPattern = 32, kTracer = 48 };

    constexpr bool has(Flag flag) const noexcept { return (word_ & flag) != 0; }
    constexpr void set_flags(std::uint64_t flags) noexcept {
      word_ = (word_ & ~std::uint64_t{kFlags}) | flags;
    }
    constexpr void clear(Flag flag) noexcept { word_ &= ~std::uint64_t{flag}; }
    constexpr std::uint16_t number(Number which) const noexcept {
      return static_cast<std::uint16_t>(word_ >> which);
    }
    constexpr void set_number(Number which, std::uint64_t number) noexcept {
      word_ = (word_ & ~(std::uint64_t{0xffff} << which)) | number << which;
    }

   private:
    std::uint64_t word_ = 0;
  };

  friend class ContextNodePool;

  template <class Change>
  Context changed(const Change& change) const;
  void begin_trace() noexcept;
  void drop_values() noexcept { const SharedContextValues dropped(std::move(values_)); }

  EventIds ids_;
  SharedContextValues values_;
  Marks marks_;
};
static_assert(sizeof(Context) <= kCacheLineBytes);
static_assert(offsetof(EventIds, parent_span_id) == offsetof(EventIds, span_id) + 8);

// An attached context. Chains of them hang at a thread, or at a coroutine, the innermost first.
//
// 1. A node is in one chain, and only whoever runs on that chain changes the chain.
// 2. A scope that ends takes its node off, where it is the first of the chain that is running.
//    Otherwise it marks the node kEnded, never to touch it again: it is passed over from then on,
//    and taken off once it is the first.
// 3. A chain that ends (its thread, its coroutine) marks the nodes of living scopes kOrphaned:
//    those scopes delete them.
struct ContextNode {
  enum class State : std::uint8_t { kAttached, kEnded, kOrphaned };

  Context context;
  ContextNode* below = nullptr;
  std::atomic<State> state{State::kAttached};

  // Acquire pairs with the release of the scope that ended it, perhaps on another thread.
  bool is_ended() const noexcept { return state.load(std::memory_order_acquire) == State::kEnded; }
};

#if defined(__GNUC__) && defined(__linux__)
[[gnu::tls_model("initial-exec")]]
#endif
extern constinit thread_local ContextNode* t_context_node;

// Makes a context current for as long as it lives. End scopes on the thread that began them, in
// reverse order, as the language does by itself. Otherwise nothing breaks:
//   - ended before an inner scope of its thread: the inner one stays current, and what was current
//     before the outer one is so again once the inner one has ended as well;
//   - ended by another thread: it is no longer current on its own thread, from when that thread
//     sees it; the other thread's contexts stay as they are;
//   - outliving its thread, or the coroutine it began in: it frees what is left when it ends.
// Thread safety: none for one scope; scopes are independent of each other. Not for signal handlers.
class [[nodiscard]] ContextScope {
 public:
  explicit ContextScope(const Context& context);
  explicit ContextScope(Context&& context);
  ContextScope(ContextScope&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  ContextScope& operator=(ContextScope&&) = delete;
  ~ContextScope() {
    if (node_ != nullptr) end();
  }

  // Ends it before its time; nothing the second time.
  void end() noexcept;

 private:
  friend class Span;

  template <class AnyContext>
  static ContextNode* attached(AnyContext&& context);
  static void detach(ContextNode* node) noexcept;
  static void end_elsewhere(ContextNode* node) noexcept;

  ContextNode* node_;
};

namespace internal {

extern const Context& root_context;

}  // namespace internal

inline const Context& Context::current() noexcept {
  const ContextNode* node = t_context_node;
  while (node != nullptr && node->is_ended()) [[unlikely]] node = node->below;
  return node != nullptr ? node->context : internal::root_context;
}

inline Context Context::child(std::uint64_t span_id_word, std::uint16_t tracer) const noexcept {
  Context context(*this);
  context.marks_.set_number(Marks::kTracer, tracer);
  context.marks_.clear(Marks::kRemote);
  // Written as one, as it will be copied.
  struct {
    std::uint64_t span;
    std::uint64_t parent;
  } words = {span_id_word, 0};
  std::memcpy(&words.parent, ids_.span_id.bytes.data(), sizeof words.parent);
  std::memcpy(reinterpret_cast<char*>(&context.ids_) + offsetof(EventIds, span_id), &words,
              sizeof words);
  if (!has_span()) [[unlikely]]
    context.begin_trace();
  if (!ids_.run_id) [[unlikely]]
    context.ids_.run_id.bytes = context.ids_.trace_id.bytes;
  return context;
}

inline ContextScope Context::attach() const& { return ContextScope(*this); }
inline ContextScope Context::attach() && { return ContextScope(std::move(*this)); }

template <class Function>
auto Context::wrap(Function&& function) const {
  return [context = *this,
          held = std::forward<Function>(function)](auto&&... arguments) mutable -> decltype(auto) {
    const ContextScope scope(context);
    return std::invoke(held, std::forward<decltype(arguments)>(arguments)...);
  };
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CONTEXT_H_
