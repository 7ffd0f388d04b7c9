# SPDX-License-Identifier: Apache-2.0
"""count_instructions.py <valgrind> <program> <way> <expected> <folder>

Fails if what the program does takes another number of instructions than expected, by more than 5 %.
"""
import os
import re
import subprocess
import sys

EVENTS = 10_000
TOLERANCE = 0.05


def count(valgrind, program, way, profile):
    """Instructions of one time, with the loop around it."""
    command = [valgrind, "--tool=callgrind", "--collect-atstart=no",
               f"--callgrind-out-file={profile}", program, way, str(EVENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"callgrind ended with status {done.returncode}:\n{done.stderr}")
    with open(profile, encoding="utf-8") as file:
        totals = re.findall(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE)
    if not totals or int(totals[-1]) == 0:
        sys.exit(f"{profile} has no count of instructions")
    return int(totals[-1]) / EVENTS


def main():
    valgrind, program, way, expected_text, folder = sys.argv[1:]
    expected = float(expected_text)
    # The ways of two programs may have one name, and run side by side.
    profile = os.path.join(folder, f"callgrind.{os.path.basename(program)}.{way}.out")
    counted = count(valgrind, program, way, profile)
    change = counted / expected - 1
    print(f"{way}: {counted:.1f} instructions, {expected:g} expected ({change:+.1%})")
    if abs(change) <= TOLERANCE:
        return 0
    print(f"That is more than {TOLERANCE:.0%} {'more' if change > 0 else 'less'} than expected. "
          "See where they are spent, and compare with a build of the commit before:\n"
          f"  callgrind_annotate --auto=yes {profile} | less\n"
          "If the change is wanted, or the compiler is another one, write the new number into\n"
          "tests/callgrind/CMakeLists.txt and say why in the commit.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
