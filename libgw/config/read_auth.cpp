// Who may call: authorizers, access keys, API keys, policies.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/schema.h"
#include "libgw/config/secret.h"
#include "libgw/policy/auth/api_key.h"
#include "libgw/policy/auth/cognito.h"
#include "libgw/policy/auth/discovery.h"
#include "libgw/wire/http/uri.h"

namespace gw::config {
namespace {

std::optional<Error> problem_of(Result<void> result) {
    if (result) return std::nullopt;
    return std::move(result).error();
}

std::optional<Error> check_jwks(std::string_view text) {
    if (text.starts_with("file:") && text.size() > 5) return std::nullopt;
    const auto url = http::Url::parse(text);
    if (url && (url->scheme == "http" || url->scheme == "https")) return std::nullopt;
    return Error{Errc::config,
                 fmt::format("'{}' is not where keys are", text),
                 "https://HOST/PATH or file:PATH (of an option: @PATH)",
                 {}};
}

/// A URL as it is, or a file from the folder of the document.
Type<std::string> jwks_type() {
    Type<std::string> type = text(check_jwks, "^(https?://|file:).");
    type.read = [read = type.read](const Cursor& cursor, std::string& into) {
        read(cursor, into);
        if (!into.starts_with("file:")) return;
        const std::string path = cursor.resolve(std::string_view(into).substr(5));
        into = "file:" + path;
        if (auto keys = cursor.reading().sources.read_file(path); !keys)
            cursor.error(keys.error().message, keys.error().hint);
    };
    return type;
}

/// What is said wrong is said all the same: nobody shall be told that it is absent too.
Type<std::string> issuer_type() {
    Type<std::string> type =
        text([](std::string_view issuer) { return problem_of(auth::check_issuer(issuer)); }, "^https?://.");
    type.read = [read = type.read](const Cursor& cursor, std::string& into) {
        if (const std::string* given = cursor.value().if_string()) into = *given;
        read(cursor, into);
    };
    return type;
}

/// AWS's words, "$request.header.Authorization". Its REST APIs say "method." for "$".
std::optional<Error> check_identity_source(std::string_view text) {
    for (const std::string_view prefix : {"$request.header.", "$request.querystring."}) {
        if (!text.starts_with(prefix) || text.size() == prefix.size() || text.size() > prefix.size() + 128) continue;
        const std::string_view name = text.substr(prefix.size());
        const bool good = std::all_of(name.begin(), name.end(), [](char c) {
            return is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
        });
        if (good) return std::nullopt;
    }
    return Error{Errc::config,
                 fmt::format("'{}' is not where a token is", text),
                 "$request.header.NAME or $request.querystring.NAME",
                 {}};
}

/// How it is written. Whether AWS has its region matters only without an endpoint, which may stand behind it.
std::optional<Error> check_pool(std::string_view text) {
    constexpr std::string_view kAnywhere = "http://localhost";
    auto pool = text.starts_with("arn:") ? auth::UserPool::from_arn(text) : auth::UserPool::make(text, kAnywhere);
    if (pool) return std::nullopt;
    return std::move(pool).error();
}

std::optional<Error> check_endpoint(std::string_view text) {
    auto pool = auth::UserPool::make("us-east-1_Abc123456", text);
    if (pool) return std::nullopt;
    return std::move(pool).error();
}

std::optional<Error> check_pattern(std::string_view text) {
    auto pattern = Pattern::compile(text);
    if (pattern) return std::nullopt;
    return std::move(pattern).error();
}

/// A list that is not wholly right is empty: an item that is none stands for no algorithm.
Type<std::vector<auth::Algorithm>> algorithms_type() {
    std::vector<std::pair<std::string, auth::Algorithm>> words;
    words.reserve(auth::kAlgorithms.size() + 1);
    for (const auth::Algorithm algorithm : auth::kAlgorithms)
        words.emplace_back(std::string(auth::to_text(algorithm)), algorithm);
    words.emplace_back(std::string(auth::kEd25519), auth::Algorithm::eddsa);
    Type<std::vector<auth::Algorithm>> type = list(one_of<auth::Algorithm>(words));
    type.read = [read = type.read](const Cursor& cursor, std::vector<auth::Algorithm>& into) {
        const std::size_t before = cursor.reading().diagnostics.errors();
        read(cursor, into);
        if (cursor.reading().diagnostics.errors() != before) into.clear();
    };
    return type;
}

Key<ApiKey> api_key_hash_key() {
    const auto type = text(
        [](std::string_view hash) -> std::optional<Error> {
            auto digest = auth::parse_api_key_hash(hash);
            if (digest) return std::nullopt;
            return Error{Errc::config, digest.error().message, digest.error().hint, {}};
        },
        "^sha256:[0-9a-fA-F]{64}$");
    return {"hash", "sha256: and the digest of the key, in place of value (gw-token apikey hash)", false,
            // whoever wrote the key itself here shall not see it in a message
            [](const Cursor& cursor, ApiKey& key) {
                const std::string* given = cursor.value().if_string();
                auto digest = given ? auth::parse_api_key_hash(*given) : Result<Digest>(Error{});
                if (!digest)
                    return cursor.error_unquoted("the hash of an API key is not one",
                                                 "sha256: and 64 hexadecimal digits: gw-token apikey hash");
                key.hash = to_lower(*given);
            },
            [type](const ApiKey& key, const ApiKey&) {
                return key.value.empty() ? std::optional(type.write(key.hash)) : std::nullopt;
            },
            type.schema};
}

Key<ApiKey> api_key_value_key() {
    return {"value",
            "env:NAME or file:PATH, in place of hash: the key itself never stands in a configuration",
            false,
            [](const Cursor& cursor, ApiKey& key) {
                const std::string* given = cursor.value().if_string();
                constexpr std::string_view kHint = "env:NAME or file:PATH, or hash: sha256:… (gw-token apikey hash)";
                if (!given || (!given->starts_with("env:") && !given->starts_with("file:")))
                    return cursor.error_unquoted("the key is not a reference", std::string(kHint));
                SecretRef reference{*given};
                if (given->starts_with("file:"))
                    reference.text = "file:" + cursor.resolve(std::string_view(*given).substr(5));
                auto secret = resolve_secret(reference, cursor.reading().sources);
                if (!secret) return cursor.error_unquoted(secret.error().message, secret.error().hint);
                if (secret->expose().starts_with("sha256:"))
                    return cursor.error_unquoted("the value is the digest of a key and not the key",
                                                 "hash: sha256:… in place of value");
                if (!auth::is_api_key(secret->expose()))
                    return cursor.error_unquoted("the value is not an API key",
                                                 "20 to 128 visible characters: gw-token apikey new");
                key.value = reference.text;
                key.hash = auth::to_api_key_hash(secret->expose());
            },
            [](const ApiKey& key, const ApiKey&) {
                return key.value.empty() ? std::nullopt : std::optional(Value(key.value));
            },
            [] { return Value(gw::Object{{"type", "string"}, {"pattern", "^(env|file):."}}); }};
}

const Table<ApiKey>& api_key_table() {
    static const Table<ApiKey> table{
        "an object of an API key",
        {
            key("id", &ApiKey::id, text(name_check("an API key")),
                "its id, for logs; one is made from the hash otherwise"),
            key("name", &ApiKey::name, text(), "its name, for people"),
            api_key_hash_key(),
            api_key_value_key(),
            key("plan", &ApiKey::plan, text(name_check("a usage plan")), "the usage plan that it belongs to"),
            key("enabled", &ApiKey::enabled, boolean(), "false: it is known and lets nobody in"),
        }};
    return table;
}

const Table<Iam>& iam_table() {
    static const Table<Iam> table{
        "an object with the access keys",
        {
            {"keys", "file of access keys: KEYID: {secret, principal, session_token, expires, policies}", false,
             [type = file_path()](const Cursor& cursor, Iam& iam) {
                 const std::size_t before = cursor.reading().diagnostics.errors();
                 type.read(cursor, iam.keys);
                 if (cursor.reading().diagnostics.errors() != before) return;
                 const auto content = cursor.reading().sources.read_file(iam.keys);
                 if (!content) return detail::note_error(cursor, content.error());
                 iam.loaded = std::make_shared<const IamKeys>(
                     read_iam_keys(*content, iam.keys, cursor.reading().sources, cursor.reading().diagnostics));
             },
             [type = file_path()](const Iam& iam, const Iam& usual) {
                 return iam.keys == usual.keys ? std::nullopt : std::optional(type.write(iam.keys));
             },
             file_path().schema},
            key("skew", &Iam::skew, duration(Nanoseconds(0), std::chrono::minutes(15)),
                "how far a signature's clock may be from the gateway's"),
        }};
    return table;
}

}  // namespace

const Table<Authorizer>& authorizer_table() {
    static const Table<Authorizer> table{
        "an object of an authorizer",
        {
            key("type", &Authorizer::type,
                one_of<Authorizer::Type>({{"jwt", Authorizer::Type::jwt}, {"cognito", Authorizer::Type::cognito}}),
                "jwt, or cognito for Amazon Cognito user pools"),
            key("issuer", &Authorizer::issuer, issuer_type(),
                "iss of its tokens; its keys are where its discovery document says"),
            key("audience", &Authorizer::audience, list(word()),
                "of which aud (or client_id) must be one; none for any"),
            key("jwks", &Authorizer::jwks, jwks_type(),
                "where its keys are instead: a URL or file:PATH (JWKS, JWK or PEM)"),
            key("algorithms", &Authorizer::algorithms, algorithms_type(),
                "what tokens may be signed with; RS256, RS384 and RS512 without it; HS* only with keys of a file"),
            key("leeway", &Authorizer::leeway, duration(Nanoseconds(0), std::chrono::minutes(10)),
                "how far the issuer's clock may be from the gateway's"),
            key("identitySource", &Authorizer::identity_source, text(check_identity_source),
                "where the token is: $request.header.NAME or $request.querystring.NAME"),
            key("userPools", &Authorizer::user_pools, list(text(check_pool)), "of cognito: ids or ARNs of user pools"),
            key("clients", &Authorizer::clients, list(word()), "of cognito: ids of app clients; none for any"),
            key("use", &Authorizer::use,
                one_of<auth::TokenUse>(
                    {{"any", auth::TokenUse::any}, {"access", auth::TokenUse::access}, {"id", auth::TokenUse::id}}),
                "of cognito: access or id tokens only"),
            key("endpoint", &Authorizer::endpoint, text(check_endpoint, "^https?://."),
                "of cognito: a stand-in for cognito-idp.REGION.amazonaws.com"),
            key("identityValidationExpression", &Authorizer::audience_pattern, text(check_pattern),
                "of cognito: a pattern that aud must match"),
        }};
    return table;
}

namespace {

/// The same, but no line of it is quoted: a secret may stand there under any name, by mistake.
template <class T>
Type<T> unquoted(Type<T> type) {
    type.read = [read = std::move(type.read)](const Cursor& told, T& into) {
        Reading reading = told.reading();
        reading.unquoted = true;
        read(Cursor(told.value(), told.path(), reading), into);
    };
    return type;
}

}  // namespace

Type<std::vector<ApiKey>> api_keys_type() {
    Type<ApiKey> one = object(api_key_table());
    one.read = [](const Cursor& cursor, ApiKey& key) {
        api_key_table().read(cursor, key);
        if (!cursor.value().if_object()) return;
        const bool hash = cursor.value().find("hash") != nullptr;
        const bool value = cursor.value().find("value") != nullptr;
        if (!hash && !value) cursor.error("key 'hash' or 'value' is missing", "hash: sha256:… (gw-token apikey hash)");
        if (hash && value) cursor.error("hash and value exclude each other");
        if (key.id.empty() && !key.hash.empty()) key.id = auth::make_api_key_id(*auth::parse_api_key_hash(key.hash));
    };
    return unquoted(list(one));
}

Type<Iam> iam_type() {
    Type<Iam> type = object(iam_table());
    type.read = [plain = type.read, careful = unquoted(type).read](const Cursor& cursor, Iam& into) {
        // whoever put the access keys themselves here has put secrets here
        bool as_meant = true;
        if (const gw::Object* members = cursor.value().if_object())
            for (const Member& member : *members)
                as_meant = as_meant && (member.key == "skew" || (member.key == "keys" && !member.value.if_object()));
        (as_meant ? plain : careful)(cursor, into);
    };
    return type;
}

Type<std::string> auth_type() {
    return text([](std::string_view name) { return name_check("an authorizer")(name); });
}

Type<std::map<std::string, Authorizer>> authorizers_type() {
    return map(Type<Authorizer>(object(authorizer_table())), [](std::string_view name) -> std::optional<Error> {
        if (name == kAuthNone || name == kAuthIam || name == kAuthKey)
            return Error{
                Errc::config, fmt::format("'{}' is a word of auth and cannot name an authorizer", name), {}, {}};
        return name_check("an authorizer")(name);
    });
}

Type<std::optional<PolicyDocument>> policy_type() {
    return {[](const Cursor& cursor, std::optional<PolicyDocument>& into) {
                PolicyDocument policy;
                policy.where = cursor.where();
                if (const std::string* path = cursor.value().if_string()) {
                    policy.source = policy.file = cursor.resolve(*path);
                    const auto content = cursor.reading().sources.read_file(policy.file);
                    if (!content) return detail::note_error(cursor, content.error());
                    auto document = read_policy_text(*content, policy.file, cursor.reading().diagnostics);
                    if (!document) return;
                    policy.document = *std::move(document);
                } else {
                    if (!detail::read_object(cursor, "a policy, or the file of one")) return;
                    policy.source = cursor.reading().file;
                    policy.document = cursor.value();
                }
                into = std::move(policy);
            },
            [](const std::optional<PolicyDocument>& policy) {
                if (!policy) return Value();
                return policy->file.empty() ? policy->document : Value(policy->file);
            },
            [] { return Value(gw::Object{{"type", Array{Value("string"), Value("object")}}}); }};
}

std::string_view auth_of(const Api& api, const Route& route) { return route.auth.empty() ? api.auth : route.auth; }

const std::vector<std::string>& scopes_of(const Api& api, const Route& route) {
    return route.scopes ? *route.scopes : api.scopes;
}

bool needs_api_key(const Api& api, const Route& route) {
    const std::string_view auth = auth_of(api, route);
    if (auth == kAuthKey) return true;
    if (route.api_key_required) return *route.api_key_required;
    return api.api_key_required && route.auth != kAuthNone;
}

std::string execute_api_arn(const Model& model, const Api& api) {
    return fmt::format("arn:aws:execute-api:{}:{}:{}", model.region, model.account, api.id);
}

}  // namespace gw::config
