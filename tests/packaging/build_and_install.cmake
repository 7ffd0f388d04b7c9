# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=tree -DWORK=folder -DPREFIX=folder -DCXX=compiler -DOPTIONS=-Dx=y
#   -P build_and_install.cmake
# Builds the libraries alone, without a warning, and installs them.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}" -G Ninja
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=-Werror
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DTRACEBUS_BUILD_TESTS=OFF -DTRACEBUS_BUILD_BENCH=OFF
    -DTRACEBUS_BUILD_TOOLS=OFF ${OPTIONS}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build "${WORK}" -j 2 COMMAND_ERROR_IS_FATAL ANY)
set(BUILD "${WORK}")
include(${CMAKE_CURRENT_LIST_DIR}/install.cmake)
