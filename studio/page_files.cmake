# SPDX-License-Identifier: Apache-2.0
# page_files_source(result) makes a source of the table in page_files.h: the files of page/dist as
# they are, without Node. It is made anew where a file comes or goes, and compiled anew where one
# changes.

set(PAGE_TYPE_html "text/html; charset=utf-8")
set(PAGE_TYPE_js "text/javascript; charset=utf-8")
set(PAGE_TYPE_css "text/css; charset=utf-8")
set(PAGE_TYPE_svg "image/svg+xml")
set(PAGE_TYPE_json "application/json")
set(PAGE_TYPE_txt "text/plain; charset=utf-8")
set(PAGE_TYPE_png "image/png")
set(PAGE_TYPE_ico "image/x-icon")
set(PAGE_TYPE_woff2 "font/woff2")

function(page_files_source result)
  set(dist ${CMAKE_CURRENT_SOURCE_DIR}/page/dist)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${dist} ${dist}/*)
  set(paths "")
  set(bytes "")
  set(declarations "")
  set(rows "")
  set(number 0)
  foreach(name ${files})
    string(REGEX REPLACE "^.*\\." "" kind ${name})
    if(NOT DEFINED PAGE_TYPE_${kind})
      message(FATAL_ERROR "studio/page_files.cmake does not know the type of ${name}")
    endif()
    file(SHA256 ${dist}/${name} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    string(APPEND bytes
      "    \"tracebus_page_${number}:\\n\"\n"
      "    \".incbin \\\"${dist}/${name}\\\"\\n\"\n"
      "    \"tracebus_page_${number}_end: .byte 0\\n\"\n"
      "    \".global tracebus_page_${number}\\n.hidden tracebus_page_${number}\\n\"\n"
      "    \".global tracebus_page_${number}_end\\n.hidden tracebus_page_${number}_end\\n\"\n")
    string(APPEND declarations
      "extern const char tracebus_page_${number}[] __attribute__((visibility(\"hidden\")));\n"
      "extern const char tracebus_page_${number}_end[] __attribute__((visibility(\"hidden\")));\n")
    string(APPEND rows
      "    {\"/${name}\", \"${PAGE_TYPE_${kind}}\", \"\\\"${hash}\\\"\",\n"
      "     {tracebus_page_${number}, static_cast<std::size_t>(\n"
      "         tracebus_page_${number}_end - tracebus_page_${number})}},\n")
    list(APPEND paths ${dist}/${name})
    math(EXPR number "${number} + 1")
  endforeach()
  # The hashes are those of now.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${paths})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/page_table.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
// Made by studio/page_files.cmake.
#include <cstddef>
#include <vector>

#include "tracebus/studio/page_files.h"

asm(".pushsection .rodata\n"
@bytes@    ".popsection\n");

extern "C" {
@declarations@}

namespace tracebus {
inline namespace v1 {

std::span<const PageFile> page_files() noexcept {
  static const std::vector<PageFile> kFiles = {
@rows@  };
  return kFiles;
}

}  // namespace v1
}  // namespace tracebus
]])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${paths}")
  set(${result} ${source} PARENT_SCOPE)
endfunction()
