// decode

#include "apps/gw-token/declare.h"

namespace gw::token {

void declare_tokens(CLI::App& app, Options& options, program::Manual& manual) {
    CLI::App* decode =
        add_command(app, options, "decode", "show what a token says, without judging it", Command::decode);
    decode->add_option("TOKEN", options.decode.token);
    decode->add_option("--date", options.decode.zone, "where the dates are told (utc)")->type_name("utc|local|+02:00");
    manual.commands.push_back({"decode",
                               "  gw-token decode TOKEN|-    TOKEN: the text, -, @FILE or env:NAME",
                               {"gw-token decode - < token.txt", "gw-token decode @token.txt --date=local",
                                "gw-token decode env:TOKEN --json"}});
}

}  // namespace gw::token
