#pragma once

#include <cstdio>
#include <cstdlib>

/// What a fuzz target claims: aborts with the place and the claim when it does not hold.
#define REQUIRE_THAT_IT_HOLDS(claim)                                                        \
    do {                                                                                    \
        if (!(claim)) {                                                                     \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
            std::abort();                                                                   \
        }                                                                                   \
    } while (false)
