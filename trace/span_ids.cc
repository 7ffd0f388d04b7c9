// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_ids.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "tracebus/bus/fork_watch.h"

namespace tracebus {
inline namespace v1 {
namespace {

// xoshiro256++ of Blackman and Vigna: 256 bits of state, so that the sequences of threads do not
// meet. Constant-initialised: no guard.
struct Generator {
  std::uint64_t state[4];
  std::uint64_t generation;  // of forks, in which it was seeded, plus one; 0: not yet

  [[gnu::noinline, gnu::cold]] void seed() noexcept {
    while ((state[0] | state[1] | state[2] | state[3]) == 0 || generation == 0) {
      fill_random(state, sizeof state);
      generation = fork_generation() + 1;
    }
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

Generator& generator() noexcept {
  Generator& generator = t_generator;
  if (generator.generation != fork_generation() + 1) [[unlikely]] {
    generator.generation = 0;
    generator.seed();
  }
  return generator;
}

}  // namespace

TraceId new_trace_id() noexcept {
  Generator& random = generator();
  std::uint64_t words[2];
  do {
    words[0] = random.next();
    words[1] = random.next();
  } while ((words[0] | words[1]) == 0);
  TraceId id;
  std::memcpy(id.bytes.data(), words, sizeof words);
  return id;
}

SpanId new_span_id() noexcept {
  Generator& random = generator();
  std::uint64_t word;
  do word = random.next();
  while (word == 0);
  SpanId id;
  std::memcpy(id.bytes.data(), &word, sizeof word);
  return id;
}

}  // namespace v1
}  // namespace tracebus
