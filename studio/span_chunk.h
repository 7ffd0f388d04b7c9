// SPDX-License-Identifier: Apache-2.0
//
// SpanChunk: up to 65536 events side by side, as columns. A query reads the columns it needs and no
// others; one that no event of the chunk has anything to say in takes no memory.
#ifndef TRACEBUS_STUDIO_SPAN_CHUNK_H_
#define TRACEBUS_STUDIO_SPAN_CHUNK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// The texts of which every event keeps a number.
enum class SpanText : std::uint8_t {
  kType,
  kAgent,
  kPattern,
  kModel,
  kProvider,
  kWorkflow,
  kSession,
  kUser,
  kName,  // of the span, or of a tool
};
inline constexpr std::size_t kSpanTexts = 9;

// What an event is and has, as bits.
namespace span_flag {
inline constexpr std::uint32_t kStart = 1u << 0;
inline constexpr std::uint32_t kEnd = 1u << 1;
inline constexpr std::uint32_t kWhole = 1u << 2;  // a call without a start of its own
inline constexpr std::uint32_t kFailed = 1u << 3;
inline constexpr std::uint32_t kOk = 1u << 4;
inline constexpr std::uint32_t kOpen = 1u << 5;  // a start whose end was not heard of
inline constexpr std::uint32_t kHasDuration = 1u << 6;
inline constexpr std::uint32_t kPairedDuration = 1u << 7;  // by the start, not as the event says
inline constexpr std::uint32_t kHasCost = 1u << 8;
inline constexpr std::uint32_t kHasTokens = 1u << 9;
inline constexpr std::uint32_t kCountsCost = 1u << 10;    // in sums: nothing is summed twice
inline constexpr std::uint32_t kCountsTokens = 1u << 11;  // in sums
inline constexpr std::uint32_t kCall = 1u << 12;          // a model's call, counted once
inline constexpr std::uint32_t kGuardFired = 1u << 13;
inline constexpr std::uint32_t kOwnRun = 1u << 14;      // the event says its run
inline constexpr std::uint32_t kOwnPattern = 1u << 15;  // the event says its pattern
inline constexpr std::uint32_t kHasTime = 1u << 16;
inline constexpr std::uint32_t kError = 1u << 17;       // an `error`
inline constexpr std::uint32_t kPaired = 1u << 18;      // an end whose start was heard of
inline constexpr std::uint32_t kWithin = 1u << 19;      // a provider's call that another stands for
inline constexpr std::uint32_t kDuplicate = 1u << 20;   // it came before, and counts nothing
inline constexpr std::uint32_t kTakenAgent = 1u << 21;  // the agent is that of a span above

// Whether it is the end of a span, and not of one that another event tells of.
constexpr bool ends(std::uint32_t flags) noexcept {
  return (flags & (kEnd | kWhole)) != 0 && (flags & (kWithin | kDuplicate)) == 0;
}
}  // namespace span_flag

// Numbers of one kind. All zero, and without memory, until one that is not is set.
template <class T>
class SpanColumn {
 public:
  T operator[](std::uint32_t row) const noexcept { return values_ ? values_[row] : T{}; }
  void set(std::uint32_t row, T value) {
    if (!values_) {
      if (value == T{}) return;
      allocate();
    }
    values_[row] = value;
  }
  // Null: all are zero.
  const T* data() const noexcept { return values_.get(); }
  T* data() noexcept { return values_.get(); }
  std::size_t row_bytes() const noexcept { return values_ ? sizeof(T) : 0; }

 private:
  struct Free {
    void operator()(T* values) const noexcept { std::free(values); }
  };
  void allocate();  // pages that were not written yet take no memory

  std::unique_ptr<T[], Free> values_;
};

struct SpanChunk {
  static constexpr std::uint32_t kRowsMax = 65536;

  std::uint64_t first = 0;  // the number of its first event; a multiple of kRowsMax
  std::uint32_t rows = 0;
  std::int64_t time_min_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t time_max_ns = std::numeric_limits<std::int64_t>::min();

  SpanColumn<std::int64_t> time_ns;  // since 1970; of a span's end where it is one
  SpanColumn<std::int64_t> duration_ns;
  SpanColumn<std::int64_t> cost_nanos;  // as the event says it
  SpanColumn<std::uint64_t> span_id;
  SpanColumn<std::uint64_t> parent_span_id;
  SpanColumn<std::uint32_t> flags;
  SpanColumn<std::uint32_t> run;    // number in the RunTable
  SpanColumn<std::uint32_t> trace;  // number among the traces
  SpanColumn<std::uint32_t> input_tokens;
  SpanColumn<std::uint32_t> output_tokens;
  SpanColumn<std::uint32_t> total_tokens;
  SpanColumn<std::uint32_t> cache_read_tokens;
  SpanColumn<std::uint32_t> cache_write_tokens;
  SpanColumn<std::uint32_t> payload_end;
  SpanColumn<std::uint8_t> kind;  // one more than the SpanKind; 0: none
  std::array<SpanColumn<std::uint32_t>, kSpanTexts> texts;
  std::string payloads;  // one after the other (packed_payload.h)

  const SpanColumn<std::uint32_t>& text(SpanText which) const noexcept {
    return texts[static_cast<std::size_t>(which)];
  }
  std::string_view payload(std::uint32_t row) const noexcept {
    const std::uint32_t begin = row == 0 ? 0 : payload_end[row - 1];
    return std::string_view(payloads).substr(begin, payload_end[row] - begin);
  }
  std::size_t bytes() const noexcept;
};

template <class T>
void SpanColumn<T>::allocate() {
  values_.reset(static_cast<T*>(std::calloc(SpanChunk::kRowsMax, sizeof(T))));
  if (!values_) throw std::bad_alloc();
}

inline std::size_t SpanChunk::bytes() const noexcept {
  std::size_t row = time_ns.row_bytes() + duration_ns.row_bytes() + cost_nanos.row_bytes() +
                    span_id.row_bytes() + parent_span_id.row_bytes() + flags.row_bytes() +
                    run.row_bytes() + trace.row_bytes() + input_tokens.row_bytes() +
                    output_tokens.row_bytes() + total_tokens.row_bytes() +
                    cache_read_tokens.row_bytes() + cache_write_tokens.row_bytes() +
                    payload_end.row_bytes() + kind.row_bytes();
  for (const auto& column : texts) row += column.row_bytes();
  return sizeof *this + row * rows + payloads.capacity();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_CHUNK_H_
