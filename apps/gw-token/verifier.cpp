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
#include "libgw/base/json.h"
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
    if (!asked.issuer.empty()) TRY(auth::check_issuer(asked.issuer).in("--issuer"));
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
    if (is_exposed(url))
        program::warn(world, "keys come over plain http: whoever is on the way can put in their own",
                      talk_style(world, options));
}

bool is_url(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

/// Whether a key set holds a shared secret or a private key.
bool holds_secrets(std::string_view json) {
    const auto set = parse_json(json);
    if (!set) return false;
    const auto is_secret = [](const Value& key) { return key.find("k") != nullptr || key.find("d") != nullptr; };
    const Value* const keys = set->find("keys");
    if (keys == nullptr || keys->if_array() == nullptr) return is_secret(*set);
    return std::any_of(keys->if_array()->begin(), keys->if_array()->end(), is_secret);
}

/// The keys of -k or of a --jwks that is no URL.
Result<auth::KeySet> read_keys(const program::World& world, const VerifyOptions& asked,
                               const std::vector<auth::Algorithm>& algorithms) {
    if (!asked.key.empty())
        return auth::KeySet::of(TRY(read_key(world, asked.key, "-k", secret_algorithm(algorithms))).key);
    auto given = TRY(read_given(world, asked.jwks, "--jwks", auth::KeySet::kMaxSize));
    const auto first = given.bytes.find_first_not_of(" \t\r\n");
    const bool is_json = first != given.bytes.npos && given.bytes[first] == '{';
    if (given.is_literal && is_json && holds_secrets(given.bytes)) return secret_in_arguments("--jwks", "a secret key");
    if (given.is_literal && !is_json) given.bytes = TRY(read_file(asked.jwks, auth::KeySet::kMaxSize).in("--jwks"));
    return read_key_set(given.bytes).in("--jwks");
}

Result<Fetched> ask_for_keys(program::World& world, const Options& options) {
    const VerifyOptions& asked = options.verify;
    Web web(TRY(Web::Options::read(asked.ca)));
    const bool is_direct = is_url(asked.jwks);
    const http::Url url =
        TRY(http::Url::parse(is_direct ? asked.jwks : asked.issuer).in(is_direct ? "--jwks" : "--issuer"));
    warn_of_plain_http(world, options, url);
    return is_direct ? fetch_keys(web, url) : fetch_issuer_keys(web, asked.issuer);
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

bool fetches_keys(const VerifyOptions& asked) {
    return asked.key.empty() && (is_url(asked.jwks) || asked.jwks.empty());
}

Result<Verifier> Verifier::make(const VerifyOptions& asked) {
    Verifier made;
    for (const std::string& text : asked.algorithms) made.algorithms_.push_back(TRY(parse_algorithm_option(text)));
    made.rules_.claims = TRY(claim_rules(asked));
    made.route_ = {asked.scopes, TRY(parse_use(asked.use))};
    if (!asked.date.empty()) made.date_ = TRY(parse_date_option(asked.date));
    made.is_jws_ = asked.jws;
    return made;
}

Result<std::optional<NoKeys>> Verifier::take_keys(program::World& world, const Options& options) {
    if (fetches_keys(options.verify)) {
        auto found = TRY(ask_for_keys(world, options));
        if (NoKeys* const none = std::get_if<NoKeys>(&found)) return std::optional<NoKeys>(std::move(*none));
        keys_ = std::move(*std::get_if<auth::KeySet>(&found));
    } else {
        keys_ = TRY(read_keys(world, options.verify, algorithms_));
    }
    for (const std::string& note : keys_->notes()) program::warn(world, note, talk_style(world, options));
    rules_.algorithms = algorithms_.empty() ? algorithms_of(*keys_) : auth::AlgorithmSet();
    for (const auth::Algorithm algorithm : algorithms_) rules_.algorithms.insert(algorithm);
    return std::optional<NoKeys>();
}

Verdict Verifier::judge_jws(std::string_view token, auth::Checklist* checks) const {
    auto judged = auth::verify_jws(token, *keys_, rules_.algorithms);
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
    auto judged = auth::verify_token(auth::found_in(text), *keys_, rules_, checks, date_ ? *date_ : current_date());
    if (const auth::TokenFault* fault = auth::fault_of(judged)) return invalid(*fault);
    auth::Token& believed = auth::found_in(judged);
    if (const auto fault = auth::check_route(believed.claims, route_, checks)) return invalid(*fault);
    Verdict verdict;
    verdict.header = std::move(believed.header.members);
    verdict.claims = believed.claims.all();
    return verdict;
}

}  // namespace gw::token
