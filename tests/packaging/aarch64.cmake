# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=tree -DWORK=folder -P aarch64.cmake
# Builds core and bus for 64-bit ARM, with the exporters that tests of the bus use, and runs the
# quick unit tests of core and bus under qemu-user.
cmake_minimum_required(VERSION 3.25)
set(root "$ENV{TRACEBUS_AARCH64_ROOT}")
if(NOT root)
  set(root "${WORK}/packages")
  if(NOT EXISTS "${root}/usr/bin/qemu-aarch64")
    execute_process(COMMAND "${SOURCE}/tests/packaging/fetch_aarch64" "${root}"
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
endif()
foreach(path bin/aarch64-linux-gnu-g++ bin/qemu-aarch64 lib/aarch64-linux-gnu/cmake/absl
    lib/aarch64-linux-gnu/cmake/GTest)
  if(NOT EXISTS "${root}/usr/${path}")
    message(FATAL_ERROR "there is no ${root}/usr/${path}: tests/packaging/fetch_aarch64 FOLDER "
      "gets it; then set TRACEBUS_AARCH64_ROOT to that folder")
  endif()
endforeach()
set(ENV{TRACEBUS_AARCH64_ROOT} "${root}")  # for the toolchain file
# The compiler and qemu have their own libraries there.
set(ENV{LD_LIBRARY_PATH} "${root}/usr/lib/${HOST_ARCHITECTURE}")

execute_process(COMMAND ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/build" -G Ninja
    --toolchain "${SOURCE}/cmake/aarch64-linux-gnu.cmake" -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} "-DTRACEBUS_ONLY=core;bus;exporters"
    -DTRACEBUS_BUILD_BENCH=OFF -DTRACEBUS_BUILD_TOOLS=OFF
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build "${WORK}/build" -j 2 COMMAND_ERROR_IS_FATAL ANY)
# Left out is what qemu-user cannot do: the child of a process with threads may make none, programs
# do not start others, limits of memory are those of qemu.
set(ENV{TRACEBUS_SEEDS} 50)
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir "${WORK}/build" -L quick --output-on-failure
    --no-tests=error -E "bus_(fork|thread|default_bus|scarce_memory)_test"
  COMMAND_ERROR_IS_FATAL ANY)
