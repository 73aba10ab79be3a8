#include "apps/gw-serve/surroundings.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/config/secret.h"

namespace gw::serve {
namespace {

Location place_of(const config::Places& places, const std::string& key) {
    const auto found = places.find(key);
    return found == places.end() ? Location{} : found->second;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Why no file can be made at `path`.
std::optional<Error> cannot_make(const std::string& path) {
    if (::access(folder_of(path).c_str(), W_OK | X_OK) == 0) return std::nullopt;
    return from_errno(Errc::io, path, errno);
}

}  // namespace

void check_files(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                 const config::Places& places) {
    std::vector<std::string> told;
    const auto readable = [&](const std::string& path, const Location& where) {
        if (path.empty() || std::find(told.begin(), told.end(), path) != told.end()) return;
        told.push_back(path);
        if (auto text = sources.read_file(path); !text) diagnostics.add(std::move(text).error().at(where));
    };
    for (const config::Listener& listener : model.listeners) {
        if (!listener.tls) continue;
        for (const config::Certificate& files : listener.tls->certificates) {
            readable(files.cert, files.where);
            readable(files.key, files.where);
        }
        readable(listener.tls->client_ca.value_or(""), listener.tls->where);
    }
    readable(model.upstream_tls.ca.value_or(""), place_of(places, "upstreamTls.ca"));
}

void check_surroundings(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                        const config::Places& places) {
    if (model.admin_token) {
        if (auto secret = config::resolve_secret(*model.admin_token, sources); !secret)
            diagnostics.add(std::move(secret).error().at(place_of(places, "adminToken")));
    }
    if (!model.logs.file.empty()) {
        const bool there = ::access(model.logs.file.c_str(), F_OK) == 0;
        if (there && ::access(model.logs.file.c_str(), W_OK) != 0)
            diagnostics.add(from_errno(Errc::io, model.logs.file, errno).at(place_of(places, "logs.file")));
        else if (auto why = there ? std::nullopt : cannot_make(model.logs.file))
            diagnostics.add(std::move(*why).at(place_of(places, "logs.file")));
    }
    const auto socket = [&](std::string_view address, const Location& where) {
        if (!address.starts_with("unix:")) return;
        const std::string path(address.substr(5));
        struct stat what{};
        if (::lstat(path.c_str(), &what) == 0 && !S_ISSOCK(what.st_mode))
            diagnostics.error(fmt::format("{} is a file that is no socket", path), where,
                              "remove it, or choose another path");
        else if (auto why = cannot_make(path))
            diagnostics.add(std::move(*why).at(where));
    };
    for (const config::Listener& listener : model.listeners) socket(listener.address, listener.where);
    socket(model.admin, place_of(places, "admin"));
    socket(model.metrics, place_of(places, "metrics"));
}

}  // namespace gw::serve
