// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/crc32c.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace tracebus {
namespace {

// Bit by bit, as the polynomial says.
std::uint32_t plain_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

// RFC 3720, appendix B.4.
TEST(Crc32c, IsThatOfTheRfc) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, AllLengthsAndPlacesAgreeAndPartsAddUp) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 37 ^ i >> 3);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; size < 100; ++size) {
      const std::string_view part = std::string_view(text).substr(begin, size);
      ASSERT_EQ(crc32c(part), plain_crc32c(part));
      ASSERT_EQ(crc32c(part.substr(size / 3), crc32c(part.substr(0, size / 3))), crc32c(part));
    }
  }
}

}  // namespace
}  // namespace tracebus
