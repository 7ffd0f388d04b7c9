// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretTest : public ::testing::Test {
 protected:
  ~SecretTest() override {
    ::unsetenv("A_KEY");
    ::unsetenv("A_KEY_FILE");
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
  // A file that holds text, and the variable that names it.
  std::string write(const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_.file("key");
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    set("A_KEY_FILE", path);
    return path;
  }
  static std::string refusal() { return std::string(secret_from_env("A_KEY").status().message()); }
  static std::string key() {
    const auto found = secret_from_env("A_KEY");
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : std::string();
  }

  TemporaryFolder folder_;
};

TEST_F(SecretTest, AVariableOrAFileOfItsOwnerHoldsIt) {
  EXPECT_EQ(key(), "");
  set("A_KEY", "sk-1");
  EXPECT_EQ(key(), "sk-1");
  ::unsetenv("A_KEY");
  for (const char* const text : {"sk-2", "sk-2\n", "sk-2\r\n"}) {
    write(text);
    EXPECT_EQ(key(), "sk-2");
  }
  write("sk-3", 0400);
  EXPECT_EQ(key(), "sk-3");
  write(std::string(kSecretBytesMax, 'x') + "\n");
  EXPECT_EQ(key().size(), kSecretBytesMax);
}

TEST_F(SecretTest, BothAreRefused) {
  set("A_KEY", "sk-1");
  write("sk-2");
  EXPECT_THAT(refusal(), HasSubstr("A_KEY and A_KEY_FILE are both set"));
}

TEST_F(SecretTest, AFileThatOthersMayOpenIsRefusedAndSaysWhatToDo) {
  for (const mode_t mode : {0640, 0604, 0620, 0601, 0644}) {
    const std::string path = write("sk-secret", mode);
    EXPECT_THAT(refusal(), HasSubstr("A_KEY_FILE: " + path));
    EXPECT_THAT(refusal(), HasSubstr("chmod 600"));
    EXPECT_THAT(refusal(), Not(HasSubstr("sk-secret")));
  }
}

TEST_F(SecretTest, WhatIsNoFileOrNotThereIsRefusedWithoutWaiting) {
  set("A_KEY_FILE", "/nowhere/key");
  EXPECT_THAT(refusal(), HasSubstr("cannot be read"));
  ::mkdir(folder_.file("folder").c_str(), 0700);
  set("A_KEY_FILE", folder_.file("folder"));
  EXPECT_THAT(refusal(), HasSubstr("no regular file"));
  ::mkfifo(folder_.file("pipe").c_str(), 0600);
  set("A_KEY_FILE", folder_.file("pipe"));
  EXPECT_THAT(refusal(), HasSubstr("no regular file"));
}

TEST_F(SecretTest, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  write("");
  EXPECT_THAT(refusal(), HasSubstr("holds nothing"));
  write(std::string(kSecretBytesMax + 1, 'x'));
  EXPECT_THAT(refusal(), HasSubstr("more than 4096"));
  for (const char* const text : {"sk-secret\nX: y", " sk-secret", "sk-secret ", "sk\tsecret",
                                 "sk-secr\xc3\xa9t", "sk-secr\x7f", "sk-secret\r\n\r\n"}) {
    write(text);
    EXPECT_THAT(refusal(), HasSubstr("the key alone"));
    EXPECT_THAT(refusal(), Not(HasSubstr("secr")));
  }
}

TEST(BasicAuthorizationTest, ItIsWhatItsDocumentSays) {
  const HttpHeader header = basic_authorization("Aladdin", "open sesame");  // RFC 7617, section 2
  EXPECT_EQ(header.name, "Authorization");
  EXPECT_EQ(header.value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

}  // namespace
}  // namespace tracebus::testing
