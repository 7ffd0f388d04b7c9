# SPDX-License-Identifier: Apache-2.0
# cmake -DINCLUDE=folder -DWORK=folder -DCXX=compiler -P header_weight.cmake
# Each header that instrumented sources include stays under 1.5 x the preprocessed size of those of
# the C++ standard library that it and ours below it name.
cmake_minimum_required(VERSION 3.25)
file(MAKE_DIRECTORY "${WORK}")

# Sets `bytes` in the caller to the size of a source after its preprocessing, without blank lines.
function(measure text)
  file(WRITE "${WORK}/weighed.cc" "${text}")
  execute_process(COMMAND ${CXX} -std=c++20 -O2 -E -P "-I${INCLUDE}" "${WORK}/weighed.cc"
    OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(LENGTH "${output}" bytes)
  set(bytes ${bytes} PARENT_SCOPE)
endfunction()

# Sets `named` in the caller to the standard headers that a header of ours and those below it name.
function(find_named header)
  set(open ${header})
  set(seen "")
  set(named "")
  while(open)
    list(POP_FRONT open next)
    list(APPEND seen ${next})
    file(STRINGS "${INCLUDE}/${next}" lines REGEX "^ *# *include ")
    foreach(line ${lines})
      if(line MATCHES "<(.*)>")
        list(APPEND named ${CMAKE_MATCH_1})
      elseif(line MATCHES "\"(.*)\"" AND NOT CMAKE_MATCH_1 IN_LIST seen)
        list(APPEND open ${CMAKE_MATCH_1})
      endif()
    endforeach()
    list(REMOVE_DUPLICATES open)
  endwhile()
  list(REMOVE_DUPLICATES named)
  list(FILTER named INCLUDE REGEX "^[a-z_]+$")  # anything else is weight
  set(named "${named}" PARENT_SCOPE)
endfunction()

set(too_heavy "")
foreach(header core/event.h core/attr.h core/event_view.h bus/producer.h trace/span.h)
  if(NOT EXISTS "${INCLUDE}/tracebus/${header}")
    continue()
  endif()
  find_named(tracebus/${header})
  measure("#include \"tracebus/${header}\"\n")
  set(ours ${bytes})
  list(TRANSFORM named REPLACE "(.+)" "#include <\\1>\n" OUTPUT_VARIABLE standard)
  string(CONCAT standard ${standard})
  measure("${standard}")
  math(EXPR percent "${ours} * 100 / ${bytes}")
  message(STATUS "${header}: ${ours} bytes, ${percent} % of the ${bytes} of the headers it needs")
  if(percent GREATER_EQUAL 150)
    list(APPEND too_heavy ${header})
  endif()
endforeach()
if(too_heavy)
  message(FATAL_ERROR "heavier than 150 %: ${too_heavy}")
endif()
