# SPDX-License-Identifier: Apache-2.0
# gRPCpp::grpc++: gRPC's C++ library as Debian's libgrpc++-dev has it. gRPC's own package file is of
# no use there: it fails where the compiler's plugin (protobuf-compiler-grpc) is not installed, which
# nobody needs to link.
find_path(gRPCpp_INCLUDE_DIR grpcpp/generic/generic_stub.h)
find_library(gRPCpp_LIBRARY grpc++)
find_library(gRPCpp_CORE_LIBRARY grpc)
find_library(gRPCpp_GPR_LIBRARY gpr)
mark_as_advanced(gRPCpp_INCLUDE_DIR gRPCpp_LIBRARY gRPCpp_CORE_LIBRARY gRPCpp_GPR_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(gRPCpp REQUIRED_VARS
  gRPCpp_LIBRARY gRPCpp_CORE_LIBRARY gRPCpp_GPR_LIBRARY gRPCpp_INCLUDE_DIR)
if(gRPCpp_FOUND AND NOT TARGET gRPCpp::grpc++)
  add_library(gRPCpp::grpc++ UNKNOWN IMPORTED)
  set_target_properties(gRPCpp::grpc++ PROPERTIES
    IMPORTED_LOCATION "${gRPCpp_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${gRPCpp_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${gRPCpp_CORE_LIBRARY};${gRPCpp_GPR_LIBRARY}")
endif()
