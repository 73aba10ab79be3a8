#pragma once
// Whose behaviour is meant.

#include <cstdint>
#include <string_view>

namespace gw::cors {

/// The Fetch standard, or a browser where it differs from it. What is said of Chrome is measured (Chromium, by
/// tests/integration/cors); of Firefox and Safari it is read in their documentation and source.
enum class Engine : std::uint8_t { standard, chrome, firefox, safari };

/// "standard", "chrome", …
constexpr std::string_view to_text(Engine engine) {
    switch (engine) {
        case Engine::standard: return "standard";
        case Engine::chrome: return "chrome";
        case Engine::firefox: return "firefox";
        case Engine::safari: return "safari";
    }
    return "";
}

}  // namespace gw::cors
