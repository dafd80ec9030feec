#pragma once
#include <png.h>

// Composite macros of libpng that Swift does not import.
enum {
    CPNG_GREY = PNG_FORMAT_GRAY,
    CPNG_RGB = PNG_FORMAT_RGB,
};
