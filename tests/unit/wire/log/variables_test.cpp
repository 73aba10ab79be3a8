#include "libgw/wire/log/variables.h"

#include <array>

#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::log;
using namespace std::chrono_literals;

namespace {

std::string value(std::string_view name, const Record& record) {
    const Variable variable = find_variable(name);
    if (variable.write == nullptr) return "?";
    std::string out;
    Values values(out, Escape::text, kMaxLine);
    variable.write(values, record, variable.name);
    return out;
}

/// Every name of the REST, HTTP and WebSocket lists.
constexpr std::string_view kAll =
    "accountId apiId authorize.error authorize.latency authorize.status authorizer.error authorizer.integrationLatency "
    "authorizer.integrationStatus authorizer.latency authorizer.requestId authorizer.status authorizer.principalId "
    "authenticate.error authenticate.latency authenticate.status awsEndpointRequestId awsEndpointRequestId2 "
    "cipherSuite "
    "customDomain.basePathMatched customDomain.routingRuleIdMatched dataProcessed deploymentId domainName domainPrefix "
    "endpointType error.message error.responseType error.validationErrorString extendedRequestId httpMethod "
    "identity.accountId identity.apiKey identity.apiKeyId identity.caller identity.cognitoAuthenticationProvider "
    "identity.cognitoAuthenticationType identity.cognitoIdentityId identity.cognitoIdentityPoolId "
    "identity.principalOrgId "
    "identity.sourceIp identity.clientCert.clientCertPem identity.clientCert.subjectDN identity.clientCert.issuerDN "
    "identity.clientCert.serialNumber identity.clientCert.validity.notBefore identity.clientCert.validity.notAfter "
    "identity.vpcId identity.vpceId identity.user identity.userAgent identity.userArn integration.error "
    "integration.integrationStatus integration.latency integration.requestId integration.responseTransferMode "
    "integration.status integration.timeToAllHeaders integration.timeToFirstContent integrationErrorMessage "
    "integrationLatency integrationStatus isCanaryRequest path requestId requestOverride.header.a "
    "requestOverride.querystring.a requestOverride.path.a responseOverride.status responseOverride.header.a "
    "responseLatency "
    "responseLength resourceId resourcePath routeKey stage status tlsVersion waf.error waf.latency waf.status "
    "xrayTraceId "
    "wafResponseCode webaclArn connectedAt connectionId eventType messageId authorizer.claims.sub authorizer.key";

}  // namespace

TEST_CASE("every variable of AWS is known, and absent it is a dash", "[wire][log]") {
    Record record;
    record.protocol = {};
    for (const std::string_view name : split(kAll, ' ')) {
        INFO(name);
        CHECK(value(name, record) == "-");
    }
    CHECK(value("protocol", record) == "-");
    CHECK(value("error.messageString", record) == "\"-\"");
    CHECK(value("requestTime", record) == "01/Jan/1970:00:00:00 +0000");
    CHECK(value("requestTimeEpoch", record) == "0");
}

TEST_CASE("each variable says its own part of the record", "[wire][log]") {
    Record record;
    // every text is different, so none can stand for another
    std::array<std::string, 80> texts;
    std::size_t next = 0;
    const auto fresh = [&] {
        texts.at(next) = "value" + std::to_string(next);
        return std::string_view(texts.at(next++));
    };
    IdentityRecord identity;
    for (auto member :
         {&IdentityRecord::account_id, &IdentityRecord::caller, &IdentityRecord::user, &IdentityRecord::user_arn,
          &IdentityRecord::principal_org_id, &IdentityRecord::cognito_authentication_provider,
          &IdentityRecord::cognito_authentication_type, &IdentityRecord::cognito_identity_id,
          &IdentityRecord::cognito_identity_pool_id, &IdentityRecord::vpc_id, &IdentityRecord::vpce_id}) {
        identity.*member = fresh();
    }
    ClientCertificateRecord certificate{fresh(), fresh(), fresh(), fresh(), fresh(), fresh()};
    StepRecord step{fresh(), 1500us, 403, fresh(), 20ms, 200};
    record.identity = &identity;
    record.client_certificate = &certificate;
    record.authorizer_step = &step;
    record.source_ip = fresh();
    record.route_key = fresh();
    record.api_key_id = fresh();
    record.integration.error = fresh();
    record.integration.status = 418;
    record.integration.integration_status = 202;
    record.integration.latency = 1999us;
    record.error_message = "Not Found";
    record.canary = false;
    record.status = 404;
    record.connected_at = Date(1583348638390ms);
    const std::array<Named, 2> claims = {{{"sub", "alice"}, {"scope", "a\nb"}}};
    const std::array<Named, 1> authorizer = {{{"plan", "gold"}}};
    const std::array<Named, 1> overrides = {{{"responseOverride.status", "201"}}};
    record.claims = claims;
    record.authorizer = authorizer;
    record.overrides = overrides;

    CHECK(value("identity.caller", record) == identity.caller);
    CHECK(value("identity.user", record) == identity.user);
    CHECK(value("identity.cognitoIdentityPoolId", record) == identity.cognito_identity_pool_id);
    CHECK(value("identity.vpceId", record) == identity.vpce_id);
    CHECK(value("identity.clientCert.subjectDN", record) == certificate.subject_dn);
    CHECK(value("identity.clientCert.validity.notAfter", record) == certificate.not_after);
    CHECK(value("authorizer.error", record) == step.error);
    CHECK(value("authorizer.latency", record) == "1");
    CHECK(value("authorizer.status", record) == "403");
    CHECK(value("authorizer.integrationLatency", record) == "20");
    CHECK(value("authorizer.integrationStatus", record) == "200");
    CHECK(value("authorize.status", record) == "-");
    CHECK(value("identity.sourceIp", record) == record.source_ip);
    CHECK(value("routeKey", record) == record.route_key);
    CHECK(value("integrationErrorMessage", record) == record.integration.error);
    CHECK(value("integration.status", record) == "418");
    CHECK(value("integrationStatus", record) == "202");
    CHECK(value("integrationLatency", record) == "1");
    CHECK(value("error.messageString", record) == "\"Not Found\"");
    CHECK(value("isCanaryRequest", record) == "false");
    CHECK(value("status", record) == "404");
    CHECK(value("connectedAt", record) == "1583348638390");
    CHECK(value("authorizer.claims.sub", record) == "alice");
    CHECK(value("authorizer.claims.scope", record) == "a\\x0ab");
    CHECK(value("authorizer.claims.other", record) == "-");
    CHECK(value("authorizer.plan", record) == "gold");
    CHECK(value("responseOverride.status", record) == "201");
}

TEST_CASE("an API key is not written, only that there was one", "[wire][log]") {
    Record record;
    record.api_key_id = "k1";
    CHECK(value("identity.apiKeyId", record) == "k1");
    CHECK(value("identity.apiKey", record) == "***");
}

TEST_CASE("names are case-sensitive and whole", "[wire][log]") {
    for (const char* name : {"", "Status", "requestid", "identity", "identity.", "identity.sourceip", "statuss",
                             "statu", "authorizer.a.b", "error", "requestOverride", "responseOverride.status.x"}) {
        INFO(name);
        CHECK(find_variable(name).write == nullptr);
    }
    CHECK(closest_variable("identity.sourceIP") == "identity.sourceIp");
    CHECK(closest_variable("zzzzzzzzzzzz").empty());
}

TEST_CASE("a name behind $context. ends where its grammar ends", "[wire][log]") {
    const auto read = [](std::string_view text) {
        const ContextName found = read_context_name(text);
        return found.name + "|" + std::string(text.substr(found.size));
    };
    CHECK(read("requestId") == "requestId|");
    CHECK(read("identity.sourceIp, more") == "identity.sourceIp|, more");
    CHECK(read("status.") == "status|.");
    CHECK(read("a..b") == "a|..b");
    CHECK(read(".a") == "|.a");
    CHECK(read("") == "|");
    CHECK(read("authorizer.claims.sub-x") == "authorizer.claims.sub|-x");
}

TEST_CASE("a claim whose name has other characters stands in brackets", "[wire][log]") {
    const auto read = [](std::string_view text) {
        const ContextName found = read_context_name(text);
        return found.name + "|" + std::string(text.substr(found.size));
    };
    CHECK(read("authorizer.claims['cognito:groups'] x") == "authorizer.claims.cognito:groups| x");
    CHECK(read("authorizer.claims['https://example.com/a b']") == "authorizer.claims.https://example.com/a b|");
    // only claims have such names, and they end
    CHECK(read("authorizer['x']") == "authorizer|['x']");
    CHECK(read("identity['user']") == "identity|['user']");
    CHECK(read("authorizer.claims['sub") == "authorizer.claims|['sub");
    CHECK(read("authorizer.claims['']") == "authorizer.claims|['']");
    CHECK(read("authorizer.claims[sub]") == "authorizer.claims|[sub]");

    Record record;
    const std::array<Named, 1> claims = {{{"cognito:groups", "[admins]"}}};
    record.claims = claims;
    CHECK(value(read_context_name("authorizer.claims['cognito:groups']").name, record) == "[admins]");
}
