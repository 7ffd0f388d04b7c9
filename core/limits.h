// SPDX-License-Identifier: Apache-2.0
//
// Every limit of tracebus in one place, with the relations between them asserted.
#ifndef TRACEBUS_CORE_LIMITS_H_
#define TRACEBUS_CORE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kCacheLineBytes = 64;

// Registries. They are bounded because names may come from files and models, which are not trusted.
inline constexpr std::uint32_t kEventTypesMax = 4096;
inline constexpr std::uint32_t kAttributeKeysMax = 16384;
inline constexpr std::uint32_t kSchemasMax = 16384;
inline constexpr std::uint32_t kNamesMax = 65536;
inline constexpr std::size_t kNameBytesMax = 1024;

// Records.
inline constexpr std::size_t kRecordAlignBytes = 8;
inline constexpr std::size_t kAttributesMax = 1024;
inline constexpr std::size_t kValueDepthMax = 64;
inline constexpr std::size_t kRecordBytesMax = std::size_t{16} << 20;

// Rings, in bytes; a ring is a power of two.
inline constexpr std::size_t kDispatchersMax = 16;
inline constexpr std::size_t kRingBytesMin = 4096;
inline constexpr std::size_t kRingBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kRingBytesDefault = std::size_t{64} << 10;
inline constexpr std::size_t kRingBytesMaxDefault = std::size_t{4} << 20;
inline constexpr std::size_t kRingGrowth = 4;  // times its size
inline constexpr std::size_t kRingBudgetDefault = std::size_t{1} << 30;
inline constexpr std::size_t kRingBudgetMax = std::size_t{1} << 40;
// A record may take at most this share of its ring, so that a wrap always finds room.
inline constexpr std::size_t kRingShareOfRecordMax = 4;

// Subscription queues and the blocks they are made of.
inline constexpr std::size_t kBlockBytesMin = 1024;
inline constexpr std::size_t kBlockBytesMax = std::size_t{256} << 10;
inline constexpr std::size_t kQueueBytesMin = 4 * kBlockBytesMin;
inline constexpr std::size_t kQueueBytesMax = std::size_t{16} << 30;
inline constexpr std::size_t kQueueBytesDefault = std::size_t{16} << 20;

// Large records, beside the rings; in bytes.
inline constexpr std::size_t kLargeBytesDefault = std::size_t{64} << 20;
inline constexpr std::size_t kLargeBytesMax = std::size_t{4} << 30;

// Batches.
inline constexpr std::size_t kBatchEventsMax = 65536;
inline constexpr std::size_t kBatchEventsDefault = 512;
inline constexpr std::size_t kBatchBytesDefault = std::size_t{1} << 20;
inline constexpr std::int64_t kBatchDelayMsDefault = 100;
inline constexpr std::int64_t kExportTimeoutMsDefault = 30000;
inline constexpr std::int64_t kBlockTimeoutMsDefault = 1000;

// What other processes send along with a request, and are sent. The first four are W3C's (Trace
// Context, sections 3.3.1 and 3.3.1.5: what everybody must take, and pass on), as are the two of
// baggage (W3C Baggage, section 3.3.2).
inline constexpr std::size_t kTraceStateMembersMax = 32;
inline constexpr std::size_t kTraceStateKeyBytesMax = 256;
inline constexpr std::size_t kTraceStateValueBytesMax = 256;
inline constexpr std::size_t kTraceStateBytesMax = 512;
inline constexpr std::size_t kBaggageMembersMax = 64;
inline constexpr std::size_t kBaggageBytesMax = 8192;
inline constexpr std::size_t kHandOffTextBytesMax = 512;

// Tracers of a process that contexts can carry: as many as 16 bits tell apart.
inline constexpr std::size_t kTracersMax = 65535;

// What one open span keeps: how many of each, and bytes of text; OpenTelemetry's limits of counts.
inline constexpr std::size_t kSpanAttributesMax = 128;
inline constexpr std::size_t kSpanEventsMax = 128;
inline constexpr std::size_t kSpanLinksMax = 128;
inline constexpr std::size_t kSpanTextBytesMax = std::size_t{256} << 10;  // of one value
inline constexpr std::size_t kSpanBytesMax = std::size_t{1} << 20;        // of all its attributes

static_assert(kEventTypesMax <= 65536 && kAttributeKeysMax < 65535 && kSchemasMax <= 65536);
static_assert(kNamesMax <= 65536, "contexts keep names as 16 bits");
static_assert(kTracersMax <= 65535, "contexts keep tracers as 16 bits");
static_assert(kSpanAttributesMax + 32 <= kAttributesMax && kSpanBytesMax * 2 <= kRecordBytesMax);
static_assert((kRingBytesDefault & (kRingBytesDefault - 1)) == 0);
static_assert((kRingBytesMaxDefault & (kRingBytesMaxDefault - 1)) == 0);
static_assert(kQueueBytesMin >= 4 * kBlockBytesMin,
              "a queue holds at least two blocks in use and two in flight");
static_assert(4 * (3 * kHandOffTextBytesMax + 64) <= kBaggageBytesMax,
              "the four members of a hand-off fit, with every byte percent-encoded");

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_LIMITS_H_
