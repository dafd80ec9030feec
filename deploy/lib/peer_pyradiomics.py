"""One job of PyRadiomics for bench_peers.py: `JOB CALLS IMAGE MASK[:LABEL]...` prints the CPU seconds of each call as JSON."""
import json
import logging
import sys
import time

job, calls, image = sys.argv[1], int(sys.argv[2]), sys.argv[3]
masks = [(path.split(":") + ["1"])[:2] for path in sys.argv[4:]]

start = time.process_time()
from radiomics import featureextractor  # noqa: E402

logging.disable(logging.WARNING)
settings = {"force2D": True} if job == "flat" else {}
extractor = featureextractor.RadiomicsFeatureExtractor(binWidth=25, additionalInfo=False, **settings)
if job == "flat":
    extractor.enableFeatureClassByName("shape", enabled=False)
    extractor.enableFeatureClassByName("shape2D")
if job == "filters":
    extractor.enableImageTypeByName("LoG", customArgs={"sigma": [1.0, 2.0, 3.0]})
    extractor.enableImageTypeByName("Wavelet")
seconds = []
for _ in range(calls):
    before = time.process_time()
    values = sum(len(extractor.execute(image, mask, label=int(label))) for mask, label in masks)
    seconds.append(time.process_time() - before)
print(json.dumps({"calls": seconds, "values": values}))
