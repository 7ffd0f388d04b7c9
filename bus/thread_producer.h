// SPDX-License-Identifier: Apache-2.0
//
// The calling thread's own ring of a bus, found in a few instructions.
#ifndef TRACEBUS_BUS_THREAD_PRODUCER_H_
#define TRACEBUS_BUS_THREAD_PRODUCER_H_

#include <cstdint>

namespace tracebus {
inline namespace v1 {

class ProducerRing;

// The last bus this thread emitted to. Bus ids are never reused, so what a destroyed bus left here
// is never mistaken for another's. Constant-initialised and trivially destructible: no guard, no
// wrapper call; thread_rings.cc does what must happen at thread exit.
struct ThreadProducer {
  std::uint64_t bus_id = 0;
  ProducerRing* ring = nullptr;
};

#if defined(__GNUC__) && defined(__linux__)
[[gnu::tls_model("initial-exec")]]
#endif
extern constinit thread_local ThreadProducer t_thread_producer;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_THREAD_PRODUCER_H_
