// SPDX-License-Identifier: Apache-2.0
//
// Row 22: receivers of OTLP by name: where each is sent to, with which headers, by which keys. The
// judge is what a receiver got, where the address may be one of this machine.
#include "tracebus/exporters/otlp_http/otlp_backends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/otlp_http/span_receiver.h"
#include "tracebus/tests/otlp_http/trace_receiver.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr OtlpBackend kAll[] = {
    OtlpBackend::kJaeger,  OtlpBackend::kTempo,  OtlpBackend::kPhoenix,     OtlpBackend::kLangfuse,
    OtlpBackend::kDatadog, OtlpBackend::kSignoz, OtlpBackend::kGrafanaCloud};
static_assert(std::size(kAll) == kOtlpBackends);

ExporterFactory factory() {
  ExporterFactory made = ExporterFactory::with_builtin();
  add_otlp_backends(made);
  return made;
}

// Sends one span of ours by a SPEC.
void send_by(const std::string& spec) {
  auto exporter = factory().make(spec);
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  TraceEventBus bus;
  ASSERT_TRUE(bus.add_exporter(*std::move(exporter)).ok());
  TraceEvent span = numbered_span(5);
  span.payload.add("model", "gpt-4o");
  ASSERT_EQ(bus.emit(span), EmitResult::kAccepted);
  ASSERT_TRUE(bus.flush(kLong).ok());
}

std::string url_of(OtlpBackend backend, const std::string& url = {}) {
  const auto options = otlp_backend_options(backend, url);
  EXPECT_TRUE(options.ok()) << options.status();
  return options.ok() ? options->http.url : std::string();
}

std::string refusal(OtlpBackend backend, const std::string& url = {}) {
  return std::string(otlp_backend_options(backend, url).status().message());
}

const std::vector<std::pair<std::string, std::string>> kLangfuseKeys = {
    {"LANGFUSE_PUBLIC_KEY", "pk-lf-1"}, {"LANGFUSE_SECRET_KEY", "sk-lf-2"}};
const std::vector<std::pair<std::string, std::string>> kGrafanaKeys = {
    {"GRAFANA_CLOUD_INSTANCE_ID", "1234"}, {"GRAFANA_CLOUD_API_KEY", "glc_key"}};

TEST(OtlpBackendsTest, Row22_JaegerAndTempoReceiveSpansBelowTheirAddress) {
  for (const char* const name : {"jaeger", "tempo"}) {
    const TraceReceiver receiver;
    send_by(std::string(name) + ":" + receiver.url());
    ASSERT_EQ(receiver.heads().size(), 1u);
    EXPECT_THAT(receiver.heads()[0], StartsWith("POST /v1/traces HTTP/1.1\r\n"));
    EXPECT_THAT(receiver.heads()[0], Not(HasSubstr("uthorization")));
    EXPECT_EQ(receiver.span("chat gpt-4o").kind(), 3) << "a client's";
  }
  EXPECT_EQ(url_of(OtlpBackend::kJaeger), "http://localhost:4318/v1/traces");
  EXPECT_EQ(url_of(OtlpBackend::kTempo), "http://localhost:4318/v1/traces");
}

TEST(OtlpBackendsTest, Row22_PhoenixReceivesOpenInferenceItsProjectAndItsKey) {
  const TraceReceiver receiver;
  const TemporaryVariables variables{{"PHOENIX_COLLECTOR_ENDPOINT", receiver.url()},
                                     {"PHOENIX_API_KEY", "phx_1"},
                                     {"PHOENIX_CLIENT_HEADERS", "x-a=1,x-b=two%20words"},
                                     {"PHOENIX_PROJECT_NAME", "shop"}};
  send_by("phoenix");
  ASSERT_EQ(receiver.heads().size(), 1u);
  const std::string head = receiver.heads()[0];
  EXPECT_THAT(head, StartsWith("POST /v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Authorization: Bearer phx_1\r\n"));
  EXPECT_THAT(head, HasSubstr("x-b: two words\r\n"));
  const SpanTexts texts = texts_of(receiver.span("gpt-4o").attributes());
  EXPECT_EQ(texts.at("openinference.span.kind"), "LLM");
  EXPECT_EQ(texts.at("llm.model_name"), "gpt-4o");
  EXPECT_EQ(receiver.resource().at("openinference.project.name"), "shop");
}

TEST(OtlpBackendsTest, Row22_PhoenixIsOnThisMachineUnlessToldOtherwise) {
  EXPECT_EQ(url_of(OtlpBackend::kPhoenix), "http://localhost:6006/v1/traces");
  EXPECT_EQ(url_of(OtlpBackend::kPhoenix, "http://h:6006/v1/traces"), "http://h:6006/v1/traces");
  EXPECT_EQ(url_of(OtlpBackend::kPhoenix, "https://app.phoenix.arize.com/s/me"),
            "https://app.phoenix.arize.com/s/me/v1/traces");
}

TEST(OtlpBackendsTest, Row22_LangfusesAddressIsWhicheverOfItsDocumentsGave) {
  EXPECT_EQ(langfuse_traces_url("https://cloud.langfuse.com"),
            "https://cloud.langfuse.com/api/public/otel/v1/traces");
  EXPECT_EQ(langfuse_traces_url("https://cloud.langfuse.com/api/public/"),
            "https://cloud.langfuse.com/api/public/otel/v1/traces");
  EXPECT_EQ(langfuse_traces_url("https://h/langfuse/api/public/otel"),
            "https://h/langfuse/api/public/otel/v1/traces");
  EXPECT_EQ(langfuse_traces_url("https://h/api/public/otel/v1/traces"),
            "https://h/api/public/otel/v1/traces");
  const TemporaryVariables keys(kLangfuseKeys);
  EXPECT_EQ(url_of(OtlpBackend::kLangfuse), "https://cloud.langfuse.com/api/public/otel/v1/traces");
  const TemporaryVariables host{{"LANGFUSE_HOST", "https://us.cloud.langfuse.com"}};
  EXPECT_EQ(url_of(OtlpBackend::kLangfuse),
            "https://us.cloud.langfuse.com/api/public/otel/v1/traces");
  const TemporaryVariables base{{"LANGFUSE_BASE_URL", "https://jp.cloud.langfuse.com"}};
  EXPECT_EQ(url_of(OtlpBackend::kLangfuse),
            "https://jp.cloud.langfuse.com/api/public/otel/v1/traces");
  EXPECT_EQ(url_of(OtlpBackend::kLangfuse, "http://localhost:3000"),
            "http://localhost:3000/api/public/otel/v1/traces");
}

TEST(OtlpBackendsTest, Row22_LangfuseReceivesBothKeysAndTheVersionOfItsIngestion) {
  const TraceReceiver receiver;
  const TemporaryVariables keys(kLangfuseKeys);
  send_by("langfuse:" + receiver.url());
  ASSERT_EQ(receiver.heads().size(), 1u);
  EXPECT_THAT(receiver.heads()[0], StartsWith("POST /api/public/otel/v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(receiver.heads()[0], HasSubstr("Authorization: Basic cGstbGYtMTpzay1sZi0y\r\n"));
  EXPECT_THAT(receiver.heads()[0], HasSubstr("x-langfuse-ingestion-version: 4\r\n"));
}

TEST(OtlpBackendsTest, Row19_DatadogReceivesItsKeyAndSpansOfTheConventionsThatItReads) {
  const TraceReceiver receiver;
  const TemporaryVariables key{{"DD_API_KEY", "dd1"}};
  send_by("datadog-otlp:" + receiver.url());
  ASSERT_EQ(receiver.heads().size(), 1u);
  EXPECT_THAT(receiver.heads()[0], StartsWith("POST /v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(receiver.heads()[0], HasSubstr("dd-api-key: dd1\r\n"));
  EXPECT_THAT(receiver.heads()[0], HasSubstr("dd-otlp-source: llmobs\r\n"));
  const SpanTexts texts = texts_of(receiver.span("chat gpt-4o").attributes());
  EXPECT_EQ(texts.at("gen_ai.operation.name"), "chat");
  EXPECT_EQ(texts.at("gen_ai.request.model"), "gpt-4o");
  EXPECT_EQ(texts.count("gen_ai.system"), 0u);
  EXPECT_EQ(url_of(OtlpBackend::kDatadog), "https://otlp.datadoghq.com/v1/traces");
  const TemporaryVariables site{{"DD_SITE", "datadoghq.eu"}};
  EXPECT_EQ(url_of(OtlpBackend::kDatadog), "https://otlp.datadoghq.eu/v1/traces");
  const TemporaryVariables bad{{"DD_SITE", "evil.example/x"}};
  EXPECT_THAT(refusal(OtlpBackend::kDatadog), HasSubstr("DD_SITE"));
}

TEST(OtlpBackendsTest, Row19_AnAgentOfDatadogsNeedsNoKey) {
  const TraceReceiver agent;
  send_by("datadog-otlp:" + agent.url());
  ASSERT_EQ(agent.heads().size(), 1u);
  EXPECT_THAT(agent.heads()[0], Not(HasSubstr("dd-")));
}

TEST(OtlpBackendsTest, Row22_SignozNeedsAKeyForItsCloudAlone) {
  EXPECT_EQ(url_of(OtlpBackend::kSignoz), "http://localhost:4318/v1/traces");
  EXPECT_THAT(refusal(OtlpBackend::kSignoz, "https://ingest.eu.signoz.cloud"),
              HasSubstr("SIGNOZ_INGESTION_KEY must be set"));
  const TraceReceiver receiver;
  const TemporaryVariables key{{"SIGNOZ_INGESTION_KEY", "sz1"}};
  EXPECT_THAT(refusal(OtlpBackend::kSignoz), HasSubstr("ingest.REGION.signoz.cloud"));
  EXPECT_EQ(url_of(OtlpBackend::kSignoz, "https://ingest.eu.signoz.cloud:443"),
            "https://ingest.eu.signoz.cloud:443/v1/traces");
  send_by("signoz:" + receiver.url());
  ASSERT_EQ(receiver.heads().size(), 1u);
  EXPECT_THAT(receiver.heads()[0], HasSubstr("signoz-ingestion-key: sz1\r\n"));
}

TEST(OtlpBackendsTest, Row22_GrafanaCloudsGatewayHasItsOwnPathAndBasicAuthentication) {
  EXPECT_THAT(refusal(OtlpBackend::kGrafanaCloud), HasSubstr("GRAFANA_CLOUD_OTLP_ENDPOINT"));
  const TraceReceiver receiver;
  const TemporaryVariables keys(kGrafanaKeys);
  for (const std::string& address : {receiver.url(), receiver.url() + "/", receiver.url() + "/otlp",
                                     receiver.url() + "/otlp/v1/traces"}) {
    send_by("grafana-cloud:" + address);
  }
  ASSERT_EQ(receiver.heads().size(), 4u);
  for (const std::string& head : receiver.heads()) {
    EXPECT_THAT(head, StartsWith("POST /otlp/v1/traces HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Authorization: Basic MTIzNDpnbGNfa2V5\r\n"));
  }
  const TemporaryVariables gateway{
      {"GRAFANA_CLOUD_OTLP_ENDPOINT", "https://otlp-gateway-prod-us-central-0.grafana.net/otlp"}};
  EXPECT_EQ(url_of(OtlpBackend::kGrafanaCloud),
            "https://otlp-gateway-prod-us-central-0.grafana.net/otlp/v1/traces");
}

TEST(OtlpBackendsTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(refusal(OtlpBackend::kLangfuse),
              StartsWith("LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY must be set"));
  EXPECT_THAT(refusal(OtlpBackend::kDatadog), StartsWith("DD_API_KEY must be set"));
  EXPECT_THAT(refusal(OtlpBackend::kGrafanaCloud, "https://otlp-gateway-x.grafana.net/otlp"),
              StartsWith("GRAFANA_CLOUD_INSTANCE_ID and GRAFANA_CLOUD_API_KEY must be set"));
  const TemporaryVariables half{{"LANGFUSE_PUBLIC_KEY", "pk-lf-1"}};
  EXPECT_THAT(refusal(OtlpBackend::kLangfuse), StartsWith("LANGFUSE_SECRET_KEY must be set"));
  EXPECT_THAT(refusal(OtlpBackend::kLangfuse), HasSubstr("0600"));
  const auto made = factory().make("langfuse");
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("LANGFUSE_SECRET_KEY"));
}

// Other receivers' addresses and headers are not for those who have keys of their own.
TEST(OtlpBackendsTest, NoKeyGoesWhereOtlpsOwnVariablesPointTo) {
  const TemporaryVariables keys(kLangfuseKeys);
  const TemporaryVariables grafana(kGrafanaKeys);
  const TemporaryVariables others{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://other:4318"},
                                  {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other:4318/x"},
                                  {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=other-secret"},
                                  {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"},
                                  {"DD_API_KEY", "dd1"}};
  for (const OtlpBackend backend : kAll) {
    const bool is_plain = backend == OtlpBackend::kJaeger || backend == OtlpBackend::kTempo;
    const std::string url = backend == OtlpBackend::kGrafanaCloud ? "https://g.grafana.net" : "";
    const auto options = otlp_backend_options(backend, url);
    ASSERT_TRUE(options.ok()) << options.status();
    EXPECT_EQ(options->http.url.find("other") != std::string::npos, is_plain);
    EXPECT_EQ(options->timeout, std::chrono::milliseconds(1500));
    bool has_others = false;
    for (const HttpHeader& header : options->http.headers)
      has_others |= header.value == "other-secret";
    EXPECT_EQ(has_others, is_plain);
  }
}

TEST(OtlpBackendsTest, KeysInAddressesAreRefusedWithoutRepeatingThem) {
  const TemporaryVariables keys(kLangfuseKeys);
  const TemporaryVariables grafana(kGrafanaKeys);
  for (const OtlpBackend backend : kAll) {
    for (const char* const url : {"https://me:s3cret@h", "https://s3cret@h/otlp"}) {
      EXPECT_THAT(refusal(backend, url), HasSubstr("name or a password")) << to_string(backend);
      EXPECT_THAT(refusal(backend, url), Not(HasSubstr("s3cret")));
    }
    for (const char* const url : {"cloud.langfuse.com/s3cret", "ftp://h/s3cret", "http//s3cret"}) {
      EXPECT_THAT(refusal(backend, url), HasSubstr("no http:// or https:// URL"));
      EXPECT_THAT(refusal(backend, url), HasSubstr(std::string(to_string(backend))));
      EXPECT_THAT(refusal(backend, url), Not(HasSubstr("s3cret")));
    }
  }
}

TEST(OtlpBackendsTest, AKeyInClearTextToAnotherMachineIsWarnedOf) {
  const TemporaryVariables keys(kLangfuseKeys);
  const auto warnings_of = [](OtlpBackend backend, const std::string& url) {
    std::vector<std::string> warnings;
    EXPECT_TRUE(otlp_backend_options(backend, url, &warnings).ok());
    return warnings;
  };
  const auto warnings = warnings_of(OtlpBackend::kLangfuse, "http://langfuse:3000");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("clear text"));
  EXPECT_THAT(warnings[0], Not(HasSubstr("lf-")));
  for (const char* const url :
       {"https://langfuse", "http://localhost:3000", "http://127.0.0.1:3", "http://[::1]:3000"}) {
    EXPECT_THAT(warnings_of(OtlpBackend::kLangfuse, url), IsEmpty()) << url;
  }
  EXPECT_THAT(warnings_of(OtlpBackend::kJaeger, "http://jaeger:4318"), IsEmpty()) << "no key";
}

TEST(OtlpBackendsTest, AllAreSpecsWithAHelpOfTheirOwn) {
  const std::string help = factory().help();
  for (const OtlpBackend backend : kAll) {
    EXPECT_THAT(help, HasSubstr("  " + std::string(to_string(backend)) + "[:URL]  "));
  }
}

}  // namespace
}  // namespace tracebus::testing
