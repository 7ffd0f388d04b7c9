# SPDX-License-Identifier: Apache-2.0
# cmake --toolchain cmake/aarch64-linux-gnu.cmake: builds for 64-bit ARM with Debian's cross
# compiler, and runs what was built under qemu-user. Packages are those of the system (g++-aarch64-
# linux-gnu, qemu-user, and libabsl-dev:arm64 after dpkg --add-architecture arm64), or with
# TRACEBUS_AARCH64_ROOT in the environment those unpacked there (see tests/packaging/fetch_aarch64).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(root "$ENV{TRACEBUS_AARCH64_ROOT}")
set(CMAKE_C_COMPILER ${root}/usr/bin/aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER ${root}/usr/bin/aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR ${root}/usr/bin/qemu-aarch64 -L ${root}/usr/aarch64-linux-gnu
  -E LD_LIBRARY_PATH=${root}/usr/lib/aarch64-linux-gnu:${root}/usr/aarch64-linux-gnu/lib)
if(root)
  set(CMAKE_SYSROOT ${root})
endif()
set(CMAKE_FIND_ROOT_PATH ${root}/usr/aarch64-linux-gnu ${root}/)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
