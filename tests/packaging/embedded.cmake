# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=tree -DWORK=folder -DCXX=compiler -P embedded.cmake
# Who embeds core and bus needs Abseil and threads, and nothing else: no other package is looked for
# (here, none would be found), and the program is linked to nothing else. Tests, benchmarks and
# tools stay out.
cmake_minimum_required(VERSION 3.25)
set(none "")
foreach(package Protobuf simdjson CLI11 GTest benchmark)
  list(APPEND none -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
file(REMOVE_RECURSE "${WORK}")

# All libraries whose packages are there.
execute_process(COMMAND ${CMAKE_COMMAND} -S "${SOURCE}/tests/packaging/consumer" -B "${WORK}/all"
    -G Ninja -DCMAKE_CXX_COMPILER=${CXX} -DTRACEBUS_TREE=${SOURCE} -DPROGRAMS=agent ${none}
  COMMAND_ERROR_IS_FATAL ANY)

# Only core and bus.
execute_process(COMMAND ${CMAKE_COMMAND} -S "${SOURCE}/tests/packaging/consumer" -B "${WORK}/few"
    -G Ninja -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
    -DTRACEBUS_TREE=${SOURCE} "-DTRACEBUS_ONLY=core;bus" -DPROGRAMS=agent ${none}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build "${WORK}/few" -j 2 COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${WORK}/few/agent" COMMAND_ERROR_IS_FATAL ANY)

file(GLOB_RECURSE archives RELATIVE "${WORK}/few" "${WORK}/few/*.a")
list(SORT archives)
if(NOT archives STREQUAL "tracebus/bus/libtracebus_bus.a;tracebus/core/libtracebus_core.a")
  message(FATAL_ERROR "core and bus are these libraries: ${archives}")
endif()
find_program(READELF readelf REQUIRED)
execute_process(COMMAND ${READELF} -d "${WORK}/few/agent" OUTPUT_VARIABLE dynamic
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "Shared library: \\[[^]]+" needed "${dynamic}")
set(of_the_system "libstdc\\+\\+|libgcc_s|libm|libc|ld-linux[a-z0-9-]*")
list(FILTER needed EXCLUDE REGEX "\\[(libabsl_[a-z0-9_]+|${of_the_system})\\.so")
if(NOT dynamic MATCHES "libstdc" OR needed)
  message(FATAL_ERROR "a program with core and bus needs, besides Abseil and the system: ${needed}")
endif()
