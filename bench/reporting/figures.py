# SPDX-License-Identifier: Apache-2.0
"""Medians and ratios of what was measured."""
import statistics


class Figures:
    def __init__(self, measured):
        self.measured = measured

    def values(self, program, name, key="time_ns"):
        """Of every round that has it."""
        return [found[name][key] for found in self.measured.rounds.get(program, [])
                if name in found and key in found[name]]

    def median(self, program, name, key="time_ns"):
        """None if it was not measured."""
        values = self.values(program, name, key)
        return statistics.median(values) if values else None

    def ratio(self, program, name, to, key="time_ns"):
        """The median of the ratios within each round."""
        ratios = [found[name][key] / found[to][key]
                  for found in self.measured.rounds.get(program, [])
                  if name in found and to in found and found[to].get(key)]
        return statistics.median(ratios) if ratios else None

    def names(self, program):
        names = {}
        for found in self.measured.rounds.get(program, []):
            names.update(dict.fromkeys(found))
        return sorted(names, key=_by_numbers)

    def arguments(self, program, prefix):
        """The numbers n for which prefix/n was measured."""
        rest = [name[len(prefix) + 1:] for name in self.names(program)
                if name.startswith(prefix + "/")]
        return sorted(int(text) for text in rest if text.isdigit())

    def hand_over_text(self):
        values = self.measured.hand_over_ns
        if not values:
            return "not measured"
        return (f"{statistics.median(values):.0f} ns one way (median of {len(values)}; "
                f"{min(values):.0f} to {max(values):.0f})")


def _by_numbers(name):
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in name.split("/")]
