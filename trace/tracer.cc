// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/tracer.h"

#include <atomic>
#include <utility>

#include "tracebus/trace/span_clock.h"
#include "tracebus/trace/tracer_numbers.h"

namespace tracebus {
inline namespace v1 {
namespace {

constinit std::atomic<const Tracer*> g_default_tracer{nullptr};

}  // namespace

Tracer::Tracer(TraceEventBus& bus, TracerOptions options)
    : bus_(bus), options_(std::move(options)), number_(TracerNumbers::enter(*this)) {
  SpanClock::prepare();
}

Tracer::~Tracer() { TracerNumbers::leave(number_); }

const Tracer* current_tracer() noexcept {
  const Tracer* const tracer = Context::current().tracer();
  return tracer != nullptr ? tracer : default_tracer();
}

const Tracer* default_tracer() noexcept {
  return g_default_tracer.load(std::memory_order_acquire);  // pairs with set_default_tracer
}

void set_default_tracer(const Tracer* tracer) noexcept {
  g_default_tracer.store(tracer, std::memory_order_release);  // pairs with default_tracer
}

}  // namespace v1
}  // namespace tracebus
