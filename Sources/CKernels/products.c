#include "CProducts.h"

#include <math.h>

#include "versions.h"

typedef double lanes __attribute__((vector_size(64), aligned(8)));
typedef int64_t integers __attribute__((vector_size(64), aligned(8)));
typedef float singles __attribute__((vector_size(64), aligned(4)));
typedef int32_t words __attribute__((vector_size(64), aligned(4)));

enum { WIDE = 8, TALL = 4, BLOCK = 32, CHUNK = 1024, SINGLES = 16, SPAN = 512 };

#define AT(place) (*(const lanes *)(place))
#define SINGLE(place) (*(const singles *)(place))
#define CHOOSE(mask, yes, no) ((lanes)(((mask) & (integers)(yes)) | (~(mask) & (integers)(no))))
#define EACH for (int a = 0; a < TALL; a++)

// Four columns by four, whose sums stay in registers, of up to 1024 rows. Beyond the edge the last column is taken again.
#define TILES(name, attributes, ROUNDED)                                                                        \
    attributes void name(                                                                                       \
        long rows, long stride, long lefts, const double *left, long rights, const double *right,               \
        const int64_t *columns, double magic, int triangle, int64_t *sums) {                                    \
        const lanes origin = magic - (lanes){0};                                                                \
        for (long first = 0; first < rows; first += CHUNK)                                                      \
            for (long block = 0; block < lefts; block += BLOCK)                                                 \
                for (long j = 0; j < rights; j += TALL)                                                         \
                    for (long i = block; i < lefts && i < block + BLOCK; i += TALL) {                           \
                        if (triangle && i > j + TALL - 1) break;                                                \
                        long end = rows - first < CHUNK ? rows - first : CHUNK;                                 \
                        const double *l[TALL], *r[TALL];                                                        \
                        EACH {                                                                                  \
                            long own = i + a < lefts ? i + a : lefts - 1;                                       \
                            long other = j + a < rights ? j + a : rights - 1;                                   \
                            l[a] = left + own * stride + first;                                                 \
                            r[a] = right + (columns ? columns[other] : other) * stride + first;                 \
                        }                                                                                       \
                        integers sum[TALL][TALL] = {0};                                                         \
                        for (long row = 0; row < end; row += WIDE) {                                            \
                            lanes x0 = AT(r[0] + row), x1 = AT(r[1] + row), x2 = AT(r[2] + row);                \
                            lanes x3 = AT(r[3] + row);                                                          \
                            EACH {                                                                              \
                                lanes factor = AT(l[a] + row);                                                  \
                                sum[a][0] += (integers)ROUNDED(factor, x0, origin);                             \
                                sum[a][1] += (integers)ROUNDED(factor, x1, origin);                             \
                                sum[a][2] += (integers)ROUNDED(factor, x2, origin);                             \
                                sum[a][3] += (integers)ROUNDED(factor, x3, origin);                             \
                            }                                                                                   \
                        }                                                                                       \
                        for (long a = 0; a < TALL && i + a < lefts; a++)                                        \
                            for (long b = 0; b < TALL && j + b < rights; b++) {                                 \
                                uint64_t *own = (uint64_t *)sums + (i + a) * rights + j + b;                    \
                                for (int lane = 0; lane < WIDE; lane++) *own += (uint64_t)sum[a][b][lane];      \
                            }                                                                                   \
                    }                                                                                           \
    }

#define FUSED(factor, x, origin) __builtin_elementwise_fma(factor, x, origin)

// Without fused operations: a product that was rounded to a double lies on the wrong side of the middle between two multiples only where it
// seems to lie on it.
static inline __attribute__((always_inline)) lanes stepwise(lanes factor, lanes x, lanes origin) {
    lanes product = factor * x, sum = product + origin, rest = product - (sum - origin);
    const double half = origin[0] / 1.5 * 0x1p-53;
    integers isMiddle = (rest == half) | (rest == -half);
    int64_t any = 0;
    for (int lane = 0; lane < WIDE; lane++) any |= isMiddle[lane];
    if (any)
        for (int lane = 0; lane < WIDE; lane++) sum[lane] = fma(factor[lane], x[lane], origin[lane]);
    return sum;
}

TILES(cproducts_grid_stepwise, , stepwise)
#if defined(__x86_64__) && defined(__linux__)
TILES(fused256, static __attribute__((target("avx2,fma"))), FUSED)
TILES(fused512, static __attribute__((target("avx512f"))), FUSED)
#elif defined(__aarch64__)
TILES(fused128, static, FUSED)
#endif

// The version of a function for this processor, of the same bits.
#if defined(__x86_64__) && defined(__linux__)
#define BEST(name, stepwise)                                                       \
    (__builtin_cpu_supports("avx512f")                                 ? name##512 \
     : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? name##256 \
                                                                       : stepwise)
#elif defined(__aarch64__)
#define BEST(name, stepwise) name##128
#else
#define BEST(name, stepwise) stepwise
#endif

void cproducts_grid(
    long rows, long stride, long lefts, const double *left, long rights, const double *right, const int64_t *columns,
    double magic, int triangle, int64_t *sums) {
    BEST(fused, cproducts_grid_stepwise)(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
}

// The same tiles in single precision. Integers below 2^22 of 512 rows stay within 32 bits.
#define SINGLE_TILES(name, attributes)                                                                          \
    attributes void name(                                                                                       \
        long rows, long stride, long lefts, const float *left, long rights, const float *right,                 \
        const int64_t *columns, int bits, int triangle, int64_t *sums) {                                        \
        const singles origin = ldexpf(1.5f, 23 - bits) - (singles){0};                                          \
        for (long block = 0; block < lefts; block += BLOCK)                                                     \
            for (long j = 0; j < rights; j += TALL)                                                             \
                for (long i = block; i < lefts && i < block + BLOCK; i += TALL) {                               \
                    if (triangle && i > j + TALL - 1) break;                                                    \
                    const float *l[TALL], *r[TALL];                                                             \
                    EACH {                                                                                      \
                        l[a] = left + (i + a < lefts ? i + a : lefts - 1) * stride;                             \
                        r[a] = right + columns[j + a < rights ? j + a : rights - 1] * stride;                   \
                    }                                                                                           \
                    for (long first = 0; first < rows; first += SPAN) {                                         \
                        long end = first + SPAN < rows ? first + SPAN : rows;                                   \
                        words sum[TALL][TALL] = {0};                                                            \
                        for (long row = first; row < end; row += SINGLES) {                                     \
                            singles x0 = SINGLE(r[0] + row), x1 = SINGLE(r[1] + row), x2 = SINGLE(r[2] + row);  \
                            singles x3 = SINGLE(r[3] + row);                                                    \
                            EACH {                                                                              \
                                singles factor = SINGLE(l[a] + row);                                            \
                                sum[a][0] += (words)FUSED(factor, x0, origin);                                  \
                                sum[a][1] += (words)FUSED(factor, x1, origin);                                  \
                                sum[a][2] += (words)FUSED(factor, x2, origin);                                  \
                                sum[a][3] += (words)FUSED(factor, x3, origin);                                  \
                            }                                                                                   \
                        }                                                                                       \
                        uint32_t excess = (uint32_t)(end - first) * (uint32_t)((words)origin)[0];               \
                        for (long a = 0; a < TALL && i + a < lefts; a++)                                        \
                            for (long b = 0; b < TALL && j + b < rights; b++) {                                 \
                                uint32_t own = 0;                                                               \
                                for (int lane = 0; lane < SINGLES; lane++) own += (uint32_t)sum[a][b][lane];    \
                                sums[(i + a) * rights + j + b] += (int32_t)(own - excess);                      \
                            }                                                                                   \
                    }                                                                                           \
                }                                                                                               \
    }

#if defined(__x86_64__) && defined(__linux__)
SINGLE_TILES(single256, static __attribute__((target("avx2,fma"))))
SINGLE_TILES(single512, static __attribute__((target("avx512f"))))
#elif defined(__aarch64__)
SINGLE_TILES(single128, static)
#endif

// A product of two floats is a double, so that it is rounded once here too.
void cproducts_single_stepwise(
    long rows, long stride, long lefts, const float *left, long rights, const float *right, const int64_t *columns,
    int bits, int triangle, int64_t *sums) {
    const double origin = ldexp(1.5, 52 - bits);
    for (long i = 0; i < lefts; i++)
        for (long j = triangle ? i : 0; j < rights; j++) {
            const float *l = left + i * stride, *r = right + columns[j] * stride;
            double sum = 0;
            for (long row = 0; row < rows; row++) sum += (double)l[row] * (double)r[row] + origin - origin;
            sums[i * rights + j] += (int64_t)ldexp(sum, bits);
        }
}

void cproducts_single(
    long rows, long stride, long lefts, const float *left, long rights, const float *right, const int64_t *columns,
    int bits, int triangle, int64_t *sums) {
    BEST(single, cproducts_single_stepwise)(rows, stride, lefts, left, rights, right, columns, bits, triangle, sums);
}

VERSIONS void cproducts_split(
    long count, double factor, const double *x, double magic, double lowMagic, double scale, int64_t *high, int64_t *low) {
    integers origin = (integers)(magic - (lanes){0}), lowOrigin = (integers)(lowMagic - (lanes){0});
    long whole = count / WIDE * WIDE;
    for (long j = 0; j < whole; j += WIDE) {
        lanes term = factor * AT(x + j), shifted = term + magic;
        lanes rest = (term - (shifted - magic)) * scale + lowMagic;
        *(integers *)(high + j) += (integers)shifted - origin;
        *(integers *)(low + j) += (integers)rest - lowOrigin;
    }
    for (long j = whole; j < count; j++) {
        lanes term = factor * (x[j] - (lanes){0}), shifted = term + magic;
        lanes rest = (term - (shifted - magic)) * scale + lowMagic;
        high[j] += ((integers)shifted - origin)[0];
        low[j] += ((integers)rest - lowOrigin)[0];
    }
}

VERSIONS void cproducts_total(
    long count, const double *x, const double *y, double magic, double lowMagic, double scale, int64_t *sums) {
    integers origin = (integers)(magic - (lanes){0}), lowOrigin = (integers)(lowMagic - (lanes){0});
    integers high = {0}, low = {0};
    for (long j = 0; j < count; j += WIDE) {
        lanes term = {0};
        if (count - j >= WIDE)
            term = AT(x + j) * AT(y + j);
        else
            for (long rest = j; rest < count; rest++) term[rest - j] = x[rest] * y[rest];
        lanes shifted = term + magic, rest = (term - (shifted - magic)) * scale + lowMagic;
        high += (integers)shifted - origin;
        low += (integers)rest - lowOrigin;
    }
    for (int lane = 0; lane < WIDE; lane++) {
        sums[0] += high[lane];
        sums[1] += low[lane];
    }
}

VERSIONS double cproducts_largest(long count, const double *x) {
    const integers sign = (integers)(-0.0 - (lanes){0});
    long whole = count / WIDE * WIDE;
    lanes most = {0}, faults = {0};
    for (long j = 0; j < whole; j += WIDE) {
        lanes own = (lanes)((integers)AT(x + j) & ~sign);
        integers isMore = own > most;
        most = CHOOSE(isMore, own, most);
        faults += own * 0;
    }
    double largest = 0, fault = 0;
    for (int lane = 0; lane < WIDE; lane++) {
        largest = most[lane] > largest ? most[lane] : largest;
        fault += faults[lane];
    }
    for (long j = whole; j < count; j++) {
        largest = fabs(x[j]) > largest ? fabs(x[j]) : largest;
        fault += x[j] * 0;
    }
    return fault == 0 ? largest : INFINITY;
}

VERSIONS void cproducts_scores(
    long count, const double *x, const double *centres, const double *factors, double *scores) {
    for (long j = 0; j < count; j++) scores[j] = (x[j] - centres[j]) * factors[j];
}

VERSIONS void cproducts_combine(
    long rows, long stride, long count, const double *table, const int64_t *columns, long width, const double *factors,
    double *products) {
    enum { MANY = 8 };
    for (long j = 0; j < count; j += MANY) {
        const double *x[MANY];
        for (int a = 0; a < MANY; a++) x[a] = table + columns[j + a < count ? j + a : j] * stride;
        for (long i = 0; i < width; i++) {
            double c[MANY];
            for (int a = 0; a < MANY; a++) c[a] = j + a < count ? factors[i * count + j + a] : 0;
            double *own = products + i * stride;
            for (long row = 0; row < rows; row += WIDE) {
                lanes sum = AT(own + row);
                for (int a = 0; a < MANY; a++) sum += c[a] * AT(x[a] + row);
                *(lanes *)(own + row) = sum;
            }
        }
    }
}

VERSIONS void cproducts_logistic(
    long count, const double *predictors, const double *events, double *logLikelihoods, double *residuals,
    double *weights) {
    static const double inverseFactorials[] = {
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
        1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1, 1,
    };
    // 1.5 * 2^52: its last bit is 1.
    const double magic = 6755399441055744.0;
    for (long row = 0; row < count; row += WIDE) {
        lanes eta = AT(predictors + row);
        integers isEvent = AT(events + row) != 0, isHigh = eta >= 0;
        lanes x = CHOOSE(isHigh, eta, -eta);
        lanes shifted = x * 1.4426950408889634 + magic, k = shifted - magic;
        lanes r = (k * 6.93147180369123816490e-01 - x) + k * 1.90821492927058770002e-10;
        lanes e = inverseFactorials[0] - (lanes){0};
        for (int order = 1; order < 14; order++) e = e * r + inverseFactorials[order];
        integers power = ((integers)(lanes)(1023 + magic - k)) << 52;
        e *= (lanes)power;
        lanes small = e / (1 + e), large = 1 / (1 + e), s = e / (2 + e), square = s * s, sum = {0};
        for (int order = 35; order > 0; order -= 2) sum = sum * square + 1.0 / order;
        integers isLikely = ~(isHigh ^ isEvent);
        lanes miss = CHOOSE(isLikely, small, large), zero = {0};
        *(lanes *)(logLikelihoods + row) = CHOOSE(isLikely, zero, -x) - 2 * s * sum;
        *(lanes *)(residuals + row) = CHOOSE(isEvent, miss, -miss);
        *(lanes *)(weights + row) = small * large;
    }
}
