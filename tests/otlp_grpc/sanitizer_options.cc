// SPDX-License-Identifier: Apache-2.0
//
// What sanitizers are told of Debian's gRPC and what it stands on, which is not built with them.
#ifdef __SANITIZE_ADDRESS__
// Debian's c-ares loses ten bytes each time that it looks up "localhost"; what gRPC's own threads
// clean up behind a connection with TLS may come too late for the end of a process.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcares.so\nleak:libcrypto.so\n";
}
#endif

#ifdef __SANITIZE_THREAD__
// What its threads do among themselves is not seen whole; what ours do is.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif
