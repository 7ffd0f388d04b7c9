// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_ids.h"

#include <bit>
#include <cstring>

namespace tracebus {
inline namespace v1 {
namespace {

// Of trace ids: xoshiro256++ of Blackman and Vigna, whose 256 bits of state keep the sequences of
// threads and processes from meeting. Constant-initialised: no guard.
struct Generator {
  std::uint64_t state[4];
  std::uint64_t generation;  // as SpanIds::generation_

  [[gnu::noinline, gnu::cold]] void seed() noexcept {
    do fill_random(state, sizeof state);
    while ((state[0] | state[1] | state[2] | state[3]) == 0);
    generation = fork_generation() + 1;
  }

  std::uint64_t next() noexcept {
    const std::uint64_t result = std::rotl(state[0] + state[3], 23) + state[0];
    const std::uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = std::rotl(state[3], 45);
    return result;
  }
};

#if defined(__GNUC__) && defined(__linux__)
[[gnu::tls_model("initial-exec")]]
#endif
constinit thread_local Generator t_generator{};

}  // namespace

constinit thread_local SpanIds SpanIds::t_ids;

void SpanIds::seed() noexcept {
  fill_random(&counter_, sizeof counter_);
  generation_ = fork_generation() + 1;
}

TraceId new_trace_id() noexcept {
  Generator& random = t_generator;
  if (random.generation != watched_fork_generation() + 1) [[unlikely]]
    random.seed();
  std::uint64_t words[2];
  do {
    words[0] = random.next();
    words[1] = random.next();
  } while ((words[0] | words[1]) == 0);
  TraceId id;
  std::memcpy(id.bytes.data(), words, sizeof words);
  return id;
}

}  // namespace v1
}  // namespace tracebus
