#ifndef CONCORD_CFOURIER_H
#define CONCORD_CFOURIER_H

// Fourier transforms of eight lines together and what stands around them in sums over all pairs of voxels (see
// Radiomics/Shape/SpatialAutocorrelation.swift). A line of samples is, for each, the complex numbers of eight transforms:
// eight real parts, then eight imaginary ones. Lines, spectra and planes are 16-byte aligned.
//
// In C because Swift has no versions of a function by processor: there is one for AVX-512, one for AVX2 and one for the
// baseline. No multiplication and addition are fused, so that all give the same bits.

#include <stdint.h>

enum { CFOURIER_LANES = 8 };

// One stage of Stockham's transform of `radix * groups * stride` samples; radix 2, 3, 4 or 5. `twiddles` holds cosine and
// sine of `radix - 1` angles for each group.
typedef struct {
    long radix, groups, stride;
    const float *twiddles;
} cfourier_stage;

// Transforms a line of `length` samples (exponent with negative sign) by its stages, the first `present` of which are given
// and the others 0. `scratch` has room for two lines; the result is in it, or is the line itself if that has one sample.
const float *cfourier_transform(
    const cfourier_stage *stages, long count, long present, long length, const float *line, float *scratch);

// Standardised intensities inside a mask of 0 and 1, 0 elsewhere; the mask as numbers; the squares of the first.
void cfourier_signals(
    long count, const float *intensities, const uint8_t *inside, double mean, double deviation, float *values, float *mask,
    float *squares);

// Makes a line of the first `count` numbers of eight rows, `step` apart, as real parts and of eight others as imaginary
// parts; rows that are missing are 0.
void cfourier_gather(
    const float *re, long re_rows, const float *im, long im_rows, long step, long count, float *line);

// Writes the first `count` real or imaginary parts of a line to rows `step` apart.
void cfourier_scatter(const float *line, int imaginary, long rows, long step, long count, float *target);

// Takes the spectra of the real (or imaginary) signals out of a transformed line. Block by block of 8 frequencies, `step`
// vectors apart, it writes a vector for each row; beyond half the length they are 0.
void cfourier_separate(
    const float *line, long length, int imaginary, long rows, long blocks, long step, float *spectrum);

// Transforms a block of a spectrum along the rows of each slice, with zeros up to `length`; the vectors of all slices stand
// together in the result, row by row. `scratch` has room for two lines.
void cfourier_columns(
    const cfourier_stage *stages, long count, const float *spectrum, long slices, long rows, long length, float *plane,
    float *scratch);

// Blocks of one or two signals' spectra before the transform along z, and of the kernel's.
typedef struct {
    // The second is null where there is no other.
    const float *first, *second;
    long slices, height, depth;
    // One octant: vectors for the rows and slices up to half the padded size, so many numbers apart.
    const float *kernel;
    long kernel_row, kernel_slice;
    // How often each frequency of the block counts.
    const float *symmetry;
} cfourier_pairs;

// Adds the sums over pairs of w a_i a_j, and of w a_i b_j where there is a second signal, to eight lanes each, for a block
// of frequencies. `scratch` has room for four lines of `depth`.
void cfourier_pair_sums(
    const cfourier_stage *stages, long count, const cfourier_pairs *pairs, float *scratch, double *powers,
    double *products);

// 1 / distance at displacements of 0, `step`, ... along x and of two others across; infinite at none.
void cfourier_inverse_distances(long count, double step, double across, double along, float *values);

#endif
