# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=tree -DPREFIX=folder -DWORK=folder -DCXX=compiler -P pkg_config.cmake
# Every .pc file finds what it requires, and a program builds by what pkg-config says alone.
cmake_minimum_required(VERSION 3.25)
find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
file(GLOB modules "${PREFIX}/lib*/pkgconfig/*.pc" "${PREFIX}/lib/*/pkgconfig/*.pc")
if(NOT modules)
  message(FATAL_ERROR "no .pc file below ${PREFIX}")
endif()
list(GET modules 0 first)
cmake_path(GET first PARENT_PATH folder)
cmake_path(GET folder PARENT_PATH libraries)
set(ENV{PKG_CONFIG_PATH} "${folder}")
foreach(module ${modules})
  cmake_path(GET module STEM name)
  execute_process(COMMAND ${PKG_CONFIG} --print-errors --exists ${name} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

execute_process(COMMAND ${PKG_CONFIG} --cflags --libs tracebus-bus
  OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
file(MAKE_DIRECTORY "${WORK}")
execute_process(
  COMMAND ${CXX} -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror
    "${SOURCE}/tests/packaging/consumer/agent.cc" -o "${WORK}/agent" ${flags}
  COMMAND_ERROR_IS_FATAL ANY)
set(ENV{LD_LIBRARY_PATH} "${libraries}")
execute_process(COMMAND "${WORK}/agent" COMMAND_ERROR_IS_FATAL ANY)
