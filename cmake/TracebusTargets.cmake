# SPDX-License-Identifier: Apache-2.0
# One way to declare a library, a test and a benchmark, so that flags and labels are said once.

set(TRACEBUS_WARNINGS -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror=return-type)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND TRACEBUS_WARNINGS -Wno-restrict)  # false alarms on std::string, GCC bug 105651
endif()
set(TRACEBUS_HARDENING -fstack-protector-strong $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
set(TRACEBUS_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")
if(TRACEBUS_SANITIZE)
  add_compile_options(-fsanitize=${TRACEBUS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRACEBUS_SANITIZE})
  set(TRACEBUS_HARDENING "")
  list(APPEND TRACEBUS_WARNINGS -Wno-maybe-uninitialized)  # false alarms under GCC's sanitizers
endif()
add_link_options(-Wl,-z,relro,-z,now)

# tracebus_library(core SOURCES a.cc ... PUBLIC deps... PRIVATE deps...) makes tracebus::core, static
# or shared as BUILD_SHARED_LIBS says, and installs it with the headers of its folder. With INTERNAL
# it is an archive for this tree alone.
function(tracebus_library name)
  cmake_parse_arguments(ARG "INTERNAL" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  if(ARG_INTERNAL)
    add_library(tracebus_${name} STATIC ${ARG_SOURCES})
  else()
    add_library(tracebus_${name} ${ARG_SOURCES})
  endif()
  add_library(tracebus::${name} ALIAS tracebus_${name})
  set_target_properties(tracebus_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_options(tracebus_${name} PRIVATE ${TRACEBUS_WARNINGS} ${TRACEBUS_HARDENING})
  target_include_directories(tracebus_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(tracebus_${name} PUBLIC cxx_std_20)
  target_link_libraries(tracebus_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  if(NOT ARG_INTERNAL)
    tracebus_share_names(${name})
    if(TRACEBUS_INSTALL)
      tracebus_install_library(${name} "${ARG_PUBLIC}" "${ARG_PRIVATE}")
    endif()
  endif()
endfunction()

# tracebus_test(name SOURCES ... LIBS ... [LABELS quick] [TIMEOUT seconds] [ARGS ...]) adds one gtest program.
function(tracebus_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS;ARGS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS quick)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(TRACEBUS_SANITIZE OR CMAKE_CROSSCOMPILING)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 4")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${TRACEBUS_WARNINGS})
  if(TRACEBUS_SANITIZE MATCHES "address")
    target_compile_options(${name} PRIVATE -O0)  # half the time; the libraries are optimised
  endif()
  target_include_directories(${name} PRIVATE ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# tracebus_test_messages(otlp) makes otlp_messages: the classes of otlp.proto in this folder.
function(tracebus_test_messages name)
  set(stem ${CMAKE_CURRENT_BINARY_DIR}/${name}.pb)
  add_custom_command(
    OUTPUT ${stem}.h ${stem}.cc
    COMMAND protobuf::protoc --proto_path=${CMAKE_CURRENT_SOURCE_DIR}
            --cpp_out=${CMAKE_CURRENT_BINARY_DIR} ${name}.proto
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.proto
    VERBATIM)
  set_source_files_properties(${stem}.cc PROPERTIES COMPILE_OPTIONS -w)
  add_library(${name}_messages STATIC ${stem}.cc ${stem}.h)
  target_link_libraries(${name}_messages PUBLIC protobuf::libprotobuf)
  target_include_directories(${name}_messages SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
