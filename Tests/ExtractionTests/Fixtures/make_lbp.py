"""Values of pyradiomics_lbp.json: PyRadiomics 3.0.1 with numpy 1.26.4, SimpleITK 2.5.7, scipy 1.12.0, scikit-image 0.24.0,
trimesh 5.2.0. Usage: make_lbp.py FOLDER_OF_IMAGES > pyradiomics_lbp.json

padDistance is the default, 5: at 2 mm a slice of breast1 lies halfway between two of the mask (9.5), and SimpleITK takes one of
them with a padding of 5 and the other with 10."""
import json
import logging
import sys

from radiomics import featureextractor

logging.disable(logging.WARNING)
folder = sys.argv[1]
found = {}
for case in ["brain1", "brain2", "breast1", "lung1", "lung2"]:
    for spacing in [None, [2, 2, 2]]:
        extractor = featureextractor.RadiomicsFeatureExtractor(
            resampledPixelSpacing=spacing, additionalInfo=False)
        extractor.disableAllImageTypes()
        extractor.enableImageTypeByName("LBP2D", customArgs={"binWidth": 1})
        extractor.enableImageTypeByName("LBP3D", customArgs={"binWidth": 0.1})
        values = extractor.execute(f"{folder}/{case}_image.nrrd", f"{folder}/{case}_label.nrrd")
        names = sorted(name for name in values if name.startswith("lbp"))
        assert found.setdefault("names", names) == names
        found[case if spacing is None else case + " 2 mm"] = [float(f"{float(values[name]):.10g}") for name in names]
json.dump(found, sys.stdout, separators=(",", ":"), sort_keys=True)
