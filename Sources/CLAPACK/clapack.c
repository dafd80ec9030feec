#include "CLAPACK.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

// Fortran passes everything by reference, and the lengths of characters at the end.
typedef void (*dsyevd_function)(
    const char *job, const char *triangle, const int32_t *order, double *matrix, const int32_t *leading, double *values,
    double *work, const int32_t *work_count, int32_t *integers, const int32_t *integer_count, int32_t *info,
    size_t job_length, size_t triangle_length);

static dsyevd_function dsyevd;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    // One thread: results that do not depend on the number of processors, and none that OpenBLAS starts and that spin. It
    // reads the variable while it is loaded. A reader of the environment at the same time sees the old array, which stays.
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    // The system's LAPACK, whichever it is, with the 32-bit interface.
    void *library = dlopen("liblapack.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    dsyevd = (dsyevd_function)dlsym(library, "dsyevd_");
}

int32_t clapack_dsyevd(int32_t order, double *matrix, double *values) {
    pthread_once(&once, load);
    if (dsyevd == NULL) return CLAPACK_MISSING;
    int32_t info = 0, query = -1, integer_count = 0;
    double count = 0;
    dsyevd("V", "U", &order, matrix, &order, values, &count, &query, &integer_count, &query, &info, 1, 1);
    if (info != 0) return info;
    int32_t work_count = (int32_t)count;
    double *work = malloc(sizeof(double) * (size_t)work_count);
    int32_t *integers = malloc(sizeof(int32_t) * (size_t)integer_count);
    if (work != NULL && integers != NULL)
        dsyevd(
            "V", "U", &order, matrix, &order, values, work, &work_count, integers, &integer_count, &info, 1, 1);
    else
        info = CLAPACK_NO_MEMORY;
    free(work);
    free(integers);
    return info;
}
