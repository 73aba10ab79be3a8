#include "libgw/wire/http/method.h"

#include <array>

namespace gw::http {

namespace {
constexpr std::array<std::string_view, 10> kTexts = {"GET",   "HEAD",    "POST",    "PUT",   "DELETE",
                                                     "PATCH", "OPTIONS", "CONNECT", "TRACE", ""};
}

Method to_method(std::string_view text) {
    switch (text.size()) {
        case 3: return text == "GET" ? Method::get : text == "PUT" ? Method::put : Method::other;
        case 4: return text == "POST" ? Method::post : text == "HEAD" ? Method::head : Method::other;
        case 5: return text == "PATCH" ? Method::patch : text == "TRACE" ? Method::trace : Method::other;
        case 6: return text == "DELETE" ? Method::delete_ : Method::other;
        case 7: return text == "OPTIONS" ? Method::options : text == "CONNECT" ? Method::connect : Method::other;
        default: return Method::other;
    }
}

std::string_view to_text(Method method) { return kTexts[static_cast<std::size_t>(method)]; }

}  // namespace gw::http
