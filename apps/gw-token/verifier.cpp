#include "apps/gw-token/verifier.h"

#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/input.h"
#include "apps/gw-token/keys.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/policy/auth/discovery.h"

namespace gw::token {
namespace {

/// What the keys are for; when there is none, every algorithm, so that a missing key is what is told.
auth::AlgorithmSet algorithms_of(const auth::KeySet& keys) {
    auth::AlgorithmSet set;
    for (const auth::Algorithm algorithm : auth::kAlgorithms)
        if (keys.keys().empty() || std::any_of(keys.keys().begin(), keys.keys().end(), [&](const auth::Key& key) {
                return key.verifies().contains(algorithm);
            }))
            set.insert(algorithm);
    return set;
}

Result<std::chrono::seconds> parse_leeway(const std::string& text) {
    if (text.empty()) return auth::ClaimRules{}.leeway;
    const Nanoseconds leeway = TRY(parse_duration(text).in("--leeway"));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(leeway);
    if (seconds != leeway) return Error{Errc::usage, "--leeway: whole seconds only", {}, {}};
    if (seconds > std::chrono::hours(24)) return Error{Errc::usage, "--leeway: at most a day", {}, {}};
    return seconds;
}

Result<auth::TokenUse> parse_use(const std::string& text) {
    if (text.empty()) return auth::TokenUse::any;
    if (text == "access") return auth::TokenUse::access;
    if (text == "id") return auth::TokenUse::id;
    return Error{Errc::usage, fmt::format("--token-use: '{}' is neither access nor id", text), {}, {}};
}

Result<auth::ClaimRules> claim_rules(const VerifyOptions& asked) {
    auth::ClaimRules rules;
    rules.issuer = asked.issuer;
    rules.audiences = asked.audiences;
    rules.type = asked.type;
    rules.leeway = TRY(parse_leeway(asked.leeway));
    for (const std::string& text : asked.claims) {
        const auto parts = split_once(text, '=');
        if (!parts || parts->first.empty())
            return Error{Errc::usage, "--claim: a claim is name=value", "--claim tenant=acme", {}};
        rules.claims.push_back({std::string(parts->first), std::string(parts->second)});
    }
    return rules;
}

/// The only HS* among the algorithms, so that -k may be the bytes of a secret.
std::optional<auth::Algorithm> secret_algorithm(const std::vector<auth::Algorithm>& algorithms) {
    if (algorithms.size() != 1 || !auth::is_symmetric(algorithms.front())) return std::nullopt;
    return algorithms.front();
}

void warn_of_plain_http(program::World& world, const Options& options, const http::Url& url) {
    if (!url.secure() && !is_loopback(url.authority.host))
        program::warn(world, "keys come over plain http: whoever is on the way can put in their own",
                      talk_style(world, options));
}

Result<Fetched> find_keys(program::World& world, const Options& options,
                          const std::vector<auth::Algorithm>& algorithms) {
    const VerifyOptions& asked = options.verify;
    if (!asked.issuer.empty()) TRY(auth::check_issuer(asked.issuer).in("--issuer"));
    const bool is_url = asked.jwks.starts_with("https://") || asked.jwks.starts_with("http://");
    const bool fetches = asked.key.empty() && (is_url || asked.jwks.empty());
    if (!fetches && !asked.ca.empty())
        return Error{Errc::usage, "--cacert has no meaning when nothing is fetched", {}, {}};
    if (!asked.key.empty())
        return Fetched(auth::KeySet::of(TRY(read_key(world, asked.key, "-k", secret_algorithm(algorithms))).key));
    if (!fetches) {
        auto given = TRY(read_given(world, asked.jwks, "--jwks", auth::KeySet::kMaxSize));
        const auto first = given.bytes.find_first_not_of(" \t\r\n");
        const bool is_json = first != given.bytes.npos && given.bytes[first] == '{';
        if (given.is_literal && !is_json) {
            given.bytes = TRY(read_file(asked.jwks, auth::KeySet::kMaxSize).in("--jwks"));
            given.is_literal = false;
        }
        auto keys = TRY(read_key_set(given.bytes).in("--jwks"));
        for (const auth::Key& key : keys.keys())
            if (given.is_literal && key.signing_key().kind() == KeyKind::octets)
                return secret_in_arguments("--jwks", "a shared secret");
        return Fetched(std::move(keys));
    }
    Web web(TRY(Web::Options::read(asked.ca)));
    const http::Url url = TRY(http::Url::parse(is_url ? asked.jwks : asked.issuer).in(is_url ? "--jwks" : "--issuer"));
    warn_of_plain_http(world, options, url);
    return is_url ? fetch_keys(web, url) : fetch_issuer_keys(web, asked.issuer);
}

Verdict invalid(const auth::TokenFault& fault) {
    Verdict verdict;
    verdict.reason = fault.reason;
    verdict.detail = fault.detail.empty() ? std::string(auth::description_of(fault)) : fault.detail;
    return verdict;
}

}  // namespace

Object Verdict::members() const {
    Object members{{"valid", is_valid()},
                   {"reason", is_valid() ? Value() : Value(reason)},
                   {"detail", is_valid() ? Value() : Value(detail)},
                   {"header", header}};
    if (is_jws) {
        members.push_back({"payload", is_valid() && is_utf8(payload) ? Value(payload) : Value()});
        members.push_back({"payload_b64", is_valid() ? Value(to_base64(payload)) : Value()});
    } else {
        members.push_back({"claims", claims});
    }
    return members;
}

Result<std::variant<Verifier, NoKeys>> Verifier::make(program::World& world, const Options& options) {
    const VerifyOptions& asked = options.verify;
    std::vector<auth::Algorithm> algorithms;
    for (const std::string& text : asked.algorithms) algorithms.push_back(TRY(parse_algorithm_option(text)));
    auto rules = TRY(claim_rules(asked));
    const auto use = TRY(parse_use(asked.use));
    std::optional<Date> date;
    if (!asked.date.empty()) date = TRY(parse_date_option(asked.date));
    auto found = TRY(find_keys(world, options, algorithms));
    if (NoKeys* const none = std::get_if<NoKeys>(&found)) return std::move(*none);
    Verifier made(std::move(*std::get_if<auth::KeySet>(&found)));
    for (const std::string& note : made.keys_.notes()) program::warn(world, note, talk_style(world, options));
    made.rules_.algorithms = {};
    for (const auth::Algorithm algorithm : algorithms) made.rules_.algorithms.insert(algorithm);
    if (algorithms.empty()) made.rules_.algorithms = algorithms_of(made.keys_);
    made.rules_.claims = std::move(rules);
    made.route_ = {asked.scopes, use};
    made.date_ = date;
    made.is_jws_ = asked.jws;
    return made;
}

Verdict Verifier::judge_jws(std::string_view token, auth::Checklist* checks) const {
    auto judged = auth::verify_jws(token, keys_, rules_.algorithms);
    if (const auth::TokenFault* fault = auth::fault_of(judged)) {
        Verdict verdict = invalid(*fault);
        verdict.is_jws = true;
        return verdict;
    }
    auth::Jws& jws = auth::found_in(judged);
    if (checks != nullptr)
        checks->add("signature", true,
                    jws.header.kid ? fmt::format("{} by kid {}", jws.header.algorithm_text, *jws.header.kid)
                                   : jws.header.algorithm_text);
    Verdict verdict;
    verdict.is_jws = true;
    verdict.header = std::move(jws.header.members);
    verdict.payload = std::move(jws.payload);
    return verdict;
}

Verdict Verifier::judge(std::string_view token, auth::Checklist* checks) const {
    if (is_jws_) return judge_jws(token, checks);
    const std::array<std::string_view, 1> values = {token};
    const auto text = auth::find_token(values, rules_.max_size);
    if (const auth::TokenFault* fault = auth::fault_of(text)) return invalid(*fault);
    auto judged = auth::verify_token(auth::found_in(text), keys_, rules_, checks, date_ ? *date_ : current_date());
    if (const auth::TokenFault* fault = auth::fault_of(judged)) return invalid(*fault);
    auth::Token& believed = auth::found_in(judged);
    if (const auto fault = auth::check_route(believed.claims, route_, checks)) return invalid(*fault);
    Verdict verdict;
    verdict.header = std::move(believed.header.members);
    verdict.claims = believed.claims.all();
    return verdict;
}

}  // namespace gw::token
