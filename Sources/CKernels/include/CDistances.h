#ifndef CONCORD_CDISTANCES_H
#define CONCORD_CDISTANCES_H

#include <stdint.h>

// Inner loops of distances around a surface (see Imaging/Regions/SurfaceSweep.swift), in C because a library of Swift
// code is compiled for the baseline instruction set: each of these has a version for AVX2 and one for AVX-512 beside it,
// of the same bits.

enum { CDISTANCES_LANES = 8 };

// Lines or planes of blocks of lanes, x fastest, and those that one of them is compared with.
typedef struct {
    // Squared distance to the nearest seed so far, and its label.
    const float *squares;
    const int32_t *labels;
    // Whether a block holds anything finite.
    const uint8_t *filled;
    // First block of the line itself, then of the one before and the one after it, and so on outwards; -1 for none.
    const long *starts;
    // Of the squared distance to each pair, from the line itself (0) on.
    const float *costs;
    // Pairs.
    long reach;
} cdistances_lines;

// The lowest of the parabolas around each place of a line: lowest and labels, for the blocks whose window is not 0; the
// others are left as they are. Of two as low, that of the nearer line, then of the one before.
void cdistances_lowest(
    const cdistances_lines *lines, const int32_t *window, long blocks, float *lowest, int32_t *labels);

// A point of a surface with the normal there; the fourth numbers mean nothing.
typedef struct {
    float place[4];
    float normal[4];
} cdistances_foot;

// Places of eight feet, and their positions among the feet.
typedef struct {
    float x[CDISTANCES_LANES];
    float y[CDISTANCES_LANES];
    float z[CDISTANCES_LANES];
    int32_t names[CDISTANCES_LANES];
} cdistances_eight;

typedef struct {
    const cdistances_foot *feet;
    // Those around each foot are eights[first[foot]] up to eights[first[foot + 1]].
    const cdistances_eight *eights;
    const int32_t *first;
    // Radius of the disc around each foot.
    float radius;
} cdistances_discs;

// Lays out the feet around the feet of a plane: those of the points beside each of its points, 27 at most, the last one
// standing for those that are missing in its last eight. foot_of holds the foot of each point of three planes with rows of
// width points, or -1, and starts where the planes before, of and after these points begin; begun is how many eights were
// laid out before. Returns how many are added, four for each point at most, and where they end for each point.
long cdistances_lay_out(
    const cdistances_foot *feet, const int32_t *foot_of, const long starts[3], long width, const int32_t *points,
    long count, long begun, cdistances_eight *eights, int32_t *ends);

// A plane of points: rows of width points, in blocks of lanes that fill pitch places.
typedef struct {
    long rows;
    long width;
    long pitch;
    float step_x;
    float step_y;
    float z;
    // Squared distances to the nearest seed up to which distances are wanted.
    float limit_outside;
    float limit_inside;
} cdistances_plane;

// The distance from each point to the nearest of the discs around its nearest seed, negative where the function is not;
// infinite beyond the limits. The blocks whose window is 0 are left as they are. Squares and labels have rows of pitch,
// function and distances of width; eight more numbers than the plane has of the function can be read.
void cdistances_discs_plane(
    const cdistances_discs *discs, const cdistances_plane *plane, const int32_t *window, const float *squares,
    const int32_t *labels, const float *function, float *distances);

// Weighted sums of numbers at the same place of some rows, added in their order to what the sum begins with.
void cdistances_blend(
    const float *const *rows, const float *weights, long count, float begin, long width, float *target);

// Eight line segments of a contour: where they start, what leads to their ends, and its squared length, or 1 without any.
typedef struct {
    float x[CDISTANCES_LANES], y[CDISTANCES_LANES];
    float dx[CDISTANCES_LANES], dy[CDISTANCES_LANES];
    float square[CDISTANCES_LANES];
} cdistances_segments;

// Lays out the segments in and beside each cell with any (18 at most, the last standing for those that are missing): cells
// in rows of cells_x have number segments from first on, each of which is four numbers, x and y of its ends. Writes where
// those of a cell begin and how many eights they are, and returns the number of eights, three for each such cell at most.
long cdistances_lay_out_segments(
    const uint8_t *number, const int32_t *first, const float *ends, long cells_x, long cells_y,
    cdistances_segments *eights, int32_t *begin, uint8_t *count);

// A row or column of sample points: its place, the cell around it, and where in the cell it lies, 0 to 1.
typedef struct {
    float place;
    float share;
    int32_t cell;
} cdistances_sample;

// What distances to a contour are found from: the nearest cell with segments for each cell, those that are laid out, and
// the level at the corners of the cells.
typedef struct {
    const int32_t *nearest;
    const cdistances_segments *eights;
    const int32_t *begin;
    const uint8_t *count;
    const float *level;
    long cells_x;
} cdistances_contour;

// Distances of a row of sample points to the nearest segment, positive where the level is.
void cdistances_contour_row(
    const cdistances_contour *contour, cdistances_sample row, const cdistances_sample *columns, long count,
    float *distances);

#endif
