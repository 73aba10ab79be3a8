#pragma once
// How a document becomes values: a cursor that records what is wrong and goes on.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/diagnostic.h"
#include "libgw/base/value.h"
#include "libgw/config/sources.h"

namespace gw::config {

/// Where each key of a document was written, by its path ("limits.timeout").
using Places = std::map<std::string, Location>;
/// Under which name Places have the place of an unknown key that seems to mean `key` of the object at `path`.
std::string misspelt_key(std::string_view path, std::string_view key);

/// What all cursors of one document share.
struct Reading {
    std::string file;    ///< how the document is called in diagnostics
    std::string folder;  ///< relative paths of the document start here; "" or ends with '/'
    const Sources& sources;
    Diagnostics& diagnostics;
    Places* places = nullptr;  ///< filled while reading, when somebody wants it
    std::string option = {};   ///< the option of a command line that is read: named instead of the path
    bool unquoted = false;     ///< no line is quoted in a diagnostic: it may hold a secret
};

/// One value of a document, its place and its path ("apis[0].routes[2].timeout"). Cheap to pass, lives as long as the
/// document.
class Cursor {
  public:
    Cursor(const Value& value, std::string path, const Reading& reading)
        : value_(&value), path_(std::move(path)), reading_(&reading) {}

    [[nodiscard]] const Value& value() const { return *value_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const Reading& reading() const { return *reading_; }
    [[nodiscard]] Location where() const { return place(value_->position()); }
    /// A position of the document as a place.
    [[nodiscard]] Location place(Position position) const {
        return {reading_->file, position.line, reading_->unquoted ? 0 : position.column};
    }
    /// Remembers where this value was written, for those who judge the whole.
    void note_place() const {
        if (reading_->places) (*reading_->places)[path_] = where();
    }
    [[nodiscard]] Cursor member(const Member& member) const;
    [[nodiscard]] Cursor item(std::size_t index) const;
    /// A relative path of the document, from where the program stands; "~" and variables are not expanded.
    [[nodiscard]] std::string resolve(std::string_view path) const;

    /// Something is wrong with this value. The message follows the path: "limits.timeout: …".
    void error(std::string_view message, std::string hint = {}) const;
    void warning(std::string_view message, std::string hint = {}) const;
    /// The same at code point `offset` of a string that stands on one line.
    void error_at(std::size_t offset, std::string_view message, std::string hint = {}) const;
    /// The same without quoting the line, which may hold a secret.
    void error_unquoted(std::string_view message, std::string hint = {}) const;
    /// Wrong kind of value: "expected a duration such as 29s, found a list".
    void expected(std::string_view what) const;
    /// A key that nobody knows; says which one was meant, or which there are. Returns the one that was meant, whose
    /// place is noted then; "" when none is near.
    std::string unknown_key(const Member& member, const std::vector<std::string>& known) const;

  private:
    [[nodiscard]] std::string told(std::string_view message) const;

    const Value* value_;
    std::string path_;
    const Reading* reading_;
};

}  // namespace gw::config
