#pragma once
// Who may call: from the command line into the model, and from there to the banner and the table of routes.

#include <string>
#include <vector>

#include "apps/gw-serve/options.h"
#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/sources.h"
#include "libgw/gateway/server.h"

namespace gw::serve {

/// Whether the command line says who may call, and the first option that does.
bool asks_who(const Options& options);
std::string first_asking(const Options& options);

/// --jwt…, --cognito, --iam, --policy and --api-key into the api of the command line's routes.
void read_access(const Options& options, config::Api& api, config::Model& model, const config::Sources& sources,
                 Diagnostics& diagnostics);

/// --no-auth: nobody is asked, whatever was configured.
void open_all(config::Model& model);

/// What a route asks of its callers, for the table of routes: "jwt", "iam+key", "none".
std::string asked_of(const config::Api& api, const config::Route& route);

/// What is asked of callers, for the banner: "JWT, issuer http://localhost:9000, 1 key (RS256 kid=k1), required on
/// every route".
std::vector<std::string> access_lines(const gateway::Server& server);

}  // namespace gw::serve
