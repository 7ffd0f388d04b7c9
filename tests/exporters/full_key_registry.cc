// SPDX-License-Identifier: Apache-2.0
//
// Linked into a program of tests, fills the registry of keys before the first of them, so that all
// keys but those of the vocabulary travel inline.
#include <gtest/gtest.h>

#include <string>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/limits.h"

namespace tracebus::testing {
namespace {

class FullKeyRegistry final : public ::testing::Environment {
 public:
  void SetUp() override {
    for (std::uint32_t i = 0; attribute_key_count() < kAttributeKeysMax; ++i) {
      AttributeKey::registered("filling " + std::to_string(i));
    }
    ASSERT_FALSE(AttributeKey::registered("one more").is_registered());
  }
};

// gtest deletes it.
const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new FullKeyRegistry);

}  // namespace
}  // namespace tracebus::testing
