#pragma once
// Texts that browsers take for URLs: what tells a wrong origin from what is none at all.

#include <string_view>

namespace gw::cors {

/// Whether the text is an absolute URL of any scheme (URL Standard §4.4), as Chromium reads it: its scheme may be all
/// there is ("app.example:8080" has the scheme "app.example").
bool is_url(std::string_view text);

}  // namespace gw::cors
