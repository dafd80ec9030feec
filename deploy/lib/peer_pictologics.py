"""One job of Pictologics for bench_peers.py: `JOB CALLS IMAGE MASK[:LABEL]...` prints the CPU seconds of each call as JSON."""
import json
import sys
import time
import warnings

job, calls, image = sys.argv[1], int(sys.argv[2]), sys.argv[3]
masks = [path.split(":") for path in sys.argv[4:]]
warnings.simplefilter("ignore")

from pictologics import RadiomicsPipeline  # noqa: E402

pipeline = RadiomicsPipeline()
names = []


def add(name, label, *filters):
    select = [{"step": "binarize_mask", "params": {"mask_values": int(label)}}] if label else []
    # Responses of a filter have no zero to start at: 32 bins, as many as PyRadiomics has there on average.
    bins = {"method": "FBN", "n_bins": 32} if filters else {"method": "FBS", "bin_width": 25, "min_val": -1024}
    steps = select + [{"step": "filter", "params": params} for params in filters]
    steps += [{"step": "discretise", "params": bins}, {"step": "extract_features", "params": {}}]
    pipeline.add_config(name, steps)
    names.append(name)


runs = []
for place, parts in enumerate(masks):
    names = []
    add(f"original{place}", parts[1] if len(parts) > 1 else None)
    if job == "filters":
        for sigma in (1.0, 2.0, 3.0):
            add(f"log{sigma}", None, {"type": "log", "sigma_mm": sigma})
        for band in ("LLL", "LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"):
            add(band, None, {"type": "wavelet", "wavelet": "coif1", "decomposition": band})
    runs.append((parts[0], names))
seconds = []
for _ in range(calls):
    before, values = time.process_time(), 0
    for mask, chosen in runs:
        values += sum(len(table) for table in pipeline.run(image=image, mask=mask, config_names=chosen).values())
    seconds.append(time.process_time() - before)
print(json.dumps({"calls": seconds, "values": values}))
