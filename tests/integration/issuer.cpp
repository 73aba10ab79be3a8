#include "tests/integration/issuer.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "libgw/base/clock.h"
#include "libgw/base/json.h"
#include "libgw/policy/auth/jws.h"
#include "libgw/wire/http/uri.h"

namespace gw::test {

const auth::Key& signing_key(const std::string& kid) {
    static std::mutex mutex;  // issuers answer on threads of their own
    static std::map<std::string, auth::Key> keys;
    const std::lock_guard lock(mutex);
    const auto known = keys.find(kid);
    if (known != keys.end()) return known->second;
    return keys
        .emplace(kid, must(auth::Key::make(must(SigningKey::generate(KeyKind::rsa)), kid, auth::Algorithm::rs256)))
        .first->second;
}

std::string key_set(const std::vector<std::string>& kids) {
    std::vector<auth::Key> keys;
    keys.reserve(kids.size());
    for (const std::string& kid : kids) keys.push_back(signing_key(kid));
    return to_json(auth::to_jwks(keys));
}

Object good_claims(const std::string& issuer, const Object& more) {
    Object claims{{"iss", issuer}, {"sub", "alice"}, {"exp", to_unix_seconds(std::chrono::system_clock::now()) + 600}};
    for (const Member& member : more) {
        const auto known =
            std::find_if(claims.begin(), claims.end(), [&](const Member& claim) { return claim.key == member.key; });
        if (known == claims.end())
            claims.push_back(member);
        else
            known->value = member.value;
    }
    return claims;
}

std::string sign(const Object& claims, const std::string& kid, const Object& header) {
    return must(auth::sign_jws(to_json(Value(claims)), signing_key(kid), header));
}

std::string token_of(const std::string& issuer, const Object& more, const std::string& kid) {
    return sign(good_claims(issuer, more), kid);
}

std::string bearer(std::string_view token) { return "Authorization: Bearer " + std::string(token) + "\r\n"; }

void Issuer::publish(std::string set, int status) {
    const std::lock_guard lock(mutex_);
    set_ = std::move(set);
    status_ = status;
}

void Issuer::call_itself(std::string name) {
    const std::lock_guard lock(mutex_);
    name_ = std::move(name);
}

std::size_t Issuer::count(std::string_view path) const {
    const auto requests = server_.requests();
    return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(),
                                                  [&](const PeerRequest& request) { return request.target == path; }));
}

PeerResponse Issuer::answer(const PeerRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string own = "http://127.0.0.1:" + std::to_string(server_.port());
    if (request.target == "/keys") return {status_, {}, set_};
    if (request.target != "/.well-known/openid-configuration") return {404, {}, "nothing"};
    return {status_, {}, to_json(Value(Object{{"issuer", name_.empty() ? own : name_}, {"jwks_uri", own + "/keys"}}))};
}

RunningIssuer::RunningIssuer(std::vector<std::string> arguments) {
    Command command;
    command.arguments = {program_path("gw-token"), "serve", "-p", "0", "--ready-file", directory_.file("ready")};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    process_.emplace(must(Process::start(command)));
    must(process_->wait_for_errors("  gw-serve http", std::chrono::seconds(60)));
    if (!eventually([&] { return is_ready_file_there(); })) throw std::runtime_error("no ready file");
    url_ = read_file(directory_.file("ready"));
    url_.pop_back();
    base_ = url_.substr(0, url_.find('/', 7));
}

std::uint16_t RunningIssuer::port() const { return http::Url::parse(base_)->port(); }

bool RunningIssuer::is_ready_file_there() const { return std::filesystem::exists(directory_.file("ready")); }

PeerResponse RunningIssuer::post(const std::string& target, const std::string& form, PeerFields fields) const {
    fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return ask({"POST", target, std::move(fields), form});
}

auth::KeySet RunningIssuer::keys() const {
    return must(auth::KeySet::parse(get(path() + "/.well-known/jwks.json").body, auth::KeySet::Source::fetched));
}

}  // namespace gw::test
