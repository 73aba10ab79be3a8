#pragma once
// Examples in what people read, as something that can be run: what is printed in a manual has to come out.

#include <string>
#include <string_view>
#include <vector>

namespace gw::structure {

/// Commands for /bin/sh, and all that they write to standard output.
struct Example {
    std::string script;
    std::string output;
};

/// The blocks between .EX and .EE behind a line `.\" run`: commands stand behind "$ ", the rest is their output.
std::vector<Example> find_examples_in_man_page(std::string_view man_page);
/// The block between .EX and .EE behind a line `.\" file: NAME`; "" when there is none.
std::string find_file_in_man_page(std::string_view man_page, std::string_view name);
/// The fenced blocks behind a line `<!-- run -->`: the first is the script, the one right below it the output.
std::vector<Example> find_examples_in_markdown(std::string_view markdown);

}  // namespace gw::structure
