// SPDX-License-Identifier: Apache-2.0
//
// libcurl's handles, cleaned up when they go.
#ifndef TRACEBUS_EXPORTERS_HTTP_CURL_HANDLES_H_
#define TRACEBUS_EXPORTERS_HTTP_CURL_HANDLES_H_

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <new>
#include <string>

namespace tracebus {
inline namespace v1 {

inline void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// Apart from each other, as both handles are void to us.
struct CurlEasyCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct CurlMultiCleanup {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct CurlListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyCleanup>;
using CurlMulti = std::unique_ptr<CURLM, CurlMultiCleanup>;

class CurlHeaders {
 public:
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list_.release();
    list_.reset(longer);
  }
  void add_all(const CurlHeaders& others) {
    for (const curl_slist* each = others.get(); each != nullptr; each = each->next) add(each->data);
  }
  curl_slist* get() const noexcept { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, CurlListCleanup> list_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_CURL_HANDLES_H_
