#pragma once
// A request that owns its bytes, to be signed, changed and looked at; and the signer of the examples.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "libgw/policy/auth/sigv4/verify.h"

namespace gw::sigv4::test {

struct Message {
    std::string method = "GET";
    std::string path = "/";
    std::string query = {};
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string body = {};
    std::vector<Field> views = {};  ///< of `fields`, made by request()

    /// Views of this message, which live until the next call or change.
    Request request() {
        views.clear();
        for (const auto& [name, value] : fields) views.push_back({name, value});
        return {method, path, query, views, sha256(body)};
    }
    void add(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }
    std::string& field(std::string_view name) {
        for (auto& [each, value] : fields) {
            if (equals_ignoring_case(each, name)) return value;
        }
        fields.emplace_back(name, "");
        return fields.back().second;
    }
    void remove(std::string_view name) {
        std::erase_if(fields, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
    }
};

inline constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kHost = "abc123.execute-api.us-east-1.amazonaws.com";

inline Credential example_credential(std::string_view token = {}) {
    Credential credential;
    credential.access_key_id = kKeyId;
    credential.secret = Secret(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    if (!token.empty()) credential.session_token = Secret(std::string(token));
    credential.principal_arn = "arn:aws:iam::123456789012:user/alice";
    return credential;
}

inline CredentialStore store_of(Credential credential) {
    CredentialStore store;
    if (!store.add(std::move(credential))) std::abort();
    return store;
}

inline Date at(std::string_view date_time) { return *parse_aws_date_time(date_time); }
inline const Date kNow = at("20260102T030405Z");

inline Verifier make_verifier(const CredentialStore& store, VerifyOptions options = {{"us-east-1"}}) {
    return *Verifier::make(std::move(options), store);
}

/// Signs and adds the fields.
inline Signed sign_message(Message& message, const Credential& credential, SignOptions options = {}, Date now = kNow) {
    Signed made = *sign(message.request(), credential, options, now);
    for (const auto& [name, value] : made.fields) message.add(name, value);
    return made;
}
inline void presign_message(Message& message, const Credential& credential, unsigned lifetime = 300,
                            SignOptions options = {}, Date now = kNow) {
    message.query = presign(message.request(), credential, options, lifetime, now)->query;
}

using Answer = std::variant<Verified, Denial>;
inline Answer verify_message(Message& message, const Verifier& verifier, Date now = kNow) {
    SigningKeys keys;
    return verifier.verify(message.request(), keys, now);
}
inline bool is_good(const Answer& answer) { return std::holds_alternative<Verified>(answer); }
/// "good", or the name of the fault.
inline std::string word(const Answer& answer) {
    return is_good(answer) ? "good" : std::string(name_of(std::get<Denial>(answer).fault));
}

}  // namespace gw::sigv4::test
