# SPDX-License-Identifier: Apache-2.0
"""The machine and the build that figures came from."""
import os
import platform
import re
import subprocess


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _first_line(command, folder=None):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10,
                              check=False)
        return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else ""
    except (OSError, subprocess.SubprocessError):
        return ""


def _cached(build, key):
    match = re.search(rf"^{key}:[A-Z]+=(.*)$", _read(os.path.join(build, "CMakeCache.txt")), re.M)
    return match.group(1) if match else ""


def describe(build, root):
    """Pairs to print, in order."""
    processor = re.search(r"^model name\s*:\s*(.*)$", _read("/proc/cpuinfo"), re.M)
    hypervisor = " in a virtual machine" if " hypervisor" in _read("/proc/cpuinfo") else ""
    compiler = _cached(build, "CMAKE_CXX_COMPILER")
    flags = " ".join(filter(None, (_cached(build, "CMAKE_CXX_FLAGS"),
                                   _cached(build, "CMAKE_CXX_FLAGS_RELEASE"))))
    commit = _first_line(["git", "rev-parse", "--short", "HEAD"], root)
    changed = _first_line(["git", "status", "--porcelain", "--untracked-files=no"], root)
    return {
        "processor": f"{processor.group(1) if processor else platform.machine()}, "
                     f"{os.cpu_count()} processors{hypervisor}",
        "kernel": f"{platform.system()} {platform.release()}",
        "compiler": _first_line([compiler, "--version"]) if compiler else "unknown",
        "build": f"{_cached(build, 'CMAKE_BUILD_TYPE')} ({flags})",
        "commit": (commit or "unknown") + (" with changes" if changed else ""),
        "load at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
