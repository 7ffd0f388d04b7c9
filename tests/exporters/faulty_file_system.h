// SPDX-License-Identifier: Apache-2.0
//
// FaultyFileSystem: the real one, of which the k-th call fails (the method of SQLite's tests), with
// a disk under it that may lose what no fsync has reached.
#ifndef TRACEBUS_TESTS_EXPORTERS_FAULTY_FILE_SYSTEM_H_
#define TRACEBUS_TESTS_EXPORTERS_FAULTY_FILE_SYSTEM_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/exporters/file_system.h"
#include "tracebus/tests/exporters/synced_sizes.h"

namespace tracebus::testing {

enum class Call {
  kAny,
  kOpen,
  kClose,
  kWrite,
  kRead,
  kStatus,
  kTruncate,
  kSync,
  kRename,
  kRemove,
  kMakeDirectory
};

struct Fault {
  std::uint64_t at_call = 0;  // of those that match; counted from 1; 0: never
  Call call = Call::kAny;
  int error = EIO;              // 0, with kWrite: none, the write is only short
  bool is_lasting = false;      // every later matching call fails as well
  bool is_short_write = false;  // a write that fails first writes half of its bytes
  Loss loss = Loss::kNothing;   // of an fsync that fails
};

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem() = default;
  explicit FaultyFileSystem(const Fault& fault) { inject(fault); }

  void inject(const Fault& fault) { inject_all({fault}); }
  // One after the other: calls are counted for the second from when the first has struck.
  void inject_all(std::vector<Fault> faults) {
    faults_ = std::move(faults);
    current_ = 0;
    calls_ = 0;
    was_short_ = false;
  }
  // As a power loss does: files in folder lose what no fsync has reached.
  void cut_power(const std::string& folder) const { synced_.cut_all(folder); }

  // Of the fault that is current, and whether all of them have struck.
  bool has_struck() const { return current_ == faults_.size() || is_striking_; }
  std::uint64_t matching_calls() const { return calls_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t syncs() const { return syncs_; }
  std::uint64_t writebacks() const { return writebacks_; }  // that were started
  // Of files that one failed for before: what must never be.
  std::uint64_t repeated_syncs() const { return repeated_syncs_; }

 private:
  // Leaves the fault that strikes in fault_.
  bool fails(Call call) {
    if (current_ == faults_.size()) return false;
    fault_ = faults_[current_];
    if (fault_.call != Call::kAny && fault_.call != call) return false;
    ++calls_;
    if (fault_.at_call == 0 || calls_ < fault_.at_call) return false;
    is_striking_ = fault_.is_lasting;
    if (!fault_.is_lasting) next_fault();
    return true;
  }
  // An fsync, or the start of one.
  bool sync_fails(int descriptor) {
    if (synced_.is_failed(descriptor)) ++repeated_syncs_;
    if (!fails(Call::kSync)) return false;
    if (fault_.error != EINTR) synced_.failed(descriptor, fault_.loss);
    return true;
  }
  void next_fault() {
    ++current_;
    struck_calls_ = std::exchange(calls_, 0);
  }
  // The fault strikes with the next call instead.
  void put_off() {
    if (fault_.is_lasting) return;
    --current_;
    calls_ = struck_calls_ - 1;
  }
  IoResult failure() const { return IoResult::failure(fault_.error); }

  IoResult do_open_append(const std::string& path) override {
    if (fails(Call::kOpen)) return failure();
    const IoResult opened = real_.open_append(path);
    if (opened.ok()) synced_.opened(static_cast<int>(opened.value));
    return opened;
  }
  IoResult do_close(int descriptor) override {
    const bool fault = fails(Call::kClose);
    const IoResult closed = real_.close(descriptor);  // as the kernel does, error or not
    return fault ? failure() : closed;
  }
  IoResult do_write(int descriptor, std::string_view bytes) override {
    ++writes_;
    if (!fails(Call::kWrite)) return real_.write(descriptor, bytes);
    if (fault_.is_short_write && bytes.size() > 1 && !was_short_) {
      was_short_ = fault_.error != 0;
      if (was_short_) put_off();  // the fault itself follows with the next write
      return real_.write(descriptor, bytes.substr(0, bytes.size() / 2));
    }
    was_short_ = false;
    return fault_.error == 0 ? real_.write(descriptor, bytes) : failure();
  }
  IoResult do_read_at(int descriptor, char* out, std::size_t bytes, std::uint64_t offset) override {
    return fails(Call::kRead) ? failure() : real_.read_at(descriptor, out, bytes, offset);
  }
  IoResult do_status(int descriptor, FileStatus& out) override {
    return fails(Call::kStatus) ? failure() : real_.status(descriptor, out);
  }
  IoResult do_status_at(const std::string& path, FileStatus& out) override {
    return fails(Call::kStatus) ? failure() : real_.status_at(path, out);
  }
  IoResult do_truncate(int descriptor, std::uint64_t size_bytes) override {
    if (fails(Call::kTruncate)) return failure();
    const IoResult truncated = real_.truncate(descriptor, size_bytes);
    if (truncated.ok()) synced_.truncated(descriptor);
    return truncated;
  }
  // Nothing is really forced onto the disk: that would take minutes.
  IoResult do_sync(int descriptor) override {
    ++syncs_;
    if (sync_fails(descriptor)) return failure();
    synced_.synced(descriptor);
    return IoResult::of(0);
  }
  IoResult do_start_writeback(int descriptor, std::uint64_t, std::uint64_t) override {
    ++writebacks_;
    return sync_fails(descriptor) ? failure() : IoResult::of(0);
  }
  IoResult do_sync_directory(const std::string&) override {
    return fails(Call::kSync) ? failure() : IoResult::of(0);
  }
  IoResult do_rename(const std::string& from, const std::string& to) override {
    return fails(Call::kRename) ? failure() : real_.rename(from, to);
  }
  IoResult do_remove(const std::string& path) override {
    return fails(Call::kRemove) ? failure() : real_.remove(path);
  }
  IoResult do_make_directory(const std::string& path) override {
    return fails(Call::kMakeDirectory) ? failure() : real_.make_directory(path);
  }

  FileSystem& real_ = FileSystem::posix();
  std::vector<Fault> faults_;
  std::size_t current_ = 0;  // of faults_; one that lasts stays
  Fault fault_;              // the last one that was looked at
  bool is_striking_ = false;
  std::uint64_t calls_ = 0;  // that match the current fault
  std::uint64_t struck_calls_ = 0;
  SyncedSizes synced_;
  std::uint64_t writes_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t writebacks_ = 0;
  std::uint64_t repeated_syncs_ = 0;
  bool was_short_ = false;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_FAULTY_FILE_SYSTEM_H_
