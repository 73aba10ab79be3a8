#include "apps/gw-preflight/errors.h"

#include "libgw/base/text.h"

namespace gw::preflight {
namespace {

bool is_credential(const cors::Field& field) {
    return equals_ignoring_case(field.name, "authorization") || equals_ignoring_case(field.name, "x-api-key");
}

}  // namespace

std::vector<Provocation> make_provocations(const cors::PageRequest& asked, std::string_view stranger) {
    cors::Outgoing plain;
    plain.url = asked.url;
    plain.method = "GET";
    plain.fields.push_back({"Origin", asked.origin.text()});
    for (const cors::Field& field : asked.headers)
        if (!is_credential(field) && !equals_ignoring_case(field.name, "content-type")) plain.fields.push_back(field);

    Provocation refused{401, "without credentials", plain};
    Provocation forged{401, "with a token that is none", plain};
    forged.request.fields.push_back({"Authorization", "Bearer " + std::string(stranger)});
    Provocation unknown{404, "of a path that nobody has", plain};
    std::string& target = unknown.request.url.target;
    const std::size_t query = target.find('?');
    target = target.substr(0, query);
    target += (target.ends_with('/') ? "" : "/") + std::string(stranger);
    Provocation method{405, "with a method that nobody has", plain};
    method.request.method = "PROPFIND";
    return {refused, forged, unknown, method};
}

}  // namespace gw::preflight
