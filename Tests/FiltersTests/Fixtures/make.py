#!/usr/bin/env python3
"""Writes phase1.json: samples and statistics of the IBSI 2 phase 1 response maps, made with NumPy and SciPy.

    python3 make.py <folder of the IBSI 2 digital phantoms> > phase1.json

Nothing here is the product's: SciPy's filters in double precision, wavelet coefficients in closed form where there is one,
Gabor kernels over the whole image without truncation, the 24 rotations made by turning the image instead of the kernel.
"""
import gzip
import itertools
import json
import pathlib
import struct
import sys

import numpy as np
import scipy.ndimage as ndi
import scipy.signal as signal

SPACING = 2.0
MODE = {"zero": "constant", "nearest": "nearest", "periodic": "wrap", "mirror": "reflect"}
PAD = {"zero": "constant", "nearest": "edge", "periodic": "wrap", "mirror": "symmetric"}
# Axes of the arrays are (z, y, x).
LAWS = {
    "L5": [1, 4, 6, 4, 1], "E5": [-1, -2, 0, 2, 1], "S5": [-1, 0, 2, 0, -1], "W5": [-1, 2, 0, -2, 1],
    "R5": [1, -4, 6, -4, 1], "E3": [-1, 0, 1],
}
R2, R3, R7 = np.sqrt([2, 3, 7])
# Scaling functions with sum sqrt(2), in the order of Daubechies.
SCALING = {
    "haar": np.array([1, 1]) / R2,
    "db2": np.array([1 + R3, 3 + R3, 3 - R3, 1 - R3]) / (4 * R2),
    "coif1": np.array([1 - R7, 5 + R7, 14 + 2 * R7, 14 - 2 * R7, 1 - R7, -3 + R7]) / (16 * R2),
}


def phantom(folder, name):
    data = gzip.open(folder / f"{name}.nii.gz").read()
    size = struct.unpack("<3h", data[42:48])
    offset = int(struct.unpack("<f", data[108:112])[0])
    return np.frombuffer(data[offset:], np.uint8).reshape(size[::-1]).astype(float)


def separable(image, kernels, boundary):
    for axis, kernel in zip((2, 1, 0), kernels):
        image = ndi.convolve1d(image, kernel, axis=axis, mode=MODE[boundary])
    return image


def turns(flat):
    """All right-angle rotations of an array and their inverses."""
    for axes in itertools.permutations(range(3)):
        for flips in itertools.product((1, -1), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), axes] = flips
            if np.linalg.det(matrix) < 0 or (flat and not (axes[0] == 0 and flips[0] == 1)):
                continue
            cut = tuple(slice(None, None, flip) for flip in flips)
            yield (lambda a, axes=axes, cut=cut: a.transpose(axes)[cut],
                   lambda a, axes=axes, cut=cut: a[cut].transpose(np.argsort(axes)))


def pooled(image, respond, flat, pooling):
    if pooling is None:
        return respond(image)
    maps = [back(respond(turn(image))) for turn, back in turns(flat)]
    assert len(maps) == (4 if flat else 24)
    return np.max(maps, axis=0) if pooling == "max" else np.mean(maps, axis=0)


def mean(image, support, flat, boundary):
    return ndi.uniform_filter(image, [1 if flat else support, support, support], mode=MODE[boundary])


def laplacian(image, sigma, flat, boundary):
    one = lambda a: ndi.gaussian_laplace(a, sigma / SPACING, mode=MODE[boundary], truncate=4)
    return np.stack([one(plane) for plane in image]) if flat else one(image)


def laws(image, names, flat, boundary, pooling, distance):
    kernels = [np.array(LAWS[names[i:i + 2]], float) for i in range(0, len(names), 2)]
    kernels = [kernel / np.linalg.norm(kernel) for kernel in kernels]
    result = pooled(image, lambda a: separable(a, kernels, boundary), flat, pooling)
    return result if distance is None else mean(np.abs(result), 2 * distance + 1, flat, boundary)


def gabor_plane(image, sigma, wavelength, gamma, angle, boundary):
    """Modulus over the last two axes."""
    reach = max(image.shape[1:])
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1] * SPACING
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kernel = np.exp(-(u ** 2 + gamma ** 2 * v ** 2) / (2 * sigma ** 2) + 2j * np.pi * u / wavelength)
    padded = np.pad(image, ((0, 0), (reach, reach), (reach, reach)), PAD[boundary])
    return np.abs(signal.fftconvolve(padded, kernel[None], mode="valid", axes=(1, 2)))


def gabor(image, sigma, wavelength, gamma, angles, planes, boundary):
    maps = []
    for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1)) if planes else ((0, 1, 2),):
        turned = image.transpose(order)
        for angle in angles:
            response = gabor_plane(turned, sigma, wavelength, gamma, angle, boundary)
            maps.append(response.transpose(np.argsort(order)))
    return np.mean(maps, axis=0)


def wavelet(image, family, letters, level, boundary, pooling):
    low = SCALING[family][::-1]
    high = low[::-1] * np.where(np.arange(len(low)) % 2 == 0, -1, 1)

    def spread(kernel, step):
        wide = np.zeros(step * len(kernel) + 1)
        wide[:-1:step] = kernel
        return wide

    def respond(a):
        for step in range(1, level):
            a = separable(a, [spread(low, 2 ** (step - 1))] * 3, boundary)
        kernels = [spread(low if letter == "L" else high, 2 ** (level - 1)) for letter in letters]
        return separable(a, kernels, boundary)

    return pooled(image, respond, False, pooling)


def simoncelli(image, level):
    axes = [np.fft.ifftshift(np.linspace(-1, 1, count)) for count in image.shape]
    radius = np.sqrt(sum(axis ** 2 for axis in np.meshgrid(*axes, indexing="ij")))
    top = 2.0 ** (1 - level)
    band = (radius >= top / 4) & (radius <= top)
    transfer = np.zeros(image.shape)
    transfer[band] = np.cos(np.pi / 2 * np.log2(2 * radius[band] / top))
    return np.fft.ifftn(np.fft.fftn(image) * transfer).real


FULL = lambda parts: np.arange(0, 2 * np.pi - 1e-9, np.pi / parts)
TESTS = {
    "1.a.1": ("checkerboard", lambda a: mean(a, 15, False, "zero")),
    "1.a.2": ("checkerboard", lambda a: mean(a, 15, False, "nearest")),
    "1.a.3": ("checkerboard", lambda a: mean(a, 15, False, "periodic")),
    "1.a.4": ("checkerboard", lambda a: mean(a, 15, False, "mirror")),
    "1.b.1": ("impulse", lambda a: mean(a, 15, True, "zero")),
    "2.a": ("impulse", lambda a: laplacian(a, 3, False, "zero")),
    "2.b": ("checkerboard", lambda a: laplacian(a, 5, False, "mirror")),
    "2.c": ("checkerboard", lambda a: laplacian(a, 5, True, "mirror")),
    "3.a.1": ("impulse", lambda a: laws(a, "E5L5S5", False, "zero", None, None)),
    "3.a.2": ("impulse", lambda a: laws(a, "E5L5S5", False, "zero", "max", None)),
    "3.a.3": ("impulse", lambda a: laws(a, "E5L5S5", False, "zero", "max", 7)),
    "3.b.1": ("checkerboard", lambda a: laws(a, "E3W5R5", False, "mirror", None, None)),
    "3.b.2": ("checkerboard", lambda a: laws(a, "E3W5R5", False, "mirror", "max", None)),
    "3.b.3": ("checkerboard", lambda a: laws(a, "E3W5R5", False, "mirror", "max", 7)),
    "3.c.1": ("checkerboard", lambda a: laws(a, "L5S5", True, "mirror", None, None)),
    "3.c.2": ("checkerboard", lambda a: laws(a, "L5S5", True, "mirror", "max", None)),
    "3.c.3": ("checkerboard", lambda a: laws(a, "L5S5", True, "mirror", "max", 7)),
    "4.a.1": ("impulse", lambda a: gabor(a, 10, 4, 0.5, [np.pi / 3], False, "zero")),
    "4.a.2": ("impulse", lambda a: gabor(a, 10, 4, 0.5, FULL(4), True, "zero")),
    "4.b.1": ("sphere", lambda a: gabor(a, 20, 8, 2.5, [5 * np.pi / 4], False, "mirror")),
    "4.b.2": ("sphere", lambda a: gabor(a, 20, 8, 2.5, FULL(8), True, "mirror")),
    "5.a.1": ("impulse", lambda a: wavelet(a, "db2", "LHL", 1, "zero", None)),
    "5.a.2": ("impulse", lambda a: wavelet(a, "db2", "LHL", 1, "zero", "average")),
    "6.a.1": ("sphere", lambda a: wavelet(a, "coif1", "HHL", 1, "periodic", None)),
    "6.a.2": ("sphere", lambda a: wavelet(a, "coif1", "HHL", 1, "periodic", "average")),
    "7.a.1": ("checkerboard", lambda a: wavelet(a, "haar", "LLL", 2, "mirror", "average")),
    "7.a.2": ("checkerboard", lambda a: wavelet(a, "haar", "HHH", 2, "mirror", "average")),
    "8.a.1": ("checkerboard", lambda a: simoncelli(a, 1)),
    "8.a.2": ("checkerboard", lambda a: simoncelli(a, 2)),
    "8.a.3": ("checkerboard", lambda a: simoncelli(a, 3)),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    random = np.random.default_rng(2006_05470)
    maps = {}
    for name, (image, respond) in TESTS.items():
        response = respond(phantom(folder, image))
        # Places anywhere, and the largest magnitudes.
        flat = response.ravel()
        places = np.concatenate([random.choice(flat.size, 24, replace=False), np.argsort(-np.abs(flat))[:8]])
        maps[name] = {
            "mean": float(f"{flat.mean():.9g}"), "sd": float(f"{flat.std():.9g}"), "min": float(f"{flat.min():.9g}"),
            "max": float(f"{flat.max():.9g}"), "places": places.tolist(),
            "values": [float(f"{value:.9g}") for value in flat[places]],
        }
        print(name, file=sys.stderr)
    lines = [f"{json.dumps(name)}: {json.dumps(maps[name])}" for name in maps]
    print("{\n" + ",\n".join(lines) + "\n}")


main()
