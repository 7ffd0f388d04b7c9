# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` brings: for each library its archive or shared object, headers below
# include/tracebus/, a CMake component and a pkg-config file; and the licence and the documents.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(TRACEBUS_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/tracebus)
set(TRACEBUS_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(TRACEBUS_HEADER_DIR ${CMAKE_INSTALL_INCLUDEDIR}/tracebus)
# Before 1.0 every minor version has an ABI of its own.
set(TRACEBUS_ABI_VERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

# The names of tracebus: functions and data, typeinfo and tables, statics within functions and their
# guards.
set(TRACEBUS_NAMES "_ZN8tracebus*" "_ZNK8tracebus*" "_ZT?N8tracebus*" "_ZZN8tracebus*"
  "_ZZNK8tracebus*" "_ZGVN8tracebus*" "_ZGVZN8tracebus*" "_ZGVZNK8tracebus*")
list(TRANSFORM TRACEBUS_NAMES PREPEND "-Wl,--export-dynamic-symbol="
  OUTPUT_VARIABLE TRACEBUS_SHOW_NAMES)

# One copy of the registries and of the default bus in a process, whoever links tracebus. A shared
# object shows the names of tracebus alone, under a version, so that two versions never mix; it
# stays loaded, as its threads and thread-exit hooks do. An archive's names are shown by the program
# that links it, so that its plugins, each with the same archive, find those instead of their own.
function(tracebus_share_names name)
  get_target_property(type tracebus_${name} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    set(script ${PROJECT_BINARY_DIR}/exported_names.map)
    list(JOIN TRACEBUS_NAMES ";\n    " names)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/exported_names.map.in ${script} @ONLY)
    set_target_properties(tracebus_${name} PROPERTIES
      VERSION ${PROJECT_VERSION} SOVERSION ${TRACEBUS_ABI_VERSION} LINK_DEPENDS ${script})
    target_compile_options(tracebus_${name} PRIVATE -fno-semantic-interposition)
    target_link_options(tracebus_${name} PRIVATE
      LINKER:--version-script=${script} LINKER:-Bsymbolic-functions LINKER:-z,nodelete
      $<$<NOT:$<BOOL:${TRACEBUS_SANITIZE}>>:LINKER:-z,defs>)
  else()
    target_link_options(tracebus_${name} INTERFACE
      "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${TRACEBUS_SHOW_NAMES}>")
  endif()
endfunction()

# The CMake package of a target, by the prefix of its name.
set(TRACEBUS_PACKAGE_OF_CURL CURL)
set(TRACEBUS_PACKAGE_OF_ZLIB ZLIB)
set(TRACEBUS_PACKAGE_OF_absl absl)
set(TRACEBUS_PACKAGE_OF_gRPCpp gRPCpp)
set(TRACEBUS_PACKAGE_OF_Threads Threads)
set(TRACEBUS_PACKAGE_OF_protobuf Protobuf)
set(TRACEBUS_PACKAGE_OF_simdjson simdjson)

# Sets result to what pkg-config calls a dependency; empty for what needs no module.
function(tracebus_pkgconfig_module dependency result)
  if(dependency MATCHES "^tracebus::(.*)$")
    set(module tracebus-${CMAKE_MATCH_1})
  elseif(dependency MATCHES "^absl::(.*)$")
    set(module absl_${CMAKE_MATCH_1})
  elseif(dependency STREQUAL "CURL::libcurl")
    set(module libcurl)
  elseif(dependency STREQUAL "ZLIB::ZLIB")
    set(module zlib)
  elseif(dependency STREQUAL "gRPCpp::grpc++")
    set(module grpc++)
  elseif(dependency STREQUAL "protobuf::libprotobuf")
    set(module protobuf)
  elseif(dependency STREQUAL "simdjson::simdjson")
    set(module simdjson)
  elseif(dependency STREQUAL "Threads::Threads")
    set(module "")
  else()
    message(FATAL_ERROR "cmake/TracebusInstall.cmake does not know ${dependency}")
  endif()
  set(${result} "${module}" PARENT_SCOPE)
endfunction()

# Keeps in global properties, for the config file, what the component needs: other components and
# packages, of its own and of those components. Those of a shared object's inside are not asked for.
function(tracebus_note_needs name dependencies)
  set(components "")
  set(packages "")
  foreach(dependency ${dependencies})
    string(REGEX REPLACE "::.*$" "" prefix ${dependency})
    if(prefix STREQUAL "tracebus")
      string(REGEX REPLACE "^tracebus::" "" other ${dependency})
      get_property(others GLOBAL PROPERTY TRACEBUS_COMPONENTS_OF_${other})
      get_property(more GLOBAL PROPERTY TRACEBUS_PACKAGES_OF_${other})
      list(APPEND components ${others} ${other})
      list(APPEND packages ${more})
    elseif(DEFINED TRACEBUS_PACKAGE_OF_${prefix})
      list(APPEND packages ${TRACEBUS_PACKAGE_OF_${prefix}})
    else()
      message(FATAL_ERROR "cmake/TracebusInstall.cmake does not know the package of ${dependency}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES components)
  list(REMOVE_DUPLICATES packages)
  set_property(GLOBAL PROPERTY TRACEBUS_COMPONENTS_OF_${name} "${components}")
  set_property(GLOBAL PROPERTY TRACEBUS_PACKAGES_OF_${name} "${packages}")
  set_property(GLOBAL APPEND PROPERTY TRACEBUS_COMPONENTS ${name})
endfunction()

# Those who link an archive link what is inside it, too.
function(tracebus_write_pkgconfig name public private)
  get_target_property(type tracebus_${name} TYPE)
  set(flags "")
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND public ${private})
    set(private "")
    list(JOIN TRACEBUS_SHOW_NAMES " " flags)
    string(APPEND flags " ")
  endif()
  foreach(kind public private)
    set(modules_${kind} "")
    foreach(dependency ${${kind}})
      tracebus_pkgconfig_module(${dependency} module)
      list(APPEND modules_${kind} ${module})
    endforeach()
    list(REMOVE_DUPLICATES modules_${kind})
    list(JOIN modules_${kind} " " modules_${kind})
  endforeach()
  file(RELATIVE_PATH to_prefix /prefix/${TRACEBUS_PKGCONFIG_DIR} /prefix)
  set(component ${name})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/tracebus.pc.in
    ${PROJECT_BINARY_DIR}/package/tracebus-${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/tracebus-${name}.pc
    DESTINATION ${TRACEBUS_PKGCONFIG_DIR})
endfunction()

# The headers of a library are those of its folder. core/proto is a library of its own.
function(tracebus_install_headers)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  file(GLOB headers CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_SOURCE_DIR}/*.h ${CMAKE_CURRENT_SOURCE_DIR}/*.proto)
  install(FILES ${headers} DESTINATION ${TRACEBUS_HEADER_DIR}/${folder})
endfunction()

function(tracebus_install_library name public private)
  get_target_property(type tracebus_${name} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    tracebus_note_needs(${name} "${public};${private}")
  else()
    tracebus_note_needs(${name} "${public}")
  endif()
  install(TARGETS tracebus_${name} EXPORT tracebus-${name}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT tracebus-${name} NAMESPACE tracebus:: DESTINATION ${TRACEBUS_CMAKE_DIR}
    FILE tracebus-${name}-targets.cmake)
  tracebus_install_headers()
  tracebus_write_pkgconfig(${name} "${public}" "${private}")
endfunction()

# Once all libraries are there: the files that find_package reads, and the documents.
function(tracebus_install_package)
  get_property(components GLOBAL PROPERTY TRACEBUS_COMPONENTS)
  set(needs "")
  foreach(component ${components})
    get_property(others GLOBAL PROPERTY TRACEBUS_COMPONENTS_OF_${component})
    get_property(packages GLOBAL PROPERTY TRACEBUS_PACKAGES_OF_${component})
    string(APPEND needs "set(_tracebus_components_of_${component} \"${others}\")\n"
                        "set(_tracebus_packages_of_${component} \"${packages}\")\n")
  endforeach()
  set(folder ${PROJECT_BINARY_DIR}/package)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tracebus-config.cmake.in
    ${folder}/tracebus-config.cmake INSTALL_DESTINATION ${TRACEBUS_CMAKE_DIR}
    NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
  write_basic_package_version_file(${folder}/tracebus-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${folder}/tracebus-config.cmake ${folder}/tracebus-config-version.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindgRPCpp.cmake DESTINATION ${TRACEBUS_CMAKE_DIR})
  install(FILES LICENSE NOTICE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
  foreach(document bus/dispatch.md bus/options.md core/record_format.md core/proto/README.md
      exporters/datadog/datadog.md exporters/otlp_grpc/otlp_grpc.md
      exporters/otlp_http/backends.md exporters/otlp_http/otlp_http.md
      exporters/prometheus/prometheus.md exporters/processors.md render/render.md
      studio/api.md studio/receiver.md studio/store.md studio/studio.md trace/cost.md
      trace/recording.md trace/spans.md)
    cmake_path(GET document PARENT_PATH parent)
    install(FILES ${document} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${parent})
  endforeach()
endfunction()
