// SPDX-License-Identifier: Apache-2.0
//
// The format of a spool's segments: entries of any size, of which damage costs no more than those
// that it touches.
//
//   segment   blocks of 32 KiB; the last may be shorter
//   block     pieces; where fewer than 8 bytes are left, zeros
//   piece     crc u32 | length u16 | kind u8 | version u8 | length bytes        little endian
//   entry     one whole piece, or a first, any number of middle ones, and a last
//
// The crc is CRC-32C of the piece's offset in the segment (u64) and all that follows the crc.
// Whatever does not agree is skipped to the next block, where a piece begins in any case; an entry
// that lost a piece is skipped whole. (The idea is that of LevelDB's log, doc/log_format.md.)
#ifndef TRACEBUS_EXPORTERS_SPOOL_SPOOL_LOG_H_
#define TRACEBUS_EXPORTERS_SPOOL_SPOOL_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/exporters/file_system.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kSpoolBlockBytes = 32 * 1024;
inline constexpr std::size_t kSpoolPieceHeaderBytes = 8;

// Appends entry as pieces that begin at this offset of a segment.
void append_spool_entry(std::string& out, std::uint64_t offset, std::string_view entry);

// How many bytes that takes.
std::uint64_t spool_entry_bytes(std::uint64_t offset, std::size_t entry_bytes) noexcept;

// Reads a segment from an offset at which an entry begins, or a block.
class SpoolLogReader {
 public:
  enum class Outcome : std::uint8_t {
    kEntry,
    kEnd,         // no whole entry up to the limit
    kUnreadable,  // the file cannot be read: error()
  };

  // REQUIRES: the descriptor stays open.
  SpoolLogReader(FileSystem& file_system, int descriptor, std::uint64_t offset) noexcept
      : file_system_(file_system), descriptor_(descriptor), offset_(offset) {}

  // The next entry that lies whole below limit, which never falls. What is torn or damaged before
  // it is skipped. At kEnd nothing behind the last entry has been skipped yet: there may be more
  // to come.
  Outcome next(std::uint64_t limit, std::string& entry);

  // The segment ends at limit for good: what was torn there is skipped, too.
  void finish(std::uint64_t limit) noexcept;
  // Gives up a block that cannot be read. Whether there is one behind it, below limit.
  bool skip_block(std::uint64_t limit) noexcept;

  std::uint64_t offset() const noexcept {
    return offset_;
  }  // behind the last entry, or what was skipped
  std::uint64_t skipped_bytes() const noexcept { return skipped_bytes_; }
  int error() const noexcept { return error_; }  // an errno

 private:
  enum class Found : std::uint8_t { kPiece, kPadding, kDamage, kEnd, kUnreadable };
  struct Piece {
    std::uint8_t kind = 0;
    std::string_view bytes;
  };

  Found read_piece(std::uint64_t at, std::uint64_t limit, Piece& piece);
  bool load_block(std::uint64_t block, std::uint64_t limit);
  void skip_to(std::uint64_t offset) noexcept;

  FileSystem& file_system_;
  const int descriptor_;
  std::uint64_t offset_;
  std::uint64_t skipped_bytes_ = 0;
  int error_ = 0;
  std::uint64_t unreadable_at_ = 0;
  std::string block_;  // as much of it as was there
  std::uint64_t block_begin_ = ~std::uint64_t{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPOOL_SPOOL_LOG_H_
