// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/core/attr.h"
#include "tracebus/core/attribute_key.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/name.h"
#include "tracebus/core/name_registry.h"
#include "tracebus/core/schema.h"

namespace tracebus {
namespace {

// Names live as long as the process, and so must what points to them.
template <std::uint32_t kCapacity>
NameRegistry<kCapacity>* immortal_registry() {
  static auto* const all = new std::vector<NameRegistry<kCapacity>*>;
  return all->emplace_back(new NameRegistry<kCapacity>);
}

TEST(Registry, HandsOutNumbersFromOneForEver) {
  auto* const registry = immortal_registry<16>();
  EXPECT_EQ(registry->find("a"), 0u);
  EXPECT_EQ(registry->intern("a"), 1u);
  EXPECT_EQ(registry->intern("b"), 2u);
  EXPECT_EQ(registry->intern("a"), 1u);
  EXPECT_EQ(registry->find("b"), 2u);
  EXPECT_EQ(registry->name(2), "b");
  EXPECT_EQ(registry->name(3), "");
  EXPECT_EQ(registry->name(0xFFFFFFFF), "");
  EXPECT_EQ(registry->size(), 2u);
}

TEST(Registry, RefusesWhatDoesNotFitAndKeepsWhatItHas) {
  auto* const registry = immortal_registry<16>();
  EXPECT_EQ(registry->intern(std::string(kNameBytesMax + 1, 'x')), 0u);
  EXPECT_EQ(registry->intern(std::string(kNameBytesMax, 'x')), 1u);
  for (std::uint32_t i = 2; i < 16; ++i) EXPECT_EQ(registry->intern("name" + std::to_string(i)), i);
  EXPECT_EQ(registry->intern("one too many"), 0u);
  EXPECT_EQ(registry->find("one too many"), 0u);
  EXPECT_EQ(registry->intern("name7"), 7u);
  EXPECT_EQ(registry->size(), 15u);
}

// All names of one repeated letter, and each of them with one letter changed, at every length
// around those at which names are compared another way.
std::vector<std::string> similar_names() {
  std::vector<std::string> names;
  for (std::size_t length = 1; length <= 36; ++length) {
    const std::string same(length, 'a');
    names.push_back(same);
    for (std::size_t i = 0; i < length; ++i) {
      names.push_back(same);
      names.back()[i] = 'b';
    }
  }
  return names;
}

// In a table of four slots, so that names meet that would not in a large one.
TEST(Registry, TellsNamesApartThatDifferInOneByteOrInLength) {
  const std::vector<std::string> names = similar_names();
  for (const std::string& name : names) {
    auto* const registry = immortal_registry<2>();
    ASSERT_EQ(registry->intern(name), 1u);
    for (const std::string& other : names) {
      ASSERT_EQ(registry->find(other), other == name ? 1u : 0u) << name << " and " << other;
    }
  }
}

// Oracle: the pages around the text cannot be read.
TEST(Registry, LooksAtNoByteBesideTheName) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  char* const pages =
      static_cast<char*>(mmap(nullptr, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(pages, MAP_FAILED);
  char* const middle = pages + page;
  ASSERT_EQ(mprotect(middle, page, PROT_READ | PROT_WRITE), 0);
  std::memset(middle, 'a', page);
  auto* const registry = immortal_registry<64>();
  for (std::size_t length = 0; length <= 40; ++length) {
    const std::uint32_t number = length == 0 ? 0 : registry->intern(std::string(length, 'a'));
    EXPECT_EQ(registry->find({middle, length}), number);
    EXPECT_EQ(registry->find({middle + page - length, length}), number);
  }
  munmap(pages, 3 * page);
}

TEST(Registry, KeepsItsOwnCopyOfAName) {
  auto* const registry = immortal_registry<16>();
  std::string name = "agent";
  const std::uint32_t id = registry->intern(name);
  name = "other";
  EXPECT_EQ(registry->name(id), "agent");
}

// Oracle: all threads intern the same names in different orders. Afterwards every name must have
// one number, equal in all threads, and whoever sees a number reads its name.
TEST(Registry, GivesOneNumberToANameWhateverTheThreads) {
  constexpr std::uint32_t kNames = 500, kThreads = 4;
  constexpr std::uint32_t kStrides[kThreads] = {1, 3, 7,
                                                499};  // coprime to kNames: all orders differ
  auto* const registry = immortal_registry<1024>();
  std::array<std::vector<std::uint32_t>, kThreads> numbers;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  const auto name_of = [](std::uint32_t i) { return "name number " + std::to_string(i); };
  std::thread reader([&] {
    while (!stop.load()) {
      for (std::uint32_t i = 0; i < kNames; ++i) {
        const std::uint32_t id = registry->find(name_of(i));
        if (id != 0 && registry->name(id) != name_of(i)) ++wrong;
      }
      for (std::uint32_t id = 1; id <= registry->size(); ++id) wrong += registry->name(id).empty();
    }
  });
  std::vector<std::thread> writers;
  for (std::uint32_t t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      numbers[t].resize(kNames);
      for (std::uint32_t i = 0; i < kNames; ++i) {
        const std::uint32_t which = (i * kStrides[t] + 125 * t) % kNames;
        numbers[t][which] = registry->intern(name_of(which));
        if (registry->name(numbers[t][which]) != name_of(which)) ++wrong;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(registry->size(), kNames);
  for (std::uint32_t i = 0; i < kNames; ++i) {
    const std::uint32_t expected = registry->find(name_of(i));
    for (std::uint32_t t = 0; t < kThreads; ++t) EXPECT_EQ(numbers[t][i], expected) << name_of(i);
  }
}

TEST(Row2EventTypes, TheConstantsBearTheNamesOfTheSeed) {
  const std::pair<EventType, std::string_view> vocabulary[] = {
      {kPatternStart, "pattern_start"},
      {kPatternEnd, "pattern_end"},
      {kAgentStart, "agent_start"},
      {kAgentEnd, "agent_end"},
      {kLlmCall, "llm_call"},
      {kLlmResponse, "llm_response"},
      {kRoutingDecision, "routing_decision"},
      {kCompression, "compression"},
      {kError, "error"},
      {kCostRecord, "cost_record"},
      {kLlmCallStart, "llm_call_start"},
      {kLlmCallEnd, "llm_call_end"},
      {kLlmCallError, "llm_call_error"},
      {kLlmToken, "llm_token"},
      {kToolStart, "tool_start"},
      {kToolEnd, "tool_end"},
      {kToolError, "tool_error"},
      {kHandoff, "handoff"},
      {kProviderCallStart, "provider_call_start"},
      {kProviderCallEnd, "provider_call_end"},
      {kProviderCallError, "provider_call_error"},
      {kContextUpdate, "context_update"},
      {kCost, "cost"},
      {kMessage, "message"},
      {kPromptLog, "prompt_log"},
      {kChainStart, "chain_start"},
      {kChainEnd, "chain_end"},
      {kRetrieverStart, "retriever_start"},
      {kRetrieverEnd, "retriever_end"},
      {kRouterStart, "router_start"},
      {kRouterEnd, "router_end"},
      {kEmbeddingStart, "embedding_start"},
      {kEmbeddingEnd, "embedding_end"},
      {kGuardStart, "guard_start"},
      {kGuardEnd, "guard_end"},
      {kMemoryStart, "memory_start"},
      {kMemoryEnd, "memory_end"},
      {kDecisionStart, "decision_start"},
      {kDecisionEnd, "decision_end"}};
  EXPECT_EQ(std::size(vocabulary), kVocabularyTypes);
  for (const auto& [type, name] : vocabulary) {
    EXPECT_EQ(type.name(), name);
    EXPECT_EQ(EventType::find(name), type) << name;
    EXPECT_EQ(EventType::registered(name), type) << name;
  }
}

TEST(Row2EventTypes, TheSetIsOpen) {
  EXPECT_FALSE(EventType::find("my_own_type").is_registered());
  const EventType mine = EventType::registered("my_own_type");
  EXPECT_GT(mine.number(), kVocabularyTypes);
  EXPECT_LT(mine.number(), event_type_count());
  EXPECT_EQ(mine.name(), "my_own_type");
  EXPECT_EQ(EventType::find("my_own_type"), mine);
}

TEST(Row2EventTypes, WhatCannotBeANameIsNotRegistered) {
  EXPECT_FALSE(EventType::registered("").is_registered());
  EXPECT_FALSE(EventType::find("").is_registered());
  EXPECT_FALSE(EventType::registered(std::string(kNameBytesMax + 1, 'x')).is_registered());
  EXPECT_EQ(EventType().name(), "");
}

TEST(Row2EventTypes, AliasesAreTheOtherNamesOfTheSameEvent) {
  ASSERT_EQ(aliases_of(kLlmCall).size(), 1u);
  EXPECT_EQ(aliases_of(kLlmCall)[0], kLlmCallEnd);
  ASSERT_EQ(aliases_of(kCost).size(), 1u);
  EXPECT_EQ(aliases_of(kCost)[0], kCostRecord);
  EXPECT_TRUE(aliases_of(kLlmCallEnd).empty());
  EXPECT_TRUE(aliases_of(kError).empty());
  EXPECT_TRUE(aliases_of(EventType()).empty());
}

TEST(AttributeKeys, ReservedOnesHaveFixedNumbers) {
  const std::pair<AttributeKey, std::string_view> reserved[] = {
      {kRunIdText, "tracebus.run_id"},
      {kTraceIdText, "tracebus.trace_id"},
      {kSpanIdText, "tracebus.span_id"},
      {kParentSpanIdText, "tracebus.parent_span_id"}};
  for (const auto& [key, name] : reserved) {
    EXPECT_EQ(key.name(), name);
    EXPECT_EQ(AttributeKey::find(name), key);
    EXPECT_TRUE(key.is_reserved());
    EXPECT_FALSE(key.is_content());
  }
  EXPECT_FALSE(AttributeKey().is_reserved());
  EXPECT_FALSE(AttributeKey(5).is_reserved());
}

TEST(AttributeKeys, WhatPeopleAndModelsSaidIsContent) {
  for (const char* name :
       {"messages", "response", "result_output", "prompt", "input", "output",
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
        "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.tool.definitions",
        "gen_ai.retrieval.documents", "gen_ai.retrieval.query.text"}) {
    EXPECT_TRUE(AttributeKey::find(name).is_content()) << name;
  }
  for (const char* name : {"model", "input_tokens", "duration_ms", "cost_usd", "tracebus.run_id"}) {
    EXPECT_FALSE(AttributeKey::registered(name).is_content()) << name;
  }
  EXPECT_FALSE(AttributeKey().is_content());
}

TEST(AttributeKeys, CanBeClassedAsContent) {
  const AttributeKey key = AttributeKey::registered_content("diary");
  EXPECT_TRUE(key.is_content());
  EXPECT_EQ(AttributeKey::registered("diary"), key);
  EXPECT_TRUE(AttributeKey::find("diary").is_content());
  EXPECT_FALSE(AttributeKey::registered_content("").is_registered());
}

TEST(AttributeKeys, LookingUpDoesNotRegister) {
  const std::uint32_t before = attribute_key_count();
  EXPECT_FALSE(AttributeKey::find("text of an attacker").is_registered());
  EXPECT_EQ(attribute_key_count(), before);
}

TEST(Names, AHandleStandsForItsText) {
  const NameHandle handle = NameHandle::of("supervisor");
  ASSERT_TRUE(handle.is_valid());
  EXPECT_EQ(handle.text(), "supervisor");
  EXPECT_EQ(NameHandle::of("supervisor").number(), handle.number());
  EXPECT_NE(NameHandle::of("worker").number(), handle.number());
  EXPECT_FALSE(NameHandle::of("").is_valid());
  EXPECT_EQ(NameHandle().text(), "");
}

TEST(Schemas, EqualListsShareOne) {
  const SchemaField fields[] = {{AttributeKey::registered("model"), ValueType::kString},
                                {AttributeKey::registered("input_tokens"), ValueType::kInt64}};
  const SchemaField other_type[] = {fields[0], {fields[1].key, ValueType::kDouble}};
  const SchemaField other_order[] = {fields[1], fields[0]};
  const std::uint16_t schema = register_schema(fields);
  ASSERT_NE(schema, 0);
  EXPECT_LE(schema, schema_count());
  EXPECT_EQ(register_schema(fields), schema);
  EXPECT_NE(register_schema(other_type), schema);
  EXPECT_NE(register_schema(other_order), schema);
  EXPECT_NE(register_schema(std::span(fields, 1)), schema);
  ASSERT_EQ(schema_fields(schema).size(), 2u);
  EXPECT_EQ(schema_fields(schema)[0], fields[0]);
  EXPECT_EQ(schema_fields(schema)[1], fields[1]);
  EXPECT_TRUE(schema_fields(0).empty());
  EXPECT_TRUE(schema_fields(0xFFFF).empty());
}

TEST(Schemas, CallSitesOfTheSameShapeShareOne) {
  using Model = decltype(attr<"model">("text"));
  using Tokens = decltype(attr<"input_tokens">(1));
  using Messages = decltype(attr<"messages">("text"));
  const std::uint32_t word = CallSiteSchema<Model, Tokens>::get();
  EXPECT_EQ(word & CallSiteSchema<>::kContentBit, 0u);
  EXPECT_NE(word & 0xFFFF, 0u);
  EXPECT_EQ((CallSiteSchema<Model, Tokens>::get()), word);
  const auto fields = schema_fields(static_cast<std::uint16_t>(word));
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].key.name(), "model");
  EXPECT_EQ(fields[1].type, ValueType::kInt64);
  EXPECT_NE((CallSiteSchema<Model, Messages>::get()) & CallSiteSchema<>::kContentBit, 0u);
  EXPECT_NE(CallSiteSchema<>::get() & 0xFFFF, 0u);
}

TEST(TypedAttributes, HaveTheTypeOfTheirValue) {
  const std::string text = "text";
  const std::byte raw[2] = {};
  EXPECT_EQ(decltype(attr<"k">(true))::kType, ValueType::kBool);
  EXPECT_EQ(decltype(attr<"k">(7))::kType, ValueType::kInt64);
  EXPECT_EQ(decltype(attr<"k">(7.5f))::kType, ValueType::kDouble);
  EXPECT_EQ(decltype(attr<"k">("text"))::kType, ValueType::kString);
  EXPECT_EQ(decltype(attr<"k">(text))::kType, ValueType::kString);
  EXPECT_EQ(decltype(attr<"k">(Bytes(raw)))::kType, ValueType::kBytes);
  EXPECT_EQ(attr<"k">(text).value.data(), text.data());
  EXPECT_EQ(attr<"k">(~std::uint64_t{0}).value, std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace tracebus
