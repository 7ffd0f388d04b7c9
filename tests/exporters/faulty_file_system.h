// SPDX-License-Identifier: Apache-2.0
//
// FaultyFileSystem: the real one, of which the k-th call fails (the method of SQLite's tests).
#ifndef TRACEBUS_TESTS_EXPORTERS_FAULTY_FILE_SYSTEM_H_
#define TRACEBUS_TESTS_EXPORTERS_FAULTY_FILE_SYSTEM_H_

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/exporters/file_system.h"

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
};

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem() = default;
  explicit FaultyFileSystem(const Fault& fault) : fault_(fault) {}

  void inject(const Fault& fault) {
    fault_ = fault;
    calls_ = 0;
  }
  std::uint64_t matching_calls() const { return calls_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t syncs() const { return syncs_; }

 private:
  bool fails(Call call) {
    if (fault_.call != Call::kAny && fault_.call != call) return false;
    ++calls_;
    if (fault_.at_call == 0) return false;
    return fault_.is_lasting ? calls_ >= fault_.at_call : calls_ == fault_.at_call;
  }
  IoResult failure() const { return IoResult::failure(fault_.error); }

  IoResult do_open_append(const std::string& path) override {
    return fails(Call::kOpen) ? failure() : real_.open_append(path);
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
      if (was_short_) --calls_;  // the fault itself follows with the next write
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
    return fails(Call::kTruncate) ? failure() : real_.truncate(descriptor, size_bytes);
  }
  // No test cuts the power, so nothing is really forced onto the disk: that would take minutes.
  IoResult do_sync(int) override {
    ++syncs_;
    return fails(Call::kSync) ? failure() : IoResult::of(0);
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
  Fault fault_;
  std::uint64_t calls_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t syncs_ = 0;
  bool was_short_ = false;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_FAULTY_FILE_SYSTEM_H_
