// SPDX-License-Identifier: Apache-2.0
//
// A program that is not linked to tracebus, with two plugins that are: they share what it holds as
// well, where tracebus is a shared object. It stays when they are closed, with its threads.
#include <plugin.h>

int main() {
  Sight first{};
  Sight second{};
  if (!look_through(FIRST_PLUGIN, &first) || !look_through(SECOND_PLUGIN, &second)) return 1;
  return same(first, second) && first.own_type != second.own_type ? 0 : 2;
}
