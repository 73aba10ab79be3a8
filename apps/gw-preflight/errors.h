#pragma once
// Errors that a page should be able to read, brought about without harm: what --errors does.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/cors/browser.h"

namespace gw::preflight {

/// A request that a server answers with an error.
struct Provocation {
    std::uint16_t wanted = 0;  ///< 401, 404, 405
    std::string how;           ///< "without credentials"
    cors::Outgoing request;
};

/// An answer to one, judged.
struct ErrorAnswer {
    Provocation provocation;
    std::uint16_t status = 0;
    cors::Judgement verdict;  ///< whether the page could read it
    [[nodiscard]] bool is_error() const { return status >= 400; }
};

/// In this order: 401 (the request without its credentials, then with a token that is none), 404 (a path beside it that
/// nobody has), 405 (PROPFIND, which changes nothing). `stranger`: letters that nobody has thought of.
std::vector<Provocation> make_provocations(const cors::PageRequest& asked, std::string_view stranger);

}  // namespace gw::preflight
