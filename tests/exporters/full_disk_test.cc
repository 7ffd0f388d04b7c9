// SPDX-License-Identifier: Apache-2.0
//
// G16 with a bus: a disk that is full or broken costs its own exporter events, each counted, and
// stops no other exporter.
// Oracle: the files, read back by the real reader, against what a memory exporter received; events
// are known by their whole lines. The bus's counters must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/file_kinds.h"
#include "tracebus/tests/exporters/small_disk.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using Lines = std::vector<std::string>;

constexpr std::chrono::seconds kLong{30};
constexpr std::int64_t kChunkEvents = 100;

Lines part_of(const Lines& lines, std::size_t first, std::size_t end) {
  return {lines.begin() + static_cast<std::ptrdiff_t>(first),
          lines.begin() + static_cast<std::ptrdiff_t>(end)};
}

// Every line of some is among all, in their order.
bool is_selection(const Lines& some, const Lines& all) {
  auto at = all.begin();
  for (const std::string& line : some) {
    at = std::find(at, all.end(), line);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

// A bus with a file exporter, a memory exporter beside it, and one thread that emits.
class BusWithFile {
 public:
  explicit BusWithFile(std::unique_ptr<Exporter> file) {
    auto memory = std::make_unique<MemoryExporter>(
        MemoryOptions{.events_max = 1'000'000, .bytes_max = std::size_t{1} << 30});
    memory_ = memory.get();
    file_id_ = *bus_.add_exporter(std::move(file));
    EXPECT_TRUE(bus_.add_exporter(std::move(memory)).ok());
  }
  void add(std::unique_ptr<Exporter> exporter) {
    EXPECT_TRUE(bus_.add_exporter(std::move(exporter)).ok());
  }

  // Emits a chunk of events of many sizes, and waits until all exporters have had it.
  absl::Status emit_chunk() {
    for (std::int64_t i = 0; i < kChunkEvents; ++i, ++emitted_) {
      const std::string filling(static_cast<std::size_t>(100 + emitted_ % 37), 'x');
      const EmitResult result =
          bus_.emit({.event_type = "llm_call", .payload = {{"n", emitted_}, {"text", filling}}});
      EXPECT_EQ(result, EmitResult::kAccepted);
    }
    return bus_.flush(kLong);
  }
  absl::Status shutdown() { return bus_.shutdown(kLong); }

  // Of the file exporter. Fails the test if the account does not add up, or has other losses.
  struct Account {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::string last_error;
  };
  Account account() const {
    const BusStats stats = bus_.stats();
    const auto found = std::ranges::find(stats.subscriptions, file_id_, &SubscriptionStats::id);
    if (found == stats.subscriptions.end()) return {};
    const std::uint64_t failed =
        found->dropped[static_cast<std::size_t>(DropReason::kExportFailed)];
    EXPECT_EQ(found->matched, emitted());
    EXPECT_EQ(found->matched, found->delivered + failed);
    return {found->delivered, failed, found->last_error};
  }
  std::uint64_t emitted() const { return static_cast<std::uint64_t>(emitted_); }

  // All events, as the memory exporter has them; each must be there, in order.
  Lines received() const {
    Lines lines;
    for (const auto& event : memory_->query()) {
      const auto number = event->view().find("n");
      EXPECT_TRUE(number && number->as_int64() == static_cast<std::int64_t>(lines.size()));
      lines.emplace_back();
      append_json_event(lines.back(), event->view());
    }
    EXPECT_EQ(lines.size(), emitted());
    return lines;
  }

 private:
  TraceEventBus bus_;
  const MemoryExporter* memory_;
  SubscriptionId file_id_;
  std::int64_t emitted_ = 0;
};

Lines read_whole(const FileKind& kind, const std::string& path) {
  FileContent content = read_content(kind, path);
  EXPECT_EQ(content.account.bad_lines, 0u);
  return std::move(content.lines);
}

// --- A real disk ---

void fill_disk_and_make_room(const FileKind& kind, FileSync sync, const std::string& disk) {
  const std::string path = disk + "/trace";
  const std::string ballast = disk + "/ballast";
  write_file(ballast, std::string(kSmallDiskBytes / 2, 'b'));
  BusWithFile bus(must_open(kind, path, {.sync = sync}));
  std::uint64_t durable = 0;  // before the disk was full
  for (int chunk = 0; chunk < 200 && bus.account().failed <= 5 * kChunkEvents; ++chunk) {
    EXPECT_EQ(bus.emit_chunk(), absl::OkStatus());
    if (bus.account().failed == 0) durable = bus.emitted();
  }
  const BusWithFile::Account full = bus.account();
  ASSERT_GT(durable, 0u);
  ASSERT_GT(full.failed, 5u * kChunkEvents);
  EXPECT_NE(full.last_error.find("No space left on device"), std::string::npos);
  const std::uint64_t emitted_when_full = bus.emitted();
  EXPECT_TRUE(is_selection(read_whole(kind, path), bus.received()));

  std::filesystem::remove(ballast);
  for (int chunk = 0; chunk < 5; ++chunk) EXPECT_EQ(bus.emit_chunk(), absl::OkStatus());
  const BusWithFile::Account resumed = bus.account();
  EXPECT_EQ(resumed.failed, full.failed);
  EXPECT_EQ(bus.shutdown(), absl::OkStatus());

  const Lines all = bus.received();
  const Lines written = read_whole(kind, path);
  EXPECT_TRUE(is_selection(written, all));
  ASSERT_EQ(written.size(), resumed.delivered);
  EXPECT_EQ(part_of(written, 0, durable), part_of(all, 0, durable));
  const std::size_t after = bus.emitted() - emitted_when_full;
  EXPECT_EQ(part_of(written, written.size() - after, written.size()),
            part_of(all, emitted_when_full, all.size()));
}

class G16_FullDisk : public ::testing::TestWithParam<FileKind> {};

TEST_P(G16_FullDisk, IsCountedAndDeliveryResumesWhenThereIsRoom) {
  with_small_disk(
      [](const std::string& disk) { fill_disk_and_make_room(GetParam(), FileSync::kNever, disk); });
}

TEST_P(G16_FullDisk, IsCountedAndDeliveryResumesWithFsyncAtFlush) {
  with_small_disk([](const std::string& disk) {
    fill_disk_and_make_room(GetParam(), FileSync::kOnFlush, disk);
  });
}

INSTANTIATE_TEST_SUITE_P(Files, G16_FullDisk, ::testing::ValuesIn(file_kinds()),
                         ::testing::PrintToStringParamName());

// --- A disk whose calls fail ---

// Of all files in folder, in the order of their first events.
Lines read_folder(const FileKind& kind, const TemporaryFolder& folder, const Lines& all) {
  std::map<std::ptrdiff_t, Lines> files;
  for (const std::string& name : folder.names()) {
    Lines lines = read_whole(kind, folder.file(name));
    if (lines.empty()) continue;
    files[std::find(all.begin(), all.end(), lines[0]) - all.begin()] = std::move(lines);
  }
  Lines read;
  for (const auto& [place, lines] : files) read.insert(read.end(), lines.begin(), lines.end());
  return read;
}

void break_disk_and_mend_it(const FileKind& kind, FileSync sync, const Fault& fault) {
  const TemporaryFolder folder(memory_folder());
  const TemporaryFolder other_folder(memory_folder());
  FaultyFileSystem files;
  BusWithFile bus(must_open(kind, folder.file("trace"), {.sync = sync, .file_system = &files}));
  const FileKind other = file_kinds().back();
  bus.add(must_open(other, other_folder.file("good"), {.sync = FileSync::kOnFlush}));
  EXPECT_EQ(bus.emit_chunk(), absl::OkStatus());
  const std::size_t durable = bus.emitted();

  files.inject(fault);
  for (int chunk = 0; chunk < 5; ++chunk) {
    static_cast<void>(bus.emit_chunk());  // what it says depends on the fault
    EXPECT_EQ(read_whole(other, other_folder.file("good")), bus.received());
  }
  EXPECT_TRUE(files.has_struck());
  EXPECT_FALSE(bus.account().last_error.empty());
  files.inject({});
  EXPECT_EQ(bus.emit_chunk(), absl::OkStatus());
  const BusWithFile::Account account = bus.account();
  EXPECT_EQ(bus.shutdown(), absl::OkStatus());

  const Lines all = bus.received();
  const Lines written = read_folder(kind, folder, all);
  EXPECT_TRUE(is_selection(written, all));
  EXPECT_EQ(written.size(), account.delivered);
  EXPECT_EQ(part_of(written, 0, durable), part_of(all, 0, durable));
  EXPECT_EQ(read_whole(other, other_folder.file("good")), all);
}

class G16_BrokenDisk : public ::testing::TestWithParam<FileKind> {
 protected:
  static void strike(const Fault& fault) {
    for (const FileSync sync : {FileSync::kNever, FileSync::kOnFlush, FileSync::kEveryBatch}) {
      if (fault.call == Call::kSync && sync == FileSync::kNever) continue;
      SCOPED_TRACE(static_cast<int>(sync));
      break_disk_and_mend_it(GetParam(), sync, fault);
    }
  }
};

TEST_P(G16_BrokenDisk, ThatAnswersEioStopsNoOtherExporter) {
  strike({.at_call = 1, .error = EIO, .is_lasting = true});
}

TEST_P(G16_BrokenDisk, ThatIsFullInTheMiddleOfAnEventStopsNoOtherExporter) {
  strike({.at_call = 1,
          .call = Call::kWrite,
          .error = ENOSPC,
          .is_lasting = true,
          .is_short_write = true});
}

TEST_P(G16_BrokenDisk, ThatDropsDataWhenFsyncFailsStopsNoOtherExporter) {
  strike({.at_call = 1, .call = Call::kSync, .is_lasting = true, .loss = Loss::kHole});
}

INSTANTIATE_TEST_SUITE_P(Files, G16_BrokenDisk, ::testing::ValuesIn(file_kinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace tracebus::testing
