import ArgumentParser
import Extraction

/// The files of one case.
struct ImageFileOptions: ParsableArguments {
    @Option(help: "Image: DICOM file or folder, NIfTI, NRRD, PNG.") var image: String?
    @Option(help: "Mask of the tumour: NIfTI, NRRD, PNG, DICOM SEG or RTSTRUCT.") var mask: String?
    @Option(help: "Label of the tumour in the mask; default: every voxel that is not 0.") var label: Int?
    @Option(help: "Name of the segment or region of interest in a DICOM mask.") var region: String?
    @Option(help: "Mask of the organ in which rings must lie.") var organ: String?
    @Option(help: "Mask of what rings must not touch: vessels, air, another lesion; may be repeated.")
    var exclude: [String] = []
    @Option(help: "Image of a second phase on the same grid, for habitats by enhancement.") var phase2: String?
    @Option(help: "Picture of an ultrasound clip, from 1.") var frame: Int?
    @Option(name: .customLong("spacing-mm"), help: "Pixel spacing in mm for images that carry none.")
    var spacingMM: Double?

    /// The case; nil where image or mask is not given.
    ///
    /// - Parameter label: the label of the tumour where none is given.
    func source(label defaultLabel: Int?, caseID: String = "case") -> CaseSource? {
        guard let image, let mask else { return nil }
        return CaseSource(
            caseID: caseID, image: image, mask: mask, label: label ?? defaultLabel, name: region, organ: organ,
            excluded: exclude, phase2: phase2, frame: frame, spacingMM: spacingMM)
    }
}

/// The reason of a failure with the file that it is about.
func reason(_ failure: CaseFailure, of source: CaseSource) -> String {
    // Reasons of the readers name their file; others are about what was drawn.
    let names = [source.image, source.mask].map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    return names.contains { failure.message.hasPrefix($0) } ? failure.message : "\(names[1]): \(failure.message)"
}
