// SPDX-License-Identifier: Apache-2.0
//
// A folder as a spool. By the first byte it holds any bytes as segments of any numbers, with any
// position; or what a spool wrote, damaged in places and cut. It always opens; what lies in blocks
// that nothing happened to comes back, as it was and in order, and nothing that was never written;
// what is appended then is the last to come, once, and in the next process, too.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/crc32c.h"
#include "tracebus/exporters/spool/spool.h"
#include "tracebus/exporters/spool/spool_log.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/fuzz/fuzz_input.h"

namespace {

using namespace tracebus;
using testing::FuzzInput;
using testing::require;

constexpr std::string_view kLast = "appended to what was there";
constexpr Deadline kAtOnce = Deadline::min();
constexpr std::size_t kBurstBytes = 4;  // crc32c finds each of that length

std::string segment_name(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(20 - digits.size(), '0') + digits + ".spool";
}

std::string as_bytes(std::uint64_t number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::string position_of(std::uint64_t segment, std::uint64_t offset) {
  const std::string numbers = as_bytes(segment) + as_bytes(offset);
  return numbers + as_bytes(crc32c(numbers));
}

class SpoolFolder {
 public:
  SpoolFolder() { std::filesystem::create_directory(path()); }
  std::string path() const { return folder_.file("spool"); }
  void write(const std::string& name, std::string_view bytes) const {
    testing::write_file(path() + "/" + name, bytes);
  }
  std::uint64_t size_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(path())) bytes += file.file_size();
    return bytes;
  }
  std::unique_ptr<Spool> open() const {
    auto spool = Spool::open(path(), {});
    require(spool.ok());
    return *std::move(spool);
  }

 private:
  const testing::TemporaryFolder folder_{testing::memory_folder()};
};

std::vector<std::string> take_all(Spool& spool) {
  std::vector<std::string> taken;
  for (SpoolEntry entry; spool.take(entry, kAtOnce);) {
    spool.acknowledge();
    taken.push_back(as_bytes(entry.events) + entry.bytes);
  }
  return taken;
}

// Also that what is appended survives a process that takes nothing of it.
std::vector<std::string> take_all_and_more(const SpoolFolder& folder) {
  const std::uint64_t there = folder.size_bytes();
  require(folder.open()->append(kLast, 1).ok());
  std::vector<std::string> taken;
  {
    const auto spool = folder.open();
    taken = take_all(*spool);
    require(!taken.empty() && taken.back() == as_bytes(1) + std::string(kLast));
    taken.pop_back();
    std::uint64_t bytes = spool->stats().skipped_bytes;
    for (const std::string& entry : taken) bytes += entry.size();
    require(bytes <= there);
    require(spool->wait_until_empty(kAtOnce));
  }
  require(take_all(*folder.open()).empty());
  return taken;
}

// Of a segment; those beyond what a spool counts to are none.
std::uint64_t any_number(FuzzInput& input) {
  switch (input.below(4)) {
    case 0:
      return 1 + input.below(4);
    case 1:
      return ~std::uint64_t{0} - input.below(3);
    default:
      return input.number<std::uint64_t>() >> 2;
  }
}

void open_any_bytes(FuzzInput& input) {
  const SpoolFolder folder;
  if (input.byte() % 2 != 0) {
    const std::uint64_t segment = any_number(input);
    const std::string position = position_of(segment, input.number<std::uint64_t>());
    folder.write("position", position + std::string(input.text(8)));
  }
  for (std::size_t left = input.below(3); left > 0; --left) {
    folder.write(segment_name(any_number(input)), input.text(255));
  }
  folder.write(segment_name(any_number(input)), input.rest());
  take_all_and_more(folder);
}

struct Written {
  std::string entry;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Entries as the spool writes them: a count of events, and bytes.
std::vector<Written> write_segment(FuzzInput& input, std::string& segment) {
  std::vector<Written> written;
  for (std::size_t left = input.below(12); left > 0; --left) {
    const std::uint64_t size = input.number<std::uint16_t>();
    Written next = {.entry = as_bytes(written.size()), .begin = segment.size()};
    next.entry.append(size, static_cast<char>(input.byte()));
    append_spool_entry(segment, segment.size(), next.entry);
    next.end = segment.size();
    require(next.end - next.begin == spool_entry_bytes(next.begin, next.entry.size()));
    written.push_back(std::move(next));
  }
  return written;
}

// One burst a block at most. Returns which blocks.
std::set<std::uint64_t> damage(FuzzInput& input, std::string& segment) {
  std::set<std::uint64_t> blocks;
  for (std::size_t left = input.below(6); left > 0 && segment.size() >= kBurstBytes; --left) {
    std::uint64_t at = input.number<std::uint32_t>() % (segment.size() - kBurstBytes + 1);
    const std::uint64_t block = at / kSpoolBlockBytes;
    at = std::min(at, (block + 1) * kSpoolBlockBytes - kBurstBytes);
    if (!blocks.insert(block).second) continue;
    for (std::size_t i = 0; i < kBurstBytes; ++i) {
      segment[at + i] = static_cast<char>(segment[at + i] ^ static_cast<char>(input.byte()));
    }
  }
  return blocks;
}

void open_damaged(FuzzInput& input) {
  std::string segment;
  const std::vector<Written> written = write_segment(input, segment);
  const std::set<std::uint64_t> damaged = damage(input, segment);
  if (input.byte() % 4 == 0) segment.resize(input.number<std::uint32_t>() % (segment.size() + 1));
  const SpoolFolder folder;
  folder.write(segment_name(1 + input.below(9)), segment);
  const std::vector<std::string> taken = take_all_and_more(folder);
  auto next = taken.begin();
  for (const Written& each : written) {
    const auto first = damaged.lower_bound(each.begin / kSpoolBlockBytes);
    const bool is_touched = first != damaged.end() && *first <= (each.end - 1) / kSpoolBlockBytes;
    const bool comes = next != taken.end() && *next == each.entry;
    require(comes || is_touched || each.end > segment.size());
    if (comes) ++next;
  }
  require(next == taken.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input({reinterpret_cast<const char*>(data), size});
  if (input.byte() % 2 == 0) {
    open_any_bytes(input);
  } else {
    open_damaged(input);
  }
  return 0;
}
