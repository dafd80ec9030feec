import CKernels
import Imaging
import Radiomics

/// A number that tells how image and masks looked at one step of the processing: what two software packages compare
/// first when their features differ (IBSI reference manual, chapter 5).
public struct Diagnostic: Hashable, Sendable, Codable {
    /// The step, as in the IBSI tables: `Diagnostics-initial image`.
    public let family: String
    /// What it is: `Image dimension x`.
    public let name: String
    /// IBSI's tag: `img_dim_x_init_img`.
    public let tag: String
    /// The number; lengths in millimetres.
    public let value: Double

    /// Steps with the ends of their tags.
    enum Step: String {
        case initial = "init"
        case interpolated = "interp"
        case resegmented = "reseg"

        var family: String {
            switch self {
            case .initial: "Diagnostics-initial"
            case .interpolated: "Diagnostics-interpolated"
            case .resegmented: "Diagnostics-resegmented"
            }
        }
    }

    /// Boxes, counts and intensities of the masks on a grid.
    static func region(_ summary: MaskSummary, on size: GridSize, _ step: Step) -> [Diagnostic] {
        var numbers: [(String, String, Double)] = []
        for (prefix, tag, extent) in [
            ("Int. mask dimension", "int_mask_dim", size),
            ("Int. mask bounding box dimension", "int_mask_bb_dim", summary.intensityBox),
            ("Morph. mask bounding box dimension", "morph_mask_bb_dim", summary.morphologicalBox),
        ] {
            numbers.append(("\(prefix) x", "\(tag)_x", Double(extent.x)))
            numbers.append(("\(prefix) y", "\(tag)_y", Double(extent.y)))
            numbers.append(("\(prefix) z", "\(tag)_z", Double(extent.z)))
        }
        numbers += [
            ("Int. mask voxel count", "int_mask_vox_count", Double(summary.intensityVoxels)),
            ("Morph. mask voxel count", "morph_mask_vox_count", Double(summary.morphologicalVoxels)),
            ("Int. mask mean intensity", "int_mask_mean_int", summary.mean),
            ("Int. mask minimum intensity", "int_mask_min_int", summary.minimum),
            ("Int. mask maximum intensity", "int_mask_max_int", summary.maximum),
        ]
        return numbers.map {
            Diagnostic(family: step.family + " ROI", name: $0.0, tag: "\($0.1)_\(step.rawValue)_roi", value: $0.2)
        }
    }
}

/// Dimensions, spacing and intensities of an image, for the diagnostics of a step.
struct ImageSummary {
    private let geometry: Geometry
    private let mean: Double
    private let low: Float
    private let high: Float

    /// Describes an image as it is, or as it would be with whole intensities.
    init(_ image: Volume, rounding: Bool) {
        let summary = cintensities_summarise(image.voxels, image.voxels.count)
        let sums = rounding ? summary.whole : summary.sums
        var sum = SIMD4(sums.0, sums.1, sums.2, sums.3).sum()
        var (low, high) = (summary.low, summary.high)
        if rounding {
            (low, high) = (low.rounded(.toNearestOrEven), high.rounded(.toNearestOrEven))
            if max(-low, high) >= 0x1p22 {
                sum = image.voxels.reduce(0) { $0 + Double($1.rounded(.toNearestOrEven)) }
            }
        }
        (geometry, self.low, self.high) = (image.geometry, low, high)
        mean = sum / Double(image.voxels.count)
    }

    /// The diagnostics of the initial image and of the interpolated one, which is the same if nothing was interpolated.
    func diagnostics(then interpolated: ImageSummary?) -> [Diagnostic] {
        diagnostics(.initial) + (interpolated ?? self).diagnostics(.interpolated)
    }

    private func diagnostics(_ step: Diagnostic.Step) -> [Diagnostic] {
        let (size, spacing) = (geometry.size, geometry.spacing)
        let numbers: [(String, String, Double)] = [
            ("Image dimension x", "img_dim_x", Double(size.x)), ("Image dimension y", "img_dim_y", Double(size.y)),
            ("Image dimension z", "img_dim_z", Double(size.z)), ("Voxel dimension x", "vox_dim_x", spacing.x),
            ("Voxel dimension y", "vox_dim_y", spacing.y), ("Voxel dimension z", "vox_dim_z", spacing.z),
            ("Mean intensity", "mean_int", mean), ("Minimum intensity", "min_int", Double(low)),
            ("Maximum intensity", "max_int", Double(high)),
        ]
        return numbers.map {
            Diagnostic(family: step.family + " image", name: $0.0, tag: "\($0.1)_\(step.rawValue)_img", value: $0.2)
        }
    }
}
