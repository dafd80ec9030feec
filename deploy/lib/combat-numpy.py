"""ComBat from aggregates in plain numpy, on a simulated table: CPU seconds and peak memory, to set beside concord's.

combat-numpy.py rows features batches
"""
import resource, sys, time
import numpy as np

n, p, k = map(int, sys.argv[1:4])
random = np.random.default_rng(7)
batch = np.arange(n) % k
x = np.column_stack([random.uniform(40, 80, n), random.integers(0, 2, n)])
y = random.standard_normal((n, p))
y += 10 + 0.02 * x[:, :1] + random.uniform(-0.5, 0.5, (k, p))[batch]
start = time.process_time()
rows = [np.flatnonzero(batch == i) for i in range(k)]
cxx, cxy, cyy = np.zeros((2, 2)), np.zeros((2, p)), np.zeros(p)
for own in rows:
    yc, xc = y[own] - y[own].mean(0), x[own] - x[own].mean(0)
    cxx += xc.T @ xc
    cxy += xc.T @ yc
    cyy += np.einsum("ij,ij->j", yc, yc)
beta = np.linalg.solve(cxx, cxy)
grand = y.mean(0) - x.mean(0) @ beta
sigma = np.sqrt((cyy - (beta * cxy).sum(0)) / n)
for own in rows:
    fitted = grand + x[own] @ beta
    s = (y[own] - fitted) / sigma
    m, g, d = len(own), s.mean(0), s.var(0, ddof=1)
    gbar, t2, dm, dv = g.mean(), g.var(ddof=1), d.mean(), d.var(ddof=1)
    a, b = (2 * dv + dm**2) / dv, (dm * dv + dm**3) / dv
    gs, ds = g, d
    for _ in range(1000):
        gn = (t2 * m * g + ds * gbar) / (t2 * m + ds)
        dn = (0.5 * ((m - 1) * d + m * (g - gn) ** 2) + b) / (m / 2 + a - 1)
        change = max(np.abs(gn - gs).max(), np.abs(dn / ds - 1).max())
        gs, ds = gn, dn
        if change < 1e-10:
            break
    y[own] = (s - gs) / np.sqrt(ds) * sigma + fitted
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-9
print(f"{n} x {p} in {k}: {seconds:.3f} CPU s, peak {peak:.3f} GB")
