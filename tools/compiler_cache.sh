# SPDX-License-Identifier: Apache-2.0
#
# Sourced with $root set: what was compiled once, in another clone as well, is not compiled again,
# neither by the build nor by tests that build.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true
fi
