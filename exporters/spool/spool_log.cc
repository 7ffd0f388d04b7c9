// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/spool/spool_log.h"

#include <algorithm>

#include "tracebus/core/crc32c.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kWhole = 1, kFirst = 2, kMiddle = 3, kLast = 4;
constexpr std::size_t kCrcBytes = 4;

std::size_t left_in_block(std::uint64_t offset) noexcept {
  return kSpoolBlockBytes - static_cast<std::size_t>(offset % kSpoolBlockBytes);
}

std::uint64_t next_block(std::uint64_t offset) noexcept { return offset + left_in_block(offset); }

template <class Integer>
void append_little_endian(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint32_t little_endian(std::string_view bytes) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
  }
  return value;
}

// Of a piece without its crc, at this place: one that the disk wrote elsewhere does not agree.
std::uint32_t crc_at(std::uint64_t offset, std::string_view bytes) noexcept {
  char place[sizeof offset];
  for (std::size_t i = 0; i < sizeof offset; ++i) place[i] = static_cast<char>(offset >> (8 * i));
  return crc32c(bytes, crc32c({place, sizeof place}));
}

void append_piece(std::string& out, std::uint64_t offset, std::uint8_t kind,
                  std::string_view bytes) {
  const std::size_t begin = out.size();
  out.append(kCrcBytes, '\0');
  append_little_endian(out, static_cast<std::uint16_t>(bytes.size()));
  out += static_cast<char>(kind);
  out += static_cast<char>(kVersion);
  out += bytes;
  const std::uint32_t crc = crc_at(offset, std::string_view(out).substr(begin + kCrcBytes));
  for (std::size_t i = 0; i < kCrcBytes; ++i) {
    out[begin + i] = static_cast<char>(crc >> (8 * i) & 0xFF);
  }
}

}  // namespace

void append_spool_entry(std::string& out, std::uint64_t offset, std::string_view entry) {
  const std::size_t out_begin = out.size();
  bool is_first = true;
  do {
    const std::uint64_t at = offset + (out.size() - out_begin);
    if (left_in_block(at) < kSpoolPieceHeaderBytes) {
      out.append(left_in_block(at), '\0');
      continue;
    }
    const std::size_t room = left_in_block(at) - kSpoolPieceHeaderBytes;
    const std::string_view piece = entry.substr(0, room);
    entry.remove_prefix(piece.size());
    const bool is_last = entry.empty();
    append_piece(out, at, is_first ? (is_last ? kWhole : kFirst) : (is_last ? kLast : kMiddle),
                 piece);
    if (is_last) return;
    is_first = false;
  } while (true);
}

std::uint64_t spool_entry_bytes(std::uint64_t offset, std::size_t entry_bytes) noexcept {
  std::uint64_t at = offset;
  for (std::size_t rest = entry_bytes;;) {
    if (left_in_block(at) < kSpoolPieceHeaderBytes) at = next_block(at);
    const std::size_t room = left_in_block(at) - kSpoolPieceHeaderBytes;
    const std::size_t piece = std::min(rest, room);
    at += kSpoolPieceHeaderBytes + piece;
    rest -= piece;
    if (rest == 0) return at - offset;
  }
}

SpoolLogReader::Outcome SpoolLogReader::next(std::uint64_t limit, std::string& entry) {
  entry.clear();
  std::uint64_t at = offset_;
  bool is_open = false;  // a first piece was read
  for (;;) {
    Piece piece;
    switch (read_piece(at, limit, piece)) {
      case Found::kUnreadable:
        return Outcome::kUnreadable;
      case Found::kEnd:
        return Outcome::kEnd;
      case Found::kPadding:
        at = next_block(at);
        // The padding before an entry is part of nothing, and no damage.
        if (!is_open) offset_ = at;
        continue;
      case Found::kDamage:
        at = next_block(at);
        skip_to(std::min(at, limit));
        is_open = false;
        continue;
      case Found::kPiece:
        break;
    }
    const std::uint64_t end = at + kSpoolPieceHeaderBytes + piece.bytes.size();
    const bool begins = piece.kind == kWhole || piece.kind == kFirst;
    if (begins == is_open) {
      // The end of an entry is missing, or its begin.
      skip_to(begins ? at : end);
      is_open = false;
      at = offset_;
      continue;
    }
    if (begins) entry.clear();
    entry += piece.bytes;
    at = end;
    is_open = true;
    if (piece.kind == kWhole || piece.kind == kLast) {
      offset_ = end;
      return Outcome::kEntry;
    }
  }
}

void SpoolLogReader::finish(std::uint64_t limit) noexcept {
  if (limit > offset_) skip_to(limit);
}

bool SpoolLogReader::skip_block(std::uint64_t limit) noexcept {
  skip_to(std::min(next_block(unreadable_at_), limit));
  return offset_ < limit;
}

SpoolLogReader::Found SpoolLogReader::read_piece(std::uint64_t at, std::uint64_t limit,
                                                 Piece& piece) {
  if (at >= limit) return Found::kEnd;
  const std::uint64_t block = at - at % kSpoolBlockBytes;
  if (left_in_block(at) < kSpoolPieceHeaderBytes) {
    return next_block(at) <= limit ? Found::kPadding : Found::kEnd;
  }
  if (at + kSpoolPieceHeaderBytes > limit) return Found::kEnd;
  if (!load_block(block, limit)) return Found::kUnreadable;
  const auto begin = static_cast<std::size_t>(at - block);
  if (block_.size() < begin + kSpoolPieceHeaderBytes) return Found::kEnd;  // the file was cut
  const std::string_view rest = std::string_view(block_).substr(begin);
  const std::size_t length = little_endian(rest.substr(kCrcBytes, 2));
  const std::size_t size = kSpoolPieceHeaderBytes + length;
  if (size > left_in_block(at)) return Found::kDamage;
  if (size > rest.size()) return Found::kEnd;  // torn, or not all there yet
  if (crc_at(at, rest.substr(kCrcBytes, size - kCrcBytes)) !=
      little_endian(rest.substr(0, kCrcBytes))) {
    return Found::kDamage;
  }
  piece.kind = static_cast<std::uint8_t>(rest[6]);
  piece.bytes = rest.substr(kSpoolPieceHeaderBytes, length);
  const bool is_known =
      static_cast<std::uint8_t>(rest[7]) == kVersion && piece.kind >= kWhole && piece.kind <= kLast;
  return is_known ? Found::kPiece : Found::kDamage;
}

bool SpoolLogReader::load_block(std::uint64_t block, std::uint64_t limit) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(kSpoolBlockBytes, limit - block));
  if (block_begin_ == block && block_.size() >= wanted) return true;
  block_.resize(wanted);
  block_begin_ = block;
  std::size_t filled = 0;
  while (filled < wanted) {
    const IoResult read =
        file_system_.read_at(descriptor_, block_.data() + filled, wanted - filled, block + filled);
    if (!read.ok()) {
      error_ = read.error;
      unreadable_at_ = std::max(block, offset_);
      block_begin_ = ~std::uint64_t{0};
      return false;
    }
    if (read.value == 0) break;
    filled += static_cast<std::size_t>(read.value);
  }
  block_.resize(filled);
  return true;
}

void SpoolLogReader::skip_to(std::uint64_t offset) noexcept {
  skipped_bytes_ += offset - offset_;
  offset_ = offset;
}

}  // namespace v1
}  // namespace tracebus
