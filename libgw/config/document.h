#pragma once
// The native document, version 1: read, written and described from the one declaration in schema.h.

#include <string>
#include <string_view>

#include "libgw/base/diagnostic.h"
#include "libgw/base/value.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"
#include "libgw/config/sources.h"

namespace gw::config {

/// Reads a document: JSON when `file` ends in ".json", else YAML (which JSON is too). Everything that is wrong goes to
/// `diagnostics`; the model is whole only when that has no errors. Relative paths start at the folder of `file`.
/// `places`, when given, receives where each key was written.
Model read_document(std::string_view text, const std::string& file, const Sources& sources, Diagnostics& diagnostics,
                    Places* places = nullptr);

/// The same from the file itself. A file that cannot be read is a diagnostic too.
Model load_document(const std::string& file, const Sources& sources, Diagnostics& diagnostics,
                    Places* places = nullptr);

/// The model as canonical YAML: what is not as it would be anyway, in the order of the declaration; secrets as
/// references. Reading it in the same folder gives an equal model.
std::string write_document(const Model& model);

/// JSON Schema 2020-12 of the document.
Value document_schema();

}  // namespace gw::config
