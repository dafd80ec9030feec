"""Extraction of the agent beside other packages on the same files. Standard library only; called by bench-peers.sh.

CPU seconds are those of the process and of all its children; every number is a median of --runs.
"""
import argparse
import ctypes
import json
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))


def run(command, limit=120):
    """CPU seconds, wall seconds, peak MB and output of a process; None when it fails or takes longer than the limit."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        environment = dict(os.environ, PICTOLOGICS_NUM_THREADS="1", OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1",
                           ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS="1")
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=environment)
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            if time.monotonic() - start > limit:
                process.send_signal(signal.SIGKILL)
                os.wait4(process.pid, 0)
                process.returncode = -9
                return None
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode != 0:
            return None
        wall = time.monotonic() - start
        seconds, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
        # Helpers that the process has not waited for are ours now.
        while True:
            try:
                _, _, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            seconds, peak = seconds + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
        return seconds, wall, peak / 1024, output.read().decode()


def median(command, runs, limit=120):
    """Medians of CPU seconds, wall seconds and peak MB; None when a run fails or takes too long."""
    found = []
    for _ in range(runs):
        result = run(command, limit)
        if result is None:
            return None
        found.append(result[:3])
    return tuple(statistics.median(column) for column in zip(*found))


def nifti(path, size, spacing, kind, slices):
    """Writes a NIfTI-1 file: kind 4 is 16-bit signed, 2 is 8-bit unsigned; slices are bytes objects."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *size, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, kind, 16 if kind == 4 else 8)
    struct.pack_into("<8f", header, 76, 1, *spacing, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352)
    struct.pack_into("<f", header, 112, 1)
    struct.pack_into("<hh", header, 252, 0, 1)
    for row in range(3):
        struct.pack_into("<4f", header, 280 + 16 * row, *[spacing[row] if column == row else 0 for column in range(4)])
    header[344:348] = b"n+1\0"
    with open(path, "wb") as file:
        file.write(header)
        for part in slices:
            file.write(part)


def noise(count, seed):
    """16-bit values from 0 to 1023."""
    values = bytearray(random.Random(seed).randbytes(2 * count))
    values[1::2] = bytes(byte & 3 for byte in values[1::2])
    return bytes(values)


def flat(folder):
    """A picture of 512 by 512 pixels with a region of 150,000."""
    image, mask = os.path.join(folder, "flat.nii"), os.path.join(folder, "flat_mask.nii")
    nifti(image, (512, 512, 1), (0.5, 0.5, 1), 4, [noise(512 * 512, 1)])
    rows = [b"\0" * 6 + b"\1" * 500 + b"\0" * 6 if 100 <= row < 400 else b"\0" * 512 for row in range(512)]
    nifti(mask, (512, 512, 1), (0.5, 0.5, 1), 2, [b"".join(rows)])
    return image, mask


def large(folder):
    """A volume of 512 by 512 by 600 voxels with a ball of 20 voxels' radius."""
    image, mask = os.path.join(folder, "large.nii"), os.path.join(folder, "large_mask.nii")
    base = noise(512 * 512, 2)
    nifti(image, (512, 512, 600), (0.7, 0.7, 1), 4, (base[2 * z:] + base[:2 * z] for z in range(600)))

    def ball(z):
        plane = bytearray(512 * 512)
        for y in range(236, 277):
            for x in range(236, 277):
                plane[512 * y + x] = (x - 256) ** 2 + (y - 256) ** 2 + (z - 300) ** 2 <= 400
        return bytes(plane)

    nifti(mask, (512, 512, 600), (0.7, 0.7, 1), 2, (ball(z) for z in range(600)))
    return image, mask


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.peers = [(name, getattr(options, name)) for name in ("pyradiomics", "pictologics") if getattr(options, name)]
        self.settings = self.file("ct.yaml", "levels: {width: 25, origin: -1024}\n")
        self.filters = self.file(
            "filters.yaml",
            "imageType: {Original: {}, LoG: {sigma: [1.0, 2.0, 3.0]}, Wavelet: {}}\nsetting: {binWidth: 25}\n")
        self.image = os.path.join(options.data, "sts/STS_001/CT_image.nii.gz")
        self.mask = os.path.join(options.data, "sts/STS_001/CT_mask.nii.gz")

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def agent(self, *arguments):
        return [self.options.agent, "extract", *arguments, "--format", "csv"]

    def pair(self, image, mask, *arguments):
        return self.agent("--image", image, "--mask", mask, *arguments)

    def manifest(self, cases):
        """A manifest of so many copies of the case."""
        rows = "".join(f"c{index},{self.image},{self.mask}\n" for index in range(cases))
        return self.agent("--manifest", self.file(f"{cases}.csv", "case,image,mask\n" + rows), "--settings", self.settings)

    def peer(self, name, python, job, calls, image, *masks):
        return [python, os.path.join(here, f"peer_{name}.py"), job, str(calls), image, *masks]

    def warm(self, command):
        result = run(command, 600)
        return statistics.median(json.loads(result[3])["calls"][1:]) if result else None

    def show(self, what, unit, ours, others):
        def text(value):
            return "-" if value is None else f"{value:.2f}" if unit != "MB" else f"{value:.0f}"

        cells = [f"concord {text(ours)}"] + [f"{name} {text(value)}" for name, value in others]
        print(f"  {what:<58} {unit:<6} " + "   ".join(cells), flush=True)

    def cold(self, what, command, job, image, masks, limit=120):
        """A whole process: CPU seconds, then peak memory."""
        runs = self.options.runs
        ours = median(command, runs, limit)
        others = [(name, median(self.peer(name, python, job, 1, image, *masks), runs, limit)) for name, python in self.peers]
        for place, unit in ((0, "CPU s"), (2, "MB")):
            self.show(what, unit, ours and ours[place], [(name, value and value[place]) for name, value in others])

    def all(self):
        options, runs = self.options, self.options.runs
        bands = os.path.join(options.data, "peers/ring_bands/STS_001_CT.nii.gz")
        rings = ["--roi", "intratumoral", "--roi", "ring:0-3", "--roi", "ring:3-4", "--roi", "ring:4-5"]
        for name, python in self.peers:
            # The first call of all compiles, or fills the file cache.
            if run(self.peer(name, python, "original", 1, self.image, self.mask), 1200) is None:
                print(f"  {name} does not run here", flush=True)
        print(f"STS_001 CT (117,145 voxels), median of {runs}, one thread; - failed or took longer than allowed:")
        self.cold("cold, original features, one region", self.pair(self.image, self.mask, "--settings", self.settings),
                  "original", self.image, [self.mask])
        more = 10
        one, many = median(self.manifest(1), runs), median(self.manifest(1 + more), runs)
        ours = (many[0] - one[0]) / more if one and many else None
        self.show("warm, the same, files read again", "CPU s", ours,
                  [(name, self.warm(self.peer(name, python, "original", 1 + runs, self.image, self.mask)))
                   for name, python in self.peers])
        self.cold("cold, tumour and three rings (peers: rings given)",
                  self.pair(self.image, self.mask, "--settings", self.settings, *rings), "original", self.image,
                  [self.mask] + [f"{bands}:{label}" for label in (1, 2, 3)])
        self.cold("cold, original, three LoG and eight wavelet images",
                  self.pair(self.image, self.mask, "--pyradiomics", self.filters), "filters", self.image, [self.mask])
        image, mask = flat(self.folder)
        print("a flat region of 150,000 pixels (at most 60 s):")
        self.cold("cold, original features",
                  self.pair(image, mask, "--settings", self.file("flat.yaml", "planar: true\nlevels: {width: 25, origin: 0}\n")),
                  "flat", image, [mask], 60)
        image, mask = large(self.folder)
        print("CT of 512 x 512 x 600 voxels (600 MB in single precision), a ball and, of ours, a ring of 3 mm:")
        self.cold("cold, original features",
                  self.pair(image, mask, "--settings", self.settings, "--roi", "intratumoral", "--roi", "ring:0-3"),
                  "original", image, [mask], 300)
        wall = [median(self.manifest(48) + ["--threads", threads], runs) for threads in ("1", "2")]
        if all(wall):
            print(f"two workers on 48 cases: {wall[0][1] / wall[1][1]:.2f} times as fast as one "
                  f"({wall[0][1]:.2f} s, {wall[1][1]:.2f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})")


def main():
    parser = argparse.ArgumentParser()
    for name in ("agent", "data"):
        parser.add_argument("--" + name, required=True)
    for name in ("pyradiomics", "pictologics"):
        parser.add_argument("--" + name)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    options.data = os.path.abspath(options.data)
    # PR_SET_CHILD_SUBREAPER (Linux): processes that outlive their parent come to this one, so that their time is known.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        Bench(options, folder).all()


if __name__ == "__main__":
    sys.exit(main())
