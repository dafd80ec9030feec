#ifndef CONCORD_CSURFACES_H
#define CONCORD_CSURFACES_H

#include <stdint.h>

// Loops over the voxels, corners and faces of a mask's surface and its convex hull, in C for versions by processor (see
// CFourier.h). Points and normals are three arrays of their components; a direction is three numbers.

// Bits of the eight voxels of each of `count` cubes between four neighbouring rows of `count + 1` voxels, which are 0 or 1.
void csurfaces_cubes(
    const uint8_t *near, const uint8_t *next_near, const uint8_t *far, const uint8_t *next_far, long count,
    uint8_t *cubes);

// The first place at which two rows of bytes differ and the last, or `count` and -1.
void csurfaces_differences(const uint8_t *a, const uint8_t *b, long count, long *first, long *last);

// Extent of some points along a direction.
double csurfaces_extent(const double *x, const double *y, const double *z, long count, const double *direction);

// Which normals point along a direction.
void csurfaces_facing(
    const double *x, const double *y, const double *z, long count, const double *direction, uint8_t *facing);

// An edge from corner to corner with the faces on its two sides.
typedef struct {
    int32_t from, to, left, right;
} csurfaces_edge;

// The corner that follows each on the outline, where edges have a facing triangle on one side; returns the number of these
// edges, and one corner of the outline. Other corners' places are left, and that of `elsewhere` is written at will.
long csurfaces_outline(
    const csurfaces_edge *edges, long count, const uint8_t *facing, int32_t *following, int32_t elsewhere,
    int32_t *start);

// 1 + the squared distances from a centre for the inverse of a covariance (xx, yy, zz, xy, xz, yz); returns the place of the
// first of the largest.
long csurfaces_distances(
    const double *x, const double *y, const double *z, long count, const double *centre, const double *inverse,
    double *distances);

// The largest squared distance of a point from the first `count` ones, or `least` if that is larger.
double csurfaces_farthest(const double *x, const double *y, const double *z, long count, long point, double least);

#endif
