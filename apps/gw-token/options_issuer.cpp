// serve

#include "apps/gw-token/declare.h"
#include "libgw/base/text.h"

namespace gw::token {

void declare_issuer(CLI::App& app, Options& options, program::Manual& manual) {
    ServeOptions& serve = options.serve;
    CLI::App* made =
        program::add_command(app, options.command, "serve", "a test issuer of tokens, on 127.0.0.1", Command::serve);
    made->add_option("-p,--port", program::to_number(serve.port), "port to listen on (9000); 0: any free one, printed")
        ->type_name("N");
    made->add_option("--user", serve.users, "who can log in: NAME or NAME:CLAIM=VALUE,... (alice)")
        ->type_name("USER")
        ->take_all();
    made->add_option("--rotate", serve.rotate, "the next key signs after TIME; it is published as long before")
        ->type_name("TIME");
    made->add_option("--cognito", serve.pool, "look like this user pool of Amazon Cognito")->type_name("POOL_ID");
    made->add_option("--alg", serve.algorithm, "what it signs with (RS256)")->type_name("ALG");
    made->add_option("--lifetime", serve.lifetime, "of tokens (1h)")->type_name("TIME");
    made->add_option("--aud", serve.audience, "aud of access tokens when nobody asks for one (the client's id)")
        ->type_name("AUD");
    made->add_option("--issuer", serve.issuer, "iss of tokens, where others know it by another URL")->type_name("URL");
    made->add_option("--redirect-uri", serve.redirects, "where /authorize may lead to besides this machine")
        ->type_name("URL")
        ->take_all();
    made->add_option("--ready-file", serve.ready_file, "written when serving: holds the issuer's URL")
        ->type_name("FILE");
    refuse_empty_values(*made);
    manual.commands.push_back(
        {"serve",
         "  gw-token serve [OPTIONS]    until INT or TERM",
         {"gw-token serve", "gw-token serve -p 0 --user alice:groups=admin,email=alice@example.com --rotate 10m",
          "gw-token serve --cognito us-east-1_Abc123456"}});
}

}  // namespace gw::token
