#pragma once
// The origins that an audit pretends to come from: those that a server lets in by mistake, and those that tell a
// mistake from an intention.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/cors/browser.h"
#include "libgw/policy/cors/origin.h"

namespace gw::cors {

/// Why an origin is tried.
enum class Disguise : std::uint8_t {
    none,         ///< no Origin at all
    trusted,      ///< one that is meant to be allowed
    stranger,     ///< a name that nobody can have meant
    null,         ///< what sandboxed frames and files send
    prefix,       ///< https://app.example.com.STRANGER.example
    suffix,       ///< https://STRANGERexample.com
    sibling,      ///< https://STRANGERapp.example.com: only its owner can make it, unless names there are sold
    subdomain,    ///< https://STRANGER.example.com: a policy that has all of a site is no mistake
    dot,          ///< https://appxexample.com
    plain,        ///< http:// where https:// is meant
    third_party,  ///< a place where anybody may publish pages
};

struct Probe {
    Disguise disguise = Disguise::none;
    std::string origin;  ///< what Origin says; "" for Disguise::none
    std::string base;    ///< the origin that it is made from; "" when there is none
};

/// What to try. `trusted`: the origins that pages are meant to come from; the URL's own host stands for them where none
/// is given. `stranger`: letters and digits that nobody else has thought of. No origin twice.
std::vector<Probe> make_probes(const PageUrl& url, const std::vector<Origin>& trusted, std::string_view stranger);

/// The preflight, or the request itself, that a page of the probe's origin would send.
Outgoing to_outgoing(const Probe& probe, const PageRequest& asked, bool preflight);

/// The name below which its owner makes others: "example.com" of "app.example.com", "example.co.uk" of
/// "app.example.co.uk". A guess without a list of public suffixes; "" for addresses and names of one label.
std::string site_of(std::string_view host);

}  // namespace gw::cors
