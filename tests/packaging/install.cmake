# SPDX-License-Identifier: Apache-2.0
# cmake -DBUILD=folder -DPREFIX=folder -P install.cmake
# Installs what was built there, and moves it: nothing may hold the path it was installed to.
cmake_minimum_required(VERSION 3.25)
set(first "${PREFIX} at first")
file(REMOVE_RECURSE "${PREFIX}" "${first}")
execute_process(COMMAND ${CMAKE_COMMAND} --install "${BUILD}" --prefix "${first}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${first}" "${PREFIX}")

file(GLOB_RECURSE files RELATIVE "${PREFIX}" "${PREFIX}/*")
foreach(name include/tracebus/core/event.h include/tracebus/bus/trace_event_bus.h
    share/doc/tracebus/LICENSE share/doc/tracebus/NOTICE share/doc/tracebus/README.md
    share/doc/tracebus/bus/options.md)
  if(NOT name IN_LIST files)
    message(FATAL_ERROR "${name} was not installed")
  endif()
endforeach()
foreach(name ${files})
  if(name MATCHES "^include/" AND NOT name MATCHES "^include/tracebus/.*\\.(h|proto)$")
    message(FATAL_ERROR "${name} was installed, where only headers below include/tracebus/ belong")
  elseif(name MATCHES "\\.(cmake|pc)$")
    file(STRINGS "${PREFIX}/${name}" line LIMIT_COUNT 1 REGEX " at first")
    if(line)
      message(FATAL_ERROR "${name} holds the path that it was installed to: ${line}")
    endif()
  endif()
endforeach()
