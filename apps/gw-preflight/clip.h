#pragma once
// A request that was copied out of a browser's developer tools, as the page's own.

#include <optional>
#include <string>
#include <vector>

#include "apps/gw-preflight/options.h"
#include "libgw/wire/clip/clip.h"

namespace gw::preflight {

/// The request of the page's script, with what the browser added to it taken out again.
struct FromClip {
    Wanted wanted;                       ///< its origin is not set
    std::optional<cors::Origin> origin;  ///< by Origin or Referer
    std::vector<std::string> left_out;   ///< names of fields that the browser adds by itself
};

/// Errc::usage: the URL is none, or the clip is no request that CORS applies to (mode no-cors, a navigation).
Result<FromClip> read_clip(const clip::Clip& clip);

/// The clips of --from-curl and --from-fetch; how they connect goes into `options`, unless it says that itself.
Result<std::vector<clip::Clip>> read_clips(program::World& world, Options& options);

}  // namespace gw::preflight
