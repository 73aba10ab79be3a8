#include "apps/gw-serve/surroundings.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/config/argument.h"
#include "libgw/config/secret.h"
#include "libgw/io/net/tls.h"
#include "libgw/policy/auth/algorithm.h"

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

/// Judges files of TLS, each where it was named.
class TlsFiles {
  public:
    TlsFiles(const config::Sources& sources, Diagnostics& diagnostics, const config::Places& places)
        : sources_(sources), diagnostics_(diagnostics), places_(places) {}

    /// `path`: that of the object that names both.
    void check(const config::Certificate& files, const std::string& path) const {
        const auto cert = read(files.cert, path + ".cert");
        const auto key = read(files.key, path + ".key");
        if (!cert) return;
        const auto now = std::chrono::system_clock::now();
        if (const auto chain = net::check_chain(*cert, files.cert, now); !chain)
            return tell(chain.error(), path + ".cert");
        if (!key) return;
        if (const auto pair = net::check_key({*cert, *key, files.cert, files.key}); !pair)
            tell(pair.error(), path + ".key");
    }
    void check_authorities(const std::string& file, const std::string& path) const {
        const auto text = read(file, path);
        if (!text) return;
        if (const auto found = net::check_authorities(*text, file); !found) tell(found.error(), path);
    }

  private:
    [[nodiscard]] std::optional<std::string> read(const std::string& file, const std::string& path) const {
        if (file.empty()) return std::nullopt;  // which has been told
        auto text = sources_.read_file(file);
        if (text) return *std::move(text);
        Error error = std::move(text).error();
        error.hint = hint_for(error.code, path);
        tell(std::move(error), path);
        return std::nullopt;
    }
    [[nodiscard]] std::string hint_for(Errc code, const std::string& path) const {
        const Location where = place_of(places_, path);
        if (code != Errc::not_found) return "who runs gw-serve has to be able to read it";
        if (!config::is_from_options(where)) return "a relative path begins at the folder of " + where.file;
        const bool is_certificate = path.find(".certificates[") != path.npos;
        return is_certificate ? "--tls-self-signed serves with a certificate made in memory"
                              : "a file of PEM certificates, one behind the other";
    }
    /// With the option or key that names the file. The options say the same of every listener: once is enough.
    void tell(Error error, const std::string& path) const {
        Location where = place_of(places_, path);
        const auto same = [&](const Diagnostic& told) { return told.where == where && !where.file.empty(); };
        if (std::any_of(diagnostics_.all().begin(), diagnostics_.all().end(), same)) return;
        const bool in_file = !config::is_from_options(where);
        if (in_file) error = std::move(error).in(path);
        diagnostics_.add(std::move(error).at(std::move(where)));
    }

    const config::Sources& sources_;
    Diagnostics& diagnostics_;
    const config::Places& places_;
};

/// Warns of files with secrets that every user of the machine can read.
class Privacy {
  public:
    Privacy(Diagnostics& diagnostics, const config::Places& places) : diagnostics_(diagnostics), places_(places) {}

    void check(const std::string& file, const std::string& path) const {
        struct stat what{};
        if (::stat(file.c_str(), &what) != 0 || !S_ISREG(what.st_mode) || (what.st_mode & S_IROTH) == 0) return;
        diagnostics_.warning(fmt::format("{} holds a secret, and everybody on this machine can read it", file),
                             place_of(places_, path), "chmod o-r " + file);
    }
    /// "file:PATH"; what comes from elsewhere is no file.
    void check_reference(std::string_view reference, const std::string& path) const {
        constexpr std::string_view kFile = "file:";
        if (reference.starts_with(kFile)) check(std::string(reference.substr(kFile.size())), path);
    }

  private:
    Diagnostics& diagnostics_;
    const config::Places& places_;
};

void check_privacy(const config::Model& model, Diagnostics& diagnostics, const config::Places& places) {
    const Privacy privacy(diagnostics, places);
    for (std::size_t i = 0; i < model.listeners.size(); ++i) {
        if (!model.listeners[i].tls) continue;
        const auto& certificates = model.listeners[i].tls->certificates;
        for (std::size_t j = 0; j < certificates.size(); ++j)
            privacy.check(certificates[j].key, fmt::format("listeners[{}].tls.certificates[{}].key", i, j));
    }
    if (model.admin_token) privacy.check_reference(model.admin_token->text, "adminToken");
    privacy.check(model.iam.keys, "iam.keys");
    for (std::size_t i = 0; i < model.api_keys.size(); ++i)
        privacy.check_reference(model.api_keys[i].value, fmt::format("apiKeys[{}].value", i));
    if (model.throttling.counts_password)
        privacy.check_reference(model.throttling.counts_password->text, "throttling.countsPassword");
    for (std::size_t i = 0; i < model.apis.size(); ++i) {
        const config::Api& api = model.apis[i];
        for (const auto& [name, authorizer] : api.authorizers) {
            const auto& algorithms = authorizer.algorithms;
            if (std::any_of(algorithms.begin(), algorithms.end(), auth::is_symmetric))
                privacy.check_reference(authorizer.jwks, fmt::format("apis[{}].authorizers.{}.jwks", i, name));
        }
        if (api.canary && api.canary->key)
            privacy.check_reference(api.canary->key->text, fmt::format("apis[{}].canarySettings.key", i));
    }
}

}  // namespace

void check_files(const config::Model& model, const config::Sources& sources, Diagnostics& diagnostics,
                 const config::Places& places) {
    const TlsFiles files(sources, diagnostics, places);
    for (std::size_t i = 0; i < model.listeners.size(); ++i) {
        const auto& tls = model.listeners[i].tls;
        if (!tls) continue;
        const std::string path = fmt::format("listeners[{}].tls", i);
        for (std::size_t j = 0; j < tls->certificates.size(); ++j)
            files.check(tls->certificates[j], fmt::format("{}.certificates[{}]", path, j));
        if (tls->client_ca) files.check_authorities(*tls->client_ca, path + ".clientCa");
    }
    if (model.upstream_tls.ca) files.check_authorities(*model.upstream_tls.ca, "upstreamTls.ca");
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
    // what was given by mistake in the place of a secret is none
    if (!diagnostics.has_errors()) check_privacy(model, diagnostics, places);
}

}  // namespace gw::serve
