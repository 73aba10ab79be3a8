#pragma once
// A test issuer of OpenID Connect tokens: requests to answers, without a socket and without a clock.
//
// It vouches for everybody whom it was told about, whatever password or secret they bring, and is therefore for
// loopback only. Names of other hosts are refused, so that no page of a stranger can reach it by a name of its own (DNS
// rebinding), no answer carries a CORS field, and what a page of another origin posts is refused before it is done.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/base/result.h"
#include "libgw/policy/auth/issuer/form.h"
#include "libgw/policy/auth/issuer/grants.h"
#include "libgw/policy/auth/issuer/keyring.h"
#include "libgw/policy/auth/issuer/shape.h"
#include "libgw/policy/auth/issuer/user.h"

namespace gw::issuer {

/// What it is asked to be.
struct Settings {
    std::vector<User> users;
    auth::Algorithm algorithm = auth::Algorithm::rs256;
    std::string pool;                       ///< of Cognito, "us-east-1_Abc123456"; "" for plain OpenID Connect
    std::string issuer;                     ///< iss; "" for http:// and the Host of the request
    std::vector<std::string> redirects;     ///< redirect_uri besides those that lead to this machine
    std::string audience;                   ///< aud of access tokens when nobody asks for one; "" for the client's id
    std::chrono::seconds lifetime{3600};    ///< of tokens
    std::optional<Nanoseconds> rotation{};  ///< how long a key signs; none: for ever
};

/// A request, as views.
struct Request {
    std::string_view method;
    std::string_view path;   ///< as sent
    std::string_view query;  ///< as sent, without '?'
    std::string_view host;
    std::string_view authorization;
    std::string_view content_type;
    std::string_view body;
    std::string_view origin = {};      ///< what a browser says of the page that asks; "" from programs
    std::string_view fetch_site = {};  ///< Sec-Fetch-Site, likewise
};

struct Answer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::string note;  ///< for the log: "authorization_code alice", or why not. May hold bytes of the request
};

/// Not safe for threads.
class Issuer {
  public:
    /// The largest body that is read, in bytes.
    static constexpr std::size_t kMaxBody = 64 * 1024;

    /// Draws the first keys. Errc::usage for settings that contradict each other: Cognito signs with RS256 only.
    static Result<Issuer> make(Settings settings, Dice dice, Date now);

    Answer answer(const Request& request, Date now);

    /// The keys that it publishes.
    [[nodiscard]] std::vector<auth::Key> keys(Date now) const { return keys_.published(now); }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    /// Where it lies below http://host: "" or "/us-east-1_Abc123456".
    [[nodiscard]] std::string path() const { return settings_.pool.empty() ? "" : "/" + settings_.pool; }
    [[nodiscard]] std::string_view token_path() const { return settings_.pool.empty() ? "/token" : "/oauth2/token"; }
    [[nodiscard]] std::string_view authorize_path() const {
        return settings_.pool.empty() ? "/authorize" : "/oauth2/authorize";
    }
    [[nodiscard]] std::string_view user_info_path() const {
        return settings_.pool.empty() ? "/userinfo" : "/oauth2/userInfo";
    }

  private:
    Issuer(Settings settings, Dice dice, KeyRing keys, std::uint64_t seed)
        : settings_(std::move(settings)), dice_(std::move(dice)), keys_(std::move(keys)), chance_(seed) {}

    /// One request under way: who we are for this client.
    struct Visit {
        const Request& request;
        std::string base;  ///< "http://127.0.0.1:9000"
        Shape shape;
        Date now;
    };
    Answer discover(const Visit& visit) const;
    Answer publish(const Visit& visit) const;
    Answer authorize(const Visit& visit);
    Answer grant(const Visit& visit);
    Answer tell_user(const Visit& visit) const;
    Answer sign(const Visit& visit);
    Answer rotate(const Visit& visit);

    Answer grant_code(const Visit& visit, const Form& form, const std::string& client);
    Answer grant_password(const Visit& visit, const Form& form, const std::string& client);
    Answer grant_client(const Visit& visit, const Form& form, const std::string& client);
    Answer grant_refresh(const Visit& visit, const Form& form, const std::string& client);
    /// `refreshed`: what a refresh token is good for that goes along; null: none does.
    Answer hand_out(const Visit& visit, const Session& session, const Session* refreshed);
    Result<std::string> make_token(const Visit& visit, Use use, const Session& session);
    [[nodiscard]] const User* find_user(std::string_view name) const;
    [[nodiscard]] bool may_redirect_to(std::string_view uri) const;

    Settings settings_;
    Dice dice_;
    KeyRing keys_;
    Random chance_;  ///< for ids in tokens, which are no secret
    Grants grants_;
    std::uint64_t sessions_ = 0;
};

}  // namespace gw::issuer
