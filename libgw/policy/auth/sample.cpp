#include "libgw/policy/auth/sample.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::auth {

namespace {

/// `size` characters of an alphabet.
std::string draw(std::string_view alphabet, std::size_t size, Random& chance) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += alphabet[chance.below(alphabet.size())];
    return text;
}

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kMixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// RFC 9562 §5.4.
std::string uuid(Random& chance) {
    std::string text =
        draw(kHex, 8, chance);  // one after the other: the order in which arguments are drawn is the compiler's
    text += '-' + draw(kHex, 4, chance);
    text += "-4" + draw(kHex, 3, chance);
    text += '-' + draw("89ab", 1, chance);
    text += draw(kHex, 3, chance);
    text += '-' + draw(kHex, 12, chance);
    return text;
}

std::string or_else(const std::string& given, std::string_view otherwise) {
    return given.empty() ? std::string(otherwise) : given;
}

Array list_of(const std::vector<std::string>& texts) {
    Array list;
    for (const std::string& text : texts) list.push_back(Value(text));
    return list;
}

Array words_of(std::string_view text) {
    Array list;
    for (const std::string_view word : split(text, ' ')) {
        if (!word.empty()) list.push_back(Value(word));
    }
    return list;
}

/// What every maker needs.
struct Draft {
    const SampleInput& input;
    Random& chance;
    std::int64_t now;
    Object claims = {};

    void add(std::string_view name, Value value) { claims.push_back({std::string(name), std::move(value)}); }
    [[nodiscard]] std::int64_t end() const { return now + input.lifetime.count(); }
};

constexpr std::string_view kPool = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example12";

void add_cognito_groups(Draft& draft) {
    if (!draft.input.groups.empty()) draft.add("cognito:groups", list_of(draft.input.groups));
}

void cognito_access(Draft& draft) {
    const std::string subject = or_else(draft.input.subject, uuid(draft.chance));
    draft.add("sub", subject);
    add_cognito_groups(draft);
    draft.add("iss", or_else(draft.input.issuer, kPool));
    draft.add("client_id", or_else(draft.input.audience, draw(kLower, 26, draft.chance)));
    draft.add("origin_jti", uuid(draft.chance));
    draft.add("event_id", uuid(draft.chance));
    draft.add("token_use", "access");
    draft.add("scope", or_else(draft.input.scope, "aws.cognito.signin.user.admin"));
    draft.add("auth_time", draft.now);
    draft.add("exp", draft.end());
    draft.add("iat", draft.now);
    draft.add("jti", uuid(draft.chance));
    draft.add("username", subject);
}

void cognito_id(Draft& draft) {
    const std::string subject = or_else(draft.input.subject, uuid(draft.chance));
    draft.add("sub", subject);
    add_cognito_groups(draft);
    draft.add("email_verified", true);
    draft.add("iss", or_else(draft.input.issuer, kPool));
    draft.add("cognito:username", subject);
    draft.add("origin_jti", uuid(draft.chance));
    draft.add("aud", or_else(draft.input.audience, draw(kLower, 26, draft.chance)));
    draft.add("event_id", uuid(draft.chance));
    draft.add("token_use", "id");
    draft.add("auth_time", draft.now);
    draft.add("exp", draft.end());
    draft.add("iat", draft.now);
    draft.add("jti", uuid(draft.chance));
    draft.add("email", "alice@example.com");
}

void auth0(Draft& draft) {
    const std::string issuer = or_else(draft.input.issuer, "https://example.auth0.com/");
    draft.add("iss", issuer);
    draft.add("sub", or_else(draft.input.subject, "auth0|" + draw(kHex, 24, draft.chance)));
    draft.add("aud", Array{or_else(draft.input.audience, "https://api.example.com"), issuer + "userinfo"});
    draft.add("iat", draft.now);
    draft.add("exp", draft.end());
    draft.add("scope", or_else(draft.input.scope, "openid profile email"));
    draft.add("azp", draw(kMixed, 32, draft.chance));
    if (!draft.input.groups.empty()) draft.add("permissions", list_of(draft.input.groups));
}

void entra(Draft& draft) {
    const std::string tenant = uuid(draft.chance);
    draft.add("aud", or_else(draft.input.audience, uuid(draft.chance)));
    draft.add("iss", or_else(draft.input.issuer, fmt::format("https://login.microsoftonline.com/{}/v2.0", tenant)));
    draft.add("iat", draft.now);
    draft.add("nbf", draft.now);
    draft.add("exp", draft.end());
    draft.add("azp", uuid(draft.chance));
    draft.add("azpacr", "0");
    draft.add("name", "Alice Example");
    draft.add("oid", uuid(draft.chance));
    draft.add("preferred_username", "alice@example.com");
    if (!draft.input.groups.empty()) draft.add("groups", list_of(draft.input.groups));
    draft.add("scp", or_else(draft.input.scope, "access_as_user"));
    draft.add("sub", or_else(draft.input.subject, draw(kMixed, 43, draft.chance)));
    draft.add("tid", tenant);
    draft.add("uti", draw(kMixed, 22, draft.chance));
    draft.add("ver", "2.0");
}

void keycloak(Draft& draft) {
    const std::string session = uuid(draft.chance);
    Array roles = list_of(draft.input.groups);
    if (roles.empty()) roles = {"offline_access", "uma_authorization", "default-roles-demo"};
    draft.add("exp", draft.end());
    draft.add("iat", draft.now);
    draft.add("auth_time", draft.now);
    draft.add("jti", uuid(draft.chance));
    draft.add("iss", or_else(draft.input.issuer, "http://localhost:8080/realms/demo"));
    draft.add("aud", or_else(draft.input.audience, "account"));
    draft.add("sub", or_else(draft.input.subject, uuid(draft.chance)));
    draft.add("typ", "Bearer");
    draft.add("azp", "web");
    draft.add("sid", session);
    draft.add("acr", "1");
    draft.add("allowed-origins", Array{"http://localhost:5173"});
    draft.add("realm_access", Object{{"roles", std::move(roles)}});
    draft.add("resource_access",
              Object{{"account", Object{{"roles", Array{"manage-account", "manage-account-links", "view-profile"}}}}});
    draft.add("scope", or_else(draft.input.scope, "openid email profile"));
    draft.add("email_verified", true);
    draft.add("name", "Alice Example");
    draft.add("preferred_username", "alice");
    draft.add("given_name", "Alice");
    draft.add("family_name", "Example");
    draft.add("email", "alice@example.com");
}

void google(Draft& draft) {
    // one after the other: the order in which arguments are drawn is the compiler's
    const std::string number = draw(kDigits, 12, draft.chance);
    const std::string name = draw(kLower, 32, draft.chance);
    const std::string client =
        or_else(draft.input.audience, fmt::format("{}-{}.apps.googleusercontent.com", number, name));
    draft.add("iss", or_else(draft.input.issuer, "https://accounts.google.com"));
    draft.add("azp", client);
    draft.add("aud", client);
    draft.add("sub", or_else(draft.input.subject, "1" + draw(kDigits, 20, draft.chance)));
    draft.add("email", "alice@example.com");
    draft.add("email_verified", true);
    draft.add("at_hash", draw(kMixed, 22, draft.chance));
    draft.add("name", "Alice Example");
    draft.add("picture", "https://lh3.googleusercontent.com/a/alice=s96-c");
    draft.add("given_name", "Alice");
    draft.add("family_name", "Example");
    draft.add("iat", draft.now);
    draft.add("exp", draft.end());
}

void okta(Draft& draft) {
    draft.add("ver", 1);
    draft.add("jti", "AT." + draw(kMixed, 43, draft.chance));
    draft.add("iss", or_else(draft.input.issuer, "https://dev-123456.okta.com/oauth2/default"));
    draft.add("aud", or_else(draft.input.audience, "api://default"));
    draft.add("iat", draft.now);
    draft.add("exp", draft.end());
    draft.add("cid", "0oa" + draw(kMixed, 17, draft.chance));
    draft.add("uid", "00u" + draw(kMixed, 17, draft.chance));
    draft.add("scp", words_of(or_else(draft.input.scope, "openid profile")));
    draft.add("auth_time", draft.now);
    draft.add("sub", or_else(draft.input.subject, "alice@example.com"));
    if (!draft.input.groups.empty()) draft.add("groups", list_of(draft.input.groups));
}

void github_actions(Draft& draft) {
    const std::string repository = "octo-org/octo-repo";
    draft.add("jti", uuid(draft.chance));
    draft.add("sub", or_else(draft.input.subject, "repo:" + repository + ":ref:refs/heads/main"));
    draft.add("aud", or_else(draft.input.audience, "https://github.com/octo-org"));
    draft.add("ref", "refs/heads/main");
    draft.add("sha", draw(kHex, 40, draft.chance));
    draft.add("repository", repository);
    draft.add("repository_owner", "octo-org");
    draft.add("repository_owner_id", draw("123456789", 8, draft.chance));
    draft.add("run_id", draw("123456789", 10, draft.chance));
    draft.add("run_number", "10");
    draft.add("run_attempt", "1");
    draft.add("repository_visibility", "private");
    draft.add("repository_id", draw("123456789", 9, draft.chance));
    draft.add("actor_id", draw("123456789", 8, draft.chance));
    draft.add("actor", "octocat");
    draft.add("workflow", "deploy");
    draft.add("head_ref", "");
    draft.add("base_ref", "");
    draft.add("event_name", "push");
    draft.add("ref_type", "branch");
    draft.add("job_workflow_ref", repository + "/.github/workflows/deploy.yml@refs/heads/main");
    draft.add("runner_environment", "github-hosted");
    draft.add("iss", or_else(draft.input.issuer, "https://token.actions.githubusercontent.com"));
    draft.add("nbf", draft.now);
    draft.add("exp", draft.end());
    draft.add("iat", draft.now);
}

void kubernetes(Draft& draft) {
    constexpr std::string_view kCluster = "https://kubernetes.default.svc.cluster.local";
    draft.add("aud", Array{or_else(draft.input.audience, kCluster)});
    draft.add("exp", draft.end());
    draft.add("iat", draft.now);
    draft.add("iss", or_else(draft.input.issuer, kCluster));
    draft.add("jti", uuid(draft.chance));
    const std::string pod = "web-" + draw(kLower, 5, draft.chance);
    draft.add("kubernetes.io", Object{{"namespace", "default"},
                                      {"node", Object{{"name", "node-1"}, {"uid", uuid(draft.chance)}}},
                                      {"pod", Object{{"name", pod}, {"uid", uuid(draft.chance)}}},
                                      {"serviceaccount", Object{{"name", "default"}, {"uid", uuid(draft.chance)}}},
                                      {"warnafter", draft.end()}});
    draft.add("nbf", draft.now);
    draft.add("sub", or_else(draft.input.subject, "system:serviceaccount:default:default"));
}

/// How a kind is made, and whether its headers say typ.
struct Maker {
    void (*make)(Draft&);
    bool has_type;
};
constexpr std::array<Maker, kSampleNames.size()> kMakers = {{
    {cognito_access, false},
    {cognito_id, false},
    {auth0, true},
    {entra, true},
    {keycloak, true},
    {google, true},
    {okta, false},
    {github_actions, true},
    {kubernetes, false},
}};

}  // namespace

std::optional<SampleKind> parse_sample_kind(std::string_view name) {
    const auto* const found = std::find(kSampleNames.begin(), kSampleNames.end(), name);
    if (found == kSampleNames.end()) return std::nullopt;
    return static_cast<SampleKind>(found - kSampleNames.begin());
}

Sample make_sample(SampleKind kind, const SampleInput& input, Random& chance, Date date) {
    const Maker& maker = kMakers[static_cast<std::size_t>(kind)];
    Draft draft{input, chance, to_unix_seconds(date)};
    maker.make(draft);
    Sample sample;
    if (maker.has_type) sample.header.push_back({"typ", "JWT"});
    sample.claims = std::move(draft.claims);
    return sample;
}

}  // namespace gw::auth
