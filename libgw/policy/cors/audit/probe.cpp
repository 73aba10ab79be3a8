#include "libgw/policy/cors/audit/probe.h"

#include <algorithm>
#include <array>

#include "libgw/base/text.h"
#include "libgw/policy/cors/safelist.h"

namespace gw::cors {
namespace {

/// Second labels of countries that sell names below them.
constexpr std::array<std::string_view, 8> kSecondLabels{"co", "com", "org", "net", "gov", "edu", "ac", "ne"};

/// Where anybody may publish: below the first ones a name of their own, on the others under a path.
constexpr std::array<std::string_view, 6> kNamesForAnybody{"github.io",  "herokuapp.com", "netlify.app",
                                                           "vercel.app", "pages.dev",     "web.app"};
constexpr std::array<std::string_view, 4> kPagesOfAnybody{"codepen.io", "cdpn.io", "jsfiddle.net", "s3.amazonaws.com"};

bool is_name(std::string_view host) {
    return !host.starts_with('[') && host.find('.') != std::string_view::npos &&
           !std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

/// ":8443", or nothing where it is the scheme's own.
std::string port_of(const Origin& origin) {
    const bool usual = origin.port() == (origin.scheme() == "https" ? 443 : 80);
    return usual ? std::string() : ":" + std::to_string(origin.port());
}

void add(std::vector<Probe>& probes, Disguise disguise, std::string origin, std::string_view base = {}) {
    const bool known =
        std::any_of(probes.begin(), probes.end(), [&](const Probe& each) { return each.origin == origin; });
    if (!known) probes.push_back({disguise, std::move(origin), std::string(base)});
}

void add_disguises(std::vector<Probe>& probes, const Origin& base, std::string_view stranger) {
    const std::string scheme = base.scheme() + "://";
    const std::string port = port_of(base);
    const std::string& host = base.host();
    const std::string own(stranger);
    if (!host.starts_with('['))
        add(probes, Disguise::prefix, scheme + host + "." + own + ".example" + port, base.text());
    if (base.scheme() == "https") add(probes, Disguise::plain, "http://" + host + port, base.text());
    const std::string site = site_of(host);
    if (site.empty()) return;
    add(probes, Disguise::suffix, scheme + own + site + port, base.text());
    if (host != site) add(probes, Disguise::sibling, scheme + own + host + port, base.text());
    add(probes, Disguise::subdomain, scheme + own + "." + site + port, base.text());
    // the dot in front of the site: with a letter instead it is another site, which is free to be bought
    if (host == site) return;
    std::string undotted = host;
    undotted[host.size() - site.size() - 1] = 'x';
    add(probes, Disguise::dot, scheme + undotted + port, base.text());
}

}  // namespace

std::string site_of(std::string_view host) {
    if (!is_name(host)) return {};
    const std::vector<std::string_view> labels = split(host, '.');
    if (labels.size() < 2) return {};
    const std::size_t count = labels.size();
    const bool country =
        labels.back().size() == 2 && count > 2 &&
        std::find(kSecondLabels.begin(), kSecondLabels.end(), labels[count - 2]) != kSecondLabels.end();
    std::string site(labels[count - 2]);
    site.append(".").append(labels.back());
    const bool shared = std::find(kNamesForAnybody.begin(), kNamesForAnybody.end(), site) != kNamesForAnybody.end();
    const std::size_t kept = count > 2 && (country || shared) ? 3 : 2;
    site.clear();
    for (std::size_t i = count - kept; i < count; ++i) site.append(site.empty() ? "" : ".").append(labels[i]);
    return site;
}

std::vector<Probe> make_probes(const PageUrl& url, const std::vector<Origin>& trusted, std::string_view stranger) {
    const std::string own(stranger);
    std::vector<Probe> probes{{Disguise::none, {}, {}}};
    for (const Origin& origin : trusted)
        if (!origin.is_opaque()) add(probes, Disguise::trusted, origin.text());
    add(probes, Disguise::stranger, "https://" + own + ".example");
    add(probes, Disguise::stranger, "http://" + own + "-2.example");
    add(probes, Disguise::null, "null");
    for (const Origin& origin : trusted)
        if (!origin.is_opaque()) add_disguises(probes, origin, stranger);
    if (trusted.empty()) add_disguises(probes, url.origin(), stranger);
    for (const std::string_view place : kNamesForAnybody)
        add(probes, Disguise::third_party, "https://" + own + "." + std::string(place));
    for (const std::string_view place : kPagesOfAnybody)
        add(probes, Disguise::third_party, "https://" + std::string(place));
    return probes;
}

Outgoing to_outgoing(const Probe& probe, const PageRequest& asked, bool preflight) {
    Outgoing out;
    out.preflight = preflight;
    out.url = asked.url;
    out.method = preflight ? "OPTIONS" : asked.method;
    if (!probe.origin.empty()) out.fields.push_back({"Origin", probe.origin});
    if (preflight) {
        out.fields.push_back({"Access-Control-Request-Method", asked.method});
        const auto names = unsafe_header_names(asked.headers, Engine::standard);
        if (!names.empty()) out.fields.push_back({"Access-Control-Request-Headers", join(names, ",")});
    } else {
        for (const Field& field : asked.headers) out.fields.push_back(field);
    }
    out.with_body = !preflight && asked.has_body;
    return out;
}

}  // namespace gw::cors
