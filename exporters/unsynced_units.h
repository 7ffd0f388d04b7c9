// SPDX-License-Identifier: Apache-2.0
//
// UnsyncedUnits: what was written to a file since its last fsync, kept so that it can be written
// again to another file when the next fsync fails.
//
//   | already in the file | missing from it |
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_UNSYNCED_UNITS_H_
#define TRACEBUS_EXPORTERS_UNSYNCED_UNITS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

class UnsyncedUnits {
 public:
  // Memory: so many bytes, or twice those of a larger batch until it is forgotten.
  explicit UnsyncedUnits(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}
  UnsyncedUnits(const UnsyncedUnits&) = delete;
  UnsyncedUnits& operator=(const UnsyncedUnits&) = delete;

  // Whatever the size, something fits when nothing is kept.
  bool fits(std::size_t bytes) const noexcept {
    return units_.empty() || units_.size() + bytes <= bytes_max_;
  }

  // Written to the file. REQUIRES: fits(units.size()); missing() is empty.
  void keep(std::string_view units) {
    if (units_.capacity() < bytes_max_) units_.reserve(bytes_max_);
    units_ += units;
    in_file_ = units_.size();
  }

  // All that is kept has reached the disk, or is given up.
  void forget() noexcept {
    if (units_.capacity() > bytes_max_) units_ = std::string();
    units_.clear();
    in_file_ = 0;
  }

  // The file has none of it any more.
  void lose() noexcept { in_file_ = 0; }
  // Of what was missing, so many bytes are in the file now.
  void found(std::size_t bytes) noexcept { in_file_ += bytes; }
  std::string_view missing() const noexcept { return std::string_view(units_).substr(in_file_); }

 private:
  const std::size_t bytes_max_;
  std::string units_;
  std::size_t in_file_ = 0;  // bytes of units_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_UNSYNCED_UNITS_H_
