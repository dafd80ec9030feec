#ifndef CONCORD_CPRODUCTS_H
#define CONCORD_CPRODUCTS_H

#include <stdint.h>

// In C because Swift has no versions of a function by processor: there are some for AVX-512, for AVX2 and for the baseline. No multiplication
// and addition are fused and sums have a fixed order of eight lanes, so that all give the same bits.

// Sums of products of two tables of `rows` rows: to `sums[i * columns + j]` is added, for each row, the bit pattern of the double
// `left[row * width + i] * right[row * columns + j] + magic`, as an integer that wraps. With `magic` = 1.5 * 2^(52 - f) and products below half of
// 2^(52 - f) that is the bit pattern of `magic` and the product rounded half to even to a multiple of 2^-f. With `triangle` elements with
// j < i are not defined. `work` has room for 256 * (width + 11) doubles.
void cproducts_grid(
    long rows, long width, long columns, const double *left, const double *right, double magic, int triangle,
    double *work, int64_t *sums);

// Products of each row of `left` (`rows` x `columns`) with each row of `right` (`width` x `columns`), to `products[row * width + i]`.
void cproducts_rows(
    long rows, long width, long columns, const double *left, const double *right, double *products);

// Product of a symmetric matrix with a vector; `order` is a multiple of 16.
void cproducts_symmetric(long order, const float *matrix, const float *vector, float *product);

// Adds `factor * source[j]` to `target[j]`.
void cproducts_add(long count, double factor, const double *source, double *target);

#endif
