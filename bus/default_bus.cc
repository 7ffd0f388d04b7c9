// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "tracebus/bus/fork_hold.h"
#include "tracebus/bus/trace_event_bus.h"

namespace tracebus {
inline namespace v1 {

// Makes the bus of the process, and sees to its end.
class DefaultBus {
 public:
  static TraceEventBus& get() {
    // Acquire pairs with make.
    if (TraceEventBus* const bus = g_bus.load(std::memory_order_acquire)) return *bus;
    // Not the guard of a static, which the child of a fork could find taken for ever.
    const ForkHold hold;
    // Relaxed: written under a hold.
    if (g_bus.load(std::memory_order_relaxed) == nullptr) make();
    return *g_bus.load(std::memory_order_relaxed);  // relaxed, likewise
  }

 private:
  static void make() {
    absl::StatusOr<BusOptions> options = BusOptions::from_env();
    if (!options.ok()) {
      const std::string why(options.status().message());
      std::fprintf(stderr, "tracebus: %s; the defaults apply\n", why.c_str());
    }
    g_shutdown_timeout_ms =
        options.ok() ? options->shutdown_timeout_ms : BusOptions{}.shutdown_timeout_ms;
    // Never destroyed: static destructors may still emit, and are then answered kClosed.
    auto* const bus = new TraceEventBus(options.ok() ? *options : BusOptions{});
    if (options.ok() && !bus->status().ok()) {
      const std::string why(bus->status().message());
      std::fprintf(stderr, "tracebus: %s; all that is emitted counts as closed\n", why.c_str());
    }
    g_bus.store(bus, std::memory_order_release);  // pairs with get
    std::atexit([] {
      // In a child that never used the bus there is nothing to shut down.
      TraceEventBus& made = get();
      if (made.inherited()) return;
      made.shutdown(std::chrono::milliseconds(g_shutdown_timeout_ms)).IgnoreError();
    });
  }

  constinit inline static std::atomic<TraceEventBus*> g_bus{nullptr};
  inline static std::int64_t g_shutdown_timeout_ms = 0;
};

TraceEventBus& default_bus() { return DefaultBus::get(); }

}  // namespace v1
}  // namespace tracebus
