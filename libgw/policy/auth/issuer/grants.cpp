#include "libgw/policy/auth/issuer/grants.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/text.h"

namespace gw::issuer {
namespace {

bool is_unreserved(char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}

std::string digest_of(std::string_view token) { return std::string(sha256(token).view()); }

Result<std::string> draw_token(const Dice& dice) {
    std::array<std::uint8_t, 32> bytes{};
    TRY(dice(bytes));
    return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

template <class T>
void remember(std::map<std::string, T>& by_digest, std::deque<std::string>& in_order, std::string digest, T entry) {
    while (in_order.size() >= Grants::kMost) {
        by_digest.erase(in_order.front());
        in_order.pop_front();
    }
    in_order.push_back(digest);
    by_digest.insert_or_assign(std::move(digest), std::move(entry));
}

}  // namespace

bool is_challenge(std::string_view text) {
    return text.size() == 43 && std::all_of(text.begin(), text.end(),
                                            [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_verifier_of(std::string_view verifier, std::string_view challenge) {
    const bool is_verifier =
        verifier.size() >= 43 && verifier.size() <= 128 && std::all_of(verifier.begin(), verifier.end(), is_unreserved);
    return is_verifier && constant_time_equal(to_base64url(sha256(verifier).view()), challenge);
}

Result<std::string> Grants::add_code(Session session, std::string redirect_uri, std::string challenge, const Dice& dice,
                                     Date now) {
    std::string code = TRY(draw_token(dice));
    remember(codes_, codes_in_order_, digest_of(code),
             Code{std::move(session), std::move(redirect_uri), std::move(challenge), now + kCodeLifetime, false});
    return code;
}

std::variant<Session, NoGrant> Grants::redeem(std::string_view code, std::string_view client_id,
                                              std::string_view redirect_uri, std::string_view verifier, Date now) {
    const auto found = codes_.find(digest_of(code));
    if (found == codes_.end()) return NoGrant{"this code was never handed out, or long ago"};
    Code& kept = found->second;
    if (kept.is_redeemed) {
        revoke(kept.session.number);
        return NoGrant{"this code was redeemed before"};
    }
    if (kept.expires <= now) return NoGrant{"this code has expired"};
    if (kept.session.client_id != client_id) return NoGrant{"this code was handed out to another client"};
    if (kept.redirect_uri != redirect_uri) return NoGrant{"redirect_uri is not the one of the authorization request"};
    if (!is_verifier_of(verifier, kept.challenge)) return NoGrant{"code_verifier does not match code_challenge"};
    kept.is_redeemed = true;
    return kept.session;
}

Result<std::string> Grants::add_refresh(const Session& session, const Dice& dice, Date now) {
    std::string token = TRY(draw_token(dice));
    remember(refreshes_, refreshes_in_order_, digest_of(token), Refresh{session, now + kRefreshLifetime});
    return token;
}

std::variant<Session, NoGrant> Grants::refresh(std::string_view token, std::string_view client_id, bool once,
                                               Date now) {
    const auto found = refreshes_.find(digest_of(token));
    if (found == refreshes_.end()) return NoGrant{"this refresh token is not known, or was used before"};
    if (found->second.expires <= now) return NoGrant{"this refresh token has expired"};
    if (found->second.session.client_id != client_id) return NoGrant{"this refresh token is another client's"};
    Session session = found->second.session;
    if (once) refreshes_.erase(found);
    return session;
}

void Grants::note_access(const Session& session, std::string_view token) {
    remember(accesses_, accesses_in_order_, digest_of(token), session.number);
}

bool Grants::is_void(std::string_view token) const { return void_.contains(digest_of(token)); }

void Grants::revoke(std::uint64_t session) {
    std::erase_if(refreshes_, [session](const auto& entry) { return entry.second.session.number == session; });
    std::erase_if(accesses_, [&](const auto& entry) {
        if (entry.second != session) return false;
        remember(void_, void_in_order_, entry.first, session);
        return true;
    });
}

}  // namespace gw::issuer
