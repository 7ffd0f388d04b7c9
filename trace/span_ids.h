// SPDX-License-Identifier: Apache-2.0
//
// Identities of new traces and spans.
#ifndef TRACEBUS_TRACE_SPAN_IDS_H_
#define TRACEBUS_TRACE_SPAN_IDS_H_

#include <bit>
#include <cstdint>

#include "tracebus/bus/fork_watch.h"
#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

// Random, and never none: by generators of the thread's own, which the kernel seeds, again in the
// child of a fork. Guessable by who sees many of them, as identities may be.
// Thread safety: any thread. Not for signal handlers.
TraceId new_trace_id() noexcept;

// Span ids are told apart within a trace only: splitmix64 of Vigna, of which a thread never has the
// same number twice. Constant-initialised: no guard.
class SpanIds {
 public:
  // The bytes of an id.
  static std::uint64_t next_word() noexcept {
    SpanIds& ids = t_ids;
    if (ids.generation_ != watched_fork_generation() + 1) [[unlikely]]
      ids.seed();
    std::uint64_t word = ids.counter_ += 0x9e3779b97f4a7c15;
    if (word == 0) [[unlikely]]
      return next_word();  // of which alone 0 is made
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return word ^ (word >> 31);
  }

 private:
  [[gnu::noinline, gnu::cold]] void seed() noexcept;

  std::uint64_t counter_ = 0;
  std::uint64_t generation_ = 0;  // of forks, in which it was seeded, plus one; 0: not yet

#if defined(__GNUC__) && defined(__linux__)
  [[gnu::tls_model("initial-exec")]]
#endif
  static constinit thread_local SpanIds t_ids;
};

inline SpanId new_span_id() noexcept { return std::bit_cast<SpanId>(SpanIds::next_word()); }

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_IDS_H_
