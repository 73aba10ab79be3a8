// sigv4, apikey, policy

#include "apps/gw-token/declare.h"

namespace gw::token {
namespace {

void declare_signatures(CLI::App& app, Options& options, program::Manual& manual) {
    SignatureOptions& sigv4 = options.signature;
    CLI::App* made =
        program::add_command(app, options.command, "sigv4", "AWS Signature Version 4 of requests", Command::sigv4);
    made->add_option("ACTION", sigv4.action);
    made->add_option("WORDS", sigv4.words);
    made->add_option("--region", sigv4.region, "of the signature (environment, profile, host, us-east-1)")
        ->type_name("R");
    made->add_option("--service", sigv4.service, "of the signature (execute-api)")->type_name("S");
    made->add_option("--profile", sigv4.profile, "whose credentials, of ~/.aws")->type_name("P");
    program::last_counts(made->add_option("-X,--request", sigv4.method, "the method; GET, with -d POST"))
        ->type_name("METHOD");
    made->add_option("-H,--header", sigv4.headers, "a field to sign: 'Name: value', or @FILE of them")
        ->type_name("FIELD")
        ->take_all();
    made->add_option("-d,--data", sigv4.data, "the body; @FILE loses its line ends, as with curl")
        ->type_name("DATA")
        ->take_all();
    made->add_option("--data-binary", sigv4.binary, "the body; @FILE as it is")->type_name("DATA");
    made->add_option("--date", sigv4.date, "sign or judge as at this time: 20150830T123600Z, +5m, ... (now)")
        ->type_name("TIME");
    made->add_option("--expires", sigv4.lifetime, "how long a presigned URL is good (15m, at most 168h)")
        ->type_name("TIME");
    made->add_option("--keys", sigv4.keys, "whose signatures to know, as gw-serve's --iam-keys; else your own")
        ->type_name("FILE");
    made->add_option("--skew", sigv4.skew, "how far clocks may be apart (5m)")->type_name("TIME");
    made->add_flag("--payload-header", sigv4.payload_field, "send the digest of the body too: x-amz-content-sha256");
    made->add_flag("--unsigned-payload", sigv4.unsigned_payload, "sign no digest of the body, or take that");
    made->add_flag("--unsigned-token", sigv4.unsigned_token, "add the session token after signing, or take that");
    made->add_flag("--raw-path", sigv4.raw_path, "leave dot segments and empty segments in the path, as S3 does");
    refuse_empty_values(*made, {"data", "data-binary"});
    manual.commands.push_back(
        {"sigv4",
         "  gw-token sigv4 sign    [METHOD] URL [-H][-d]    fields for curl -H @-\n"
         "  gw-token sigv4 presign [METHOD] URL [-H]        a URL; wss too\n"
         "  gw-token sigv4 verify  [--keys FILE] < REQUEST  a raw HTTP request\n"
         "  gw-token sigv4 explain [METHOD URL] < TEXT      a raw request, or what AWS answered\n"
         "  gw-token sigv4 env                              whose credentials are taken",
         {"gw-token sigv4 sign POST \"$URL\" -d '{}' | curl -H @- -d '{}' \"$URL\"",
          "gw-token sigv4 presign wss://abc123.execute-api.eu-west-1.amazonaws.com/prod --expires 5m",
          "gw-token sigv4 explain GET \"$URL\" < answer.json"}});
}

void declare_api_keys(CLI::App& app, Options& options, program::Manual& manual) {
    CLI::App* made =
        program::add_command(app, options.command, "apikey", "API keys and their digests", Command::apikey);
    made->add_option("ACTION", options.api_key.action);
    made->add_option("KEY", options.api_key.key);
    made->add_option("HASH", options.api_key.hash);
    made->add_option("--plan", options.api_key.plan, "the usage plan of the key")->type_name("P");
    refuse_empty_values(*made);
    manual.commands.push_back({"apikey",
                               "  gw-token apikey new   [--plan P]       a new key\n"
                               "  gw-token apikey hash  KEY [--plan P]   its digest\n"
                               "  gw-token apikey check KEY HASH|@FILE   whether it is one of these",
                               {"gw-token apikey new --plan gold >> keys.txt", "gw-token apikey hash - < key.txt",
                                "gw-token apikey check env:API_KEY @keys.txt"}});
}

void declare_policies(CLI::App& app, Options& options, program::Manual& manual) {
    PolicyOptions& policy = options.policy;
    CLI::App* made = program::add_command(app, options.command, "policy", "evaluate IAM policies", Command::policy);
    made->add_option("POLICY", policy.policies);
    made->add_option("--action", policy.action, "what is to be done: execute-api:Invoke")->type_name("A");
    made->add_option("--resource", policy.resource, "to what")->type_name("ARN");
    made->add_option("--principal", policy.principal, "by whom: an ARN, a service, or anonymous")->type_name("P");
    made->add_option("--context", policy.context, "a condition key; several times: a list")
        ->type_name("KEY=VALUE")
        ->take_all();
    made->add_option("--resource-account", policy.account, "who owns the resource (the ARN's account)")
        ->type_name("ID");
    made->add_option("--resource-policy", policy.resource_policy, "of the resource; a POLICY with principals is one")
        ->type_name("FILE");
    made->add_option("--session-policy", policy.session_policy, "handed over when the session began")
        ->type_name("FILE");
    made->add_option("--boundary", policy.boundary, "the permissions boundary of the principal")->type_name("FILE");
    made->add_flag("--batch", policy.batch, "cases from standard input, one JSON object a line");
    made->add_flag("-v,--verbose", policy.trace, "why each statement does or does not match, on stderr");
    refuse_empty_values(*made);
    manual.commands.push_back(
        {"policy",
         "  gw-token policy POLICY... --action A --resource ARN [OPTIONS]    POLICY: a file, or JSON\n"
         "  gw-token policy --batch < CASES",
         {"gw-token policy p.json --action execute-api:Invoke \\\n"
          "      --resource arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/pets",
          "gw-token policy user.json api.yaml --principal arn:aws:iam::123456789012:user/alice \\\n"
          "      --action execute-api:Invoke --resource \"$ARN\" --context aws:SourceIp=10.0.0.1",
          "gw-token policy --batch < cases.ndjson"}});
}

}  // namespace

void declare_requests(CLI::App& app, Options& options, program::Manual& manual) {
    declare_signatures(app, options, manual);
    declare_api_keys(app, options, manual);
    declare_policies(app, options, manual);
}

}  // namespace gw::token
