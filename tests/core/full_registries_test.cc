// SPDX-License-Identifier: Apache-2.0
//
// Fills every registry of the process, which is why these tests are a program of their own.
#include <gtest/gtest.h>

#include <string>

#include "tracebus/core/attr.h"
#include "tracebus/core/attribute_key.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/name.h"
#include "tracebus/core/schema.h"

namespace tracebus {
namespace {

TEST(FullRegistry, OfSchemasLeavesCallSitesToDescribeThemselves) {
  const AttributeKey key = AttributeKey::registered("field");
  std::vector<SchemaField> fields;
  // Every list differs in its length or in the types, which count in base eight.
  for (std::uint32_t i = 1; i < kSchemasMax; ++i) {
    fields.clear();
    for (std::uint32_t rest = i; rest != 0; rest /= 8) {
      fields.push_back({key, static_cast<ValueType>(rest % 8)});
    }
    ASSERT_EQ(register_schema(fields), i);
  }
  fields.assign(100, {key, ValueType::kNull});
  EXPECT_EQ(register_schema(fields), 0);
  EXPECT_EQ(schema_count(), kSchemasMax - 1);
  fields.assign(1, {key, ValueType::kBool});
  EXPECT_EQ(register_schema(fields), 1);

  using Messages = decltype(attr<"messages">("text"));
  EXPECT_EQ(CallSiteSchema<Messages>::get(), CallSiteSchema<Messages>::kContentBit);
}

TEST(FullRegistry, OfEventTypesRefusesNewOnesOnly) {
  std::uint32_t made = 0;
  while (EventType::registered("type " + std::to_string(made)).is_registered()) ++made;
  EXPECT_EQ(made, kEventTypesMax - 1 - kVocabularyTypes);
  EXPECT_EQ(event_type_count(), kEventTypesMax);
  EXPECT_EQ(EventType::registered("llm_call"), kLlmCall);
  EXPECT_EQ(EventType::find("type 17").name(), "type 17");
}

TEST(FullRegistry, OfAttributeKeysRefusesNewOnesOnly) {
  for (std::uint32_t i = 0; attribute_key_count() < kAttributeKeysMax; ++i) {
    ASSERT_TRUE(AttributeKey::registered("key " + std::to_string(i)).is_registered());
  }
  EXPECT_FALSE(AttributeKey::registered("one too many").is_registered());
  EXPECT_FALSE(AttributeKey::registered_content("one too many").is_registered());
  EXPECT_FALSE(AttributeKey().is_content());
  EXPECT_EQ(AttributeKey::find("key 17").name(), "key 17");

  using Unregistered = decltype(attr<"yet another">(1));
  EXPECT_EQ(CallSiteSchema<Unregistered>::get(), 0u);
}

TEST(FullRegistry, OfNamesGivesHandlesThatAreNotValid) {
  std::uint32_t made = 0;
  while (NameHandle::of("name " + std::to_string(made)).is_valid()) ++made;
  EXPECT_EQ(made, kNamesMax - 1);
  EXPECT_EQ(NameHandle::of("one too many").text(), "");
  EXPECT_EQ(NameHandle::of("name 17").text(), "name 17");
}

}  // namespace
}  // namespace tracebus
