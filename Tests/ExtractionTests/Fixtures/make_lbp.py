"""Values of pyradiomics_lbp.json: PyRadiomics 3.0.1 with numpy 1.26.4, SimpleITK 2.5.7, scipy 1.12.0, scikit-image 0.24.0,
trimesh 5.2.0. Usage: make_lbp.py FOLDER_OF_IMAGES > pyradiomics_lbp.json

1.7 mm: at 2 mm slices of breast1, lung1 and lung2 lie halfway between two of the mask, and which of them SimpleITK takes changes with
padDistance."""
import json
import logging
import sys

from radiomics import featureextractor

logging.disable(logging.WARNING)
folder = sys.argv[1]
found = {}
for case in ["brain1", "brain2", "breast1", "lung1", "lung2"]:
    for spacing in [None, [1.7, 1.7, 1.7]]:
        extractor = featureextractor.RadiomicsFeatureExtractor(
            resampledPixelSpacing=spacing, additionalInfo=False)
        extractor.disableAllImageTypes()
        extractor.enableImageTypeByName("LBP2D", customArgs={"binWidth": 1})
        extractor.enableImageTypeByName("LBP3D", customArgs={"binWidth": 0.1})
        values = extractor.execute(f"{folder}/{case}_image.nrrd", f"{folder}/{case}_label.nrrd")
        names = sorted(name for name in values if name.startswith("lbp"))
        assert found.setdefault("names", names) == names
        found[case if spacing is None else case + " 1.7 mm"] = [float(f"{float(values[name]):.10g}") for name in names]
json.dump(found, sys.stdout, separators=(",", ":"), sort_keys=True)
