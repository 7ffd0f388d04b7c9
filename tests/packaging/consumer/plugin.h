// SPDX-License-Identifier: Apache-2.0
//
// What a plugin tells of the registries that it sees, for its host to compare.
#ifndef TRACEBUS_TESTS_PACKAGING_CONSUMER_PLUGIN_H_
#define TRACEBUS_TESTS_PACKAGING_CONSUMER_PLUGIN_H_

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>

struct Sight {
  std::uint16_t own_type;     // of a name that no other plugin registers: they must differ
  std::uint16_t shared_type;  // of names that all register: they must be equal
  std::uint16_t shared_key;
  std::uint32_t shared_name;
  const void* default_bus;
};

// Registers, emits one event of shared_type on the default bus, and says what it saw.
using Look = void (*)(Sight*);

inline bool same(const Sight& a, const Sight& b) {
  return a.shared_type == b.shared_type && a.shared_key == b.shared_key &&
         a.shared_name == b.shared_name && a.default_bus == b.default_bus;
}

inline void print(const char* who, const Sight& sight) {
  std::printf("%s: own type %d, shared type %d, key %d, name %u, bus %p\n", who, sight.own_type,
              sight.shared_type, sight.shared_key, sight.shared_name, sight.default_bus);
}

// Loads a plugin so that none of its names is offered to others, and closes it again.
inline bool look_through(const char* path, Sight* sight) {
  void* const plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::printf("%s\n", dlerror());
    return false;
  }
  const auto look = reinterpret_cast<Look>(dlsym(plugin, "look"));
  if (look == nullptr) return false;
  look(sight);
  print(path, *sight);
  return dlclose(plugin) == 0;
}

#endif  // TRACEBUS_TESTS_PACKAGING_CONSUMER_PLUGIN_H_
