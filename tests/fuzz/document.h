#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// A document of one of two languages: JSON behind a first byte of 'j', otherwise YAML.
struct FuzzedDocument {
    FuzzedDocument(const std::uint8_t* data, std::size_t size)
        : text(reinterpret_cast<const char*>(data), size), is_json(text.starts_with('j')) {
        if (is_json) text.remove_prefix(1);
    }
    /// A name by which readers know the language.
    [[nodiscard]] const char* name() const { return is_json ? "f.json" : "f.yaml"; }

    std::string_view text;
    bool is_json;
};
