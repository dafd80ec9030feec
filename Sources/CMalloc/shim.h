#pragma once
// glibc's allocator settings, which its Swift module leaves out.
#include <malloc.h>
