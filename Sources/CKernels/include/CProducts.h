#ifndef CONCORD_CPRODUCTS_H
#define CONCORD_CPRODUCTS_H

#include <stdint.h>

// In C because Swift has no versions of a function by processor: there are some for AVX-512, for AVX2 and for the baseline, and all give the
// same bits. Only where it says so are multiplication and addition fused; sums of floating point have a fixed order of eight or sixteen lanes.

// Sums of products of two tables that are column by column, `stride` numbers each; of the first `rows`, a multiple of 8. To `sums[i * rights + j]` is added, for each row,
// the bit pattern of the double `left[i][row] * right[columns[j]][row] + magic`, rounded once, as an integer that
// wraps. With `magic` = 1.5 * 2^(52 - f) and products below half of 2^(52 - f) that is the bit pattern of
// `magic` and the product rounded half to even to a multiple of 2^-f. With `triangle` elements with j < i are not defined.
void cproducts_grid(
    long rows, long stride, long lefts, const double *left, long rights, const double *right, const int64_t *columns,
    double magic, int triangle, int64_t *sums);

// The same with vectors of 16, 32 or 64 bytes, with the same bits; 0 where this processor has none.
int cproducts_grid_by(
    long bytes, long rows, long stride, long lefts, const double *left, long rights, const double *right,
    const int64_t *columns, double magic, int triangle, int64_t *sums);

// The same for processors without fused operations, with the same bits.
void cproducts_grid_stepwise(
    long rows, long stride, long lefts, const double *left, long rights, const double *right, const int64_t *columns,
    double magic, int triangle, int64_t *sums);

// Sums of products of two tables of integers that are column by column, `stride` numbers each, over the rows from `first` to `end`, multiples of
// 32: to `sums[i * rights + j]` is added that of column i of the left and column `columns[j]` of the right. The magnitudes of the
// products of two columns add up to less than 2^31, and no integer is -2^15. With `triangle` elements with j < i are not defined.
void cproducts_short(
    long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums);

// The same with vectors of 16, 32 or 64 bytes; 0 where this processor has none.
int cproducts_short_by(
    long bytes, long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums);

// The same one by one, for rows and products as they are; with `triangle` elements with j < i stay.
void cproducts_short_stepwise(
    long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums);

// Raises `norms[b]`, for each 32 rows, to the largest sum of squares of a column there.
void cproducts_short_norms(long columns, long stride, const int16_t *shorts, int64_t *norms);

// `x[j] * weights[j] * scale`, rounded half to even; magnitudes below 2^15, else what is left of them.
void cproducts_shorten(long count, const double *x, const double *weights, double scale, int16_t *shorts);

// Splits each `factor * x[j]` into a multiple of the last bit of `magic` and the rest times `scale`, rounded half to even to a multiple of that of
// `lowMagic`, and adds both to `high[j]` and `low[j]` as integers that wrap.
void cproducts_split(
    long count, double factor, const double *x, double magic, double lowMagic, double scale, int64_t *high, int64_t *low);

// The same of each `x[j] * y[j]`, all added to the two `sums`.
void cproducts_total(
    long count, const double *x, const double *y, double magic, double lowMagic, double scale, int64_t *sums);

// Largest magnitude; infinite where one of the numbers is none.
double cproducts_largest(long count, const double *x);

// `(x[j] - centres[j]) * factors[j]`.
void cproducts_scores(long count, const double *x, const double *centres, const double *factors, double *scores);

// Adds to `products[i * stride + row]`, for the first `rows`, a multiple of 8, the sum over `count` columns of
// `factors[i * count + j] * table[columns[j]][row]`.
void cproducts_combine(
    long rows, long stride, long count, const double *table, const int64_t *columns, long width, const double *factors,
    double *products);

// Logistic regression's terms of `count` cases, a multiple of 8, as `LogisticFunction` has them: log-likelihood, outcome less probability, and
// p (1 - p); of `events` 0 or 1. They are not defined where the predictor's magnitude is 700 and more.
void cproducts_logistic(
    long count, const double *predictors, const double *events, double *logLikelihoods, double *residuals,
    double *weights);

// Product of a symmetric matrix, `stride` numbers a row, a multiple of 16, with a vector that is 0 beside the listed rows, which ascend. Elements of
// the product beside them are not defined.
void cproducts_symmetric(
    long stride, const float *matrix, long count, const int64_t *rows, const float *vector, float *product);

// Cholesky factorisation of a symmetric matrix in place, of which the upper triangle is given: `width` numbers a row, a multiple of 16, and as many
// rows, with 0 beyond `count`. Afterwards the rows of the factor stand above the diagonal, and `blocks`, which was 0, holds the inverses of its
// blocks of 16 x 16 on the diagonal. A pivot that is lost in rounding counts as its diagonal element.
void cproducts_factor(long count, long width, float *factor, float *blocks);

// Adds a row and a column at the end of what was factored: `column` holds the column above the diagonal, 0 beyond, and is overwritten.
void cproducts_border(long count, long width, float *factor, float *blocks, float diagonal, float *column);

// Solution of the equations of the listed rows, which ascend, by conjugate gradients: the symmetric matrix with `ridges` on its diagonal.
// They are conditioned by a factor of the equations of the rows `places`, `width` numbers a row, and beside them by `inverse`, the inverse of the
// diagonal, which is 0 beside the listed rows. Ends when no residual is above `least`, or above `share` of the largest at the start, or
// after `limit` steps; returns their number. `right` is 0 beside the rows and becomes the residuals; `work` has room for three vectors of `stride`
// and one of `width` numbers.
long cproducts_solve(
    long stride, const float *matrix, const float *ridges, const float *inverse, long count, const int64_t *rows,
    long factored, long width, const float *factor, const float *blocks, const int64_t *places, float share, float least,
    long limit, float *right, float *work, float *solution);

// Adds `factor * source[j]` to `target[j]`; `count` is a multiple of 16.
void cproducts_add(long count, float factor, const float *source, float *target);

// Adds `a[i] * x[j] + b[i] * y[j]` to the element i, j of the first `rows` rows of a matrix, `stride` numbers each, a multiple of 16.
void cproducts_update(
    long rows, long stride, float *matrix, const float *a, const float *x, const float *b, const float *y);

#endif
