#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "libgw/base/diagnostic.h"
#include "libgw/config/argument.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"

namespace gw::config {

/// What every part of check() has in common: a model, where its keys were written, and how it is told what is wrong.
class Judge {
  protected:
    Judge(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics)
        : model_(model), diagnostics_(diagnostics), places_(places), whole_(whole) {}

    [[nodiscard]] Location place(const std::string& path, const Location& otherwise = {}) const {
        const auto found = places_.find(path);
        return found == places_.end() ? otherwise : found->second;
    }
    void error(const Location& where, std::string message, std::string hint = {}) {
        diagnostics_.error(std::move(message), where, std::move(hint));
    }
    void warning(const Location& where, std::string message, std::string hint = {}) {
        if (whole_) diagnostics_.warning(std::move(message), where, std::move(hint));
    }
    /// A hint in the words in which the thing was said: those of a file, or of options.
    static std::string in_words(const Location& where, std::string_view file, std::string_view options) {
        return std::string(is_from_options(where) ? options : file);
    }

    const Model& model_;
    Diagnostics& diagnostics_;
    const Places& places_;
    bool whole_;  ///< everything was read: what is not there was not written
};

}  // namespace gw::config
