// SPDX-License-Identifier: Apache-2.0
//
// HookSet: what may be attached to agents and patterns, and the mixin with the setters.
//
// A context and a compressor are of any type that can do what the concepts ask for: nobody derives
// from anything.
#ifndef TRACEBUS_TRACE_HOOK_SET_H_
#define TRACEBUS_TRACE_HOOK_SET_H_

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/cost_tracker.h"

namespace tracebus {
inline namespace v1 {

// What agents know of each other: read gives what an agent is to be told before its task, empty
// for nothing, and write takes what it came to.
template <class T>
concept AgentContext = requires(T& context, std::string_view agent, std::string_view text) {
  { context.read(agent) } -> std::convertible_to<std::string>;
  context.write(agent, text);
};

// What makes answers shorter.
template <class T>
concept TextCompressor = requires(T& compressor, std::string_view text) {
  { compressor.compress(text) } -> std::convertible_to<std::string>;
};

// A borrowed AgentContext of whatever type, or none. What it throws passes through.
class ContextReference {
 public:
  ContextReference() noexcept = default;
  template <AgentContext T>
    requires(!std::same_as<std::remove_cv_t<T>, ContextReference>)
  ContextReference(T& context)
  noexcept
      : object_(&context), read_([](void* object, std::string_view agent) -> std::string {
          return static_cast<T*>(object)->read(agent);
        }),
        write_([](void* object, std::string_view agent, std::string_view text) {
          static_cast<T*>(object)->write(agent, text);
        }) {}

  explicit operator bool() const noexcept { return object_ != nullptr; }
  // REQUIRES: there is one.
  std::string read(std::string_view agent) const { return read_(object_, agent); }
  void write(std::string_view agent, std::string_view text) const { write_(object_, agent, text); }

 private:
  void* object_ = nullptr;
  std::string (*read_)(void*, std::string_view) = nullptr;
  void (*write_)(void*, std::string_view, std::string_view) = nullptr;
};

// Likewise of a TextCompressor.
class CompressorReference {
 public:
  CompressorReference() noexcept = default;
  template <TextCompressor T>
    requires(!std::same_as<std::remove_cv_t<T>, CompressorReference>)
  CompressorReference(T& compressor)
  noexcept
      : object_(&compressor), compress_([](void* object, std::string_view text) -> std::string {
          return static_cast<T*>(object)->compress(text);
        }) {}

  explicit operator bool() const noexcept { return object_ != nullptr; }
  // REQUIRES: there is one.
  std::string compress(std::string_view text) const { return compress_(object_, text); }

 private:
  void* object_ = nullptr;
  std::string (*compress_)(void*, std::string_view) = nullptr;
};

// All of it borrowed: what is attached outlives the runs that it is attached for.
struct HookSet {
  TraceEventBus* bus = nullptr;   // null: no events
  CostTracker* costs = nullptr;   // null: costs are not recorded
  ContextReference context = {};  // none: agents are told their task alone
  CompressorReference compressor = {};
  std::string service_name = {};  // as TracerOptions::service_name

  bool empty() const noexcept {
    return bus == nullptr && costs == nullptr && !context && !compressor;
  }
  // Takes over what other has, and keeps the rest.
  void attach(const HookSet& other) {
    if (other.bus != nullptr) bus = other.bus;
    if (other.costs != nullptr) costs = other.costs;
    if (other.context) context = other.context;
    if (other.compressor) compressor = other.compressor;
    if (!other.service_name.empty()) service_name = other.service_name;
  }
};

// The setters, which return the agent or pattern itself. Not while it runs.
template <class Self>
class HookSetters {
 public:
  Self& set_trace_bus(TraceEventBus& bus) noexcept {
    hooks_.bus = &bus;
    return self();
  }
  Self& set_cost_tracker(CostTracker& costs) noexcept {
    hooks_.costs = &costs;
    return self();
  }
  Self& set_context(ContextReference context) noexcept {
    hooks_.context = context;
    return self();
  }
  Self& set_compressor(CompressorReference compressor) noexcept {
    hooks_.compressor = compressor;
    return self();
  }
  Self& set_service_name(std::string name) noexcept {
    hooks_.service_name = std::move(name);
    return self();
  }
  // Whatever the set holds, besides what is attached already.
  Self& set_hooks(const HookSet& hooks) {
    hooks_.attach(hooks);
    return self();
  }
  const HookSet& hooks() const noexcept { return hooks_; }

 protected:
  HookSetters() = default;

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }

  HookSet hooks_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_HOOK_SET_H_
