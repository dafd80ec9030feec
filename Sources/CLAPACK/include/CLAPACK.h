#ifndef CONCORD_CLAPACK_H
#define CONCORD_CLAPACK_H

#include <stdint.h>

// Status when no LAPACK library could be loaded.
#define CLAPACK_MISSING (-1000)
// Status when there was no memory for the work space.
#define CLAPACK_NO_MEMORY (-1001)

// Eigenvalues (ascending, into `values`) and eigenvectors (columns, in place of `matrix`) of a symmetric matrix of
// `order` rows, column-major, upper triangle given: LAPACK's dsyevd. Returns LAPACK's info (0: done) or one of the above.
//
// The library is loaded at the first call. Most commands never need it, and the threads that OpenBLAS starts when it is
// loaded spin for longer than a whole extraction takes.
int32_t clapack_dsyevd(int32_t order, double *matrix, double *values);

#endif
