// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/ids.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tracebus {
inline namespace v1 {
namespace {

// FNV-1a: the parameters of its authors (Fowler, Noll, Vo; RFC 9923) for 64 and 128 bits.
template <class Word>
struct FnvParameters;
template <>
struct FnvParameters<std::uint64_t> {
  static constexpr std::uint64_t kOffset = 0xCBF29CE484222325u;
  static constexpr std::uint64_t kPrime = 0x00000100000001B3u;
};
using Word128 = unsigned __int128;
template <>
struct FnvParameters<Word128> {
  static constexpr Word128 kOffset =
      static_cast<Word128>(0x6C62272E07BB0142u) << 64 | 0x62B821756295C58Du;
  static constexpr Word128 kPrime = static_cast<Word128>(0x0000000001000000u) << 64 | 0x13Bu;
};

template <class Word>
Word fnv1a(std::string_view text) noexcept {
  Word hash = FnvParameters<Word>::kOffset;
  for (const char c : text) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * FnvParameters<Word>::kPrime;
  }
  return hash;
}

// Most significant byte first, so that hex() is the hash as it is usually written.
template <class Word>
void put_big_endian(Word word, std::uint8_t* out) noexcept {
  for (std::size_t i = sizeof word; i-- > 0; word >>= 8) out[i] = static_cast<std::uint8_t>(word);
}

// For a kernel that refuses getrandom: not unpredictable, but no identity twice in a process.
std::uint64_t fallback_random() noexcept {
  static constinit std::atomic<std::uint64_t> calls{0};
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::uint64_t seed[] = {static_cast<std::uint64_t>(now.tv_sec),
                                static_cast<std::uint64_t>(now.tv_nsec),
                                static_cast<std::uint64_t>(getpid()),
                                calls.fetch_add(1, std::memory_order_relaxed)};  // only distinct
  return fnv1a<std::uint64_t>({reinterpret_cast<const char*>(seed), sizeof seed});
}

}  // namespace

template <class Tag, std::size_t kBytes>
BinaryId<Tag, kBytes> BinaryId<Tag, kBytes>::from_foreign(std::string_view text) noexcept {
  static_assert(kBytes == 8 || kBytes == 16);
  using Word = std::conditional_t<kBytes == 8, std::uint64_t, Word128>;
  BinaryId id;
  if (text.empty()) return id;
  const Word hash = fnv1a<Word>(text);
  put_big_endian(hash == 0 ? Word{1} : hash, id.bytes.data());
  return id;
}

template RunId RunId::from_foreign(std::string_view) noexcept;
template TraceId TraceId::from_foreign(std::string_view) noexcept;
template SpanId SpanId::from_foreign(std::string_view) noexcept;
template SubscriptionId SubscriptionId::from_foreign(std::string_view) noexcept;

void fill_random(void* out, std::size_t bytes) noexcept {
  auto* at = static_cast<char*>(out);
  while (bytes != 0) {
    std::size_t made = 0;
    const ssize_t got = getrandom(at, bytes, 0);
    if (got > 0) {
      made = static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      const std::uint64_t word = fallback_random();
      made = std::min(bytes, sizeof word);
      std::memcpy(at, &word, made);
    }
    at += made;
    bytes -= made;
  }
}

SubscriptionId random_subscription_id() noexcept {
  SubscriptionId id;
  while (id.is_none()) fill_random(id.bytes.data(), id.bytes.size());
  return id;
}

}  // namespace v1
}  // namespace tracebus
