#pragma once
// glibc's allocator settings, which its Swift module leaves out.
#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// Prepares the heap for a program that makes and gives up arrays of megabytes all the time: it keeps what is freed, and
// its first part has large pages, since otherwise a tenth of the time goes to faults of small ones. Arrays from 16 MB on
// are still given back at once.
static inline void cmalloc_keep(size_t bytes) {
    mallopt(M_MMAP_THRESHOLD, 16 << 20);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, (int)bytes);
    // Volatile, or the compiler leaves both calls out.
    void *volatile first = malloc(8 << 20);
    free(first);
    mallopt(M_TOP_PAD, 128 << 10);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page = 2 << 20;
    uintptr_t end = (uintptr_t)sbrk(0), start = end > bytes ? end - bytes : 0;
    start = (start + page - 1) / page * page;
    if (start < end) madvise((void *)start, end - start, MADV_HUGEPAGE);
#endif
}
