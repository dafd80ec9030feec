/// A feature that both PyRadiomics and IBSI have.
public struct DialectCorrespondence: Hashable, Sendable {
    /// PyRadiomics' name without the image type: `glcm_Contrast`.
    public let pyRadiomics: String
    /// The column of this package without an aggregation: `glcm_contrast`.
    public let column: String
    /// In what the definitions differ, in a sentence; nil where they are the same.
    public let difference: String?

    /// Every such feature. PyRadiomics has 5 of 107 that IBSI does not: the maximal correlation coefficient, the total
    /// energy and three planar diameters.
    public static let all: [DialectCorrespondence] = {
        let same =
            PyRadiomicsNames.shape + PyRadiomicsNames.planarShape + PyRadiomicsNames.firstOrder
            + PyRadiomicsNames.texture
        let others = [
            ("firstorder_Energy", "statistics_energy"), ("firstorder_Kurtosis", "statistics_excess_kurtosis"),
            ("firstorder_RootMeanSquared", "statistics_root_mean_square"),
        ]
        return (same + others).map {
            DialectCorrespondence(pyRadiomics: $0.0, column: $0.1, difference: differences[$0.0])
        }
    }()

    private static let mesh =
        "PyRadiomics' marching cubes have half a table of configurations, whose surface may have holes"
    private static let axis = "PyRadiomics divides the covariance by n, IBSI by n - 1"
    private static let shift = "PyRadiomics adds voxelArrayShift to the intensities"

    private static let differences: [String: String] = [
        "firstorder_Kurtosis": "PyRadiomics' kurtosis is 3 more than IBSI's excess kurtosis",
        "firstorder_Energy": shift, "firstorder_RootMeanSquared": shift,
        "shape_MajorAxisLength": axis, "shape_MinorAxisLength": axis, "shape_LeastAxisLength": axis,
        "shape_MeshVolume": mesh, "shape_SurfaceArea": mesh, "shape_SurfaceVolumeRatio": mesh,
        "shape_Sphericity": mesh,
        "glcm_Correlation": "PyRadiomics' is 1 where there is one grey level",
        "glcm_Imc1": "PyRadiomics' is 0 where there is one grey level",
    ]
}

extension FeatureDefinition {
    /// The column without the aggregation.
    public var plainColumn: String {
        FeatureDefinition(
            family: family, aggregation: .none, name: name, ibsiID: nil, tag: "", unit: nil
        ).column
    }
}

extension PyRadiomicsSettings {
    /// The aggregation of IBSI that these settings mean for an image with one slice, or with several.
    public func aggregation(planar: Bool) -> TextureAggregation {
        switch (planar || force2D, mergesDirections) {
        case (false, false): .volumeAveraged
        case (false, true): .volumeMerged
        // One slice has the same matrices by slice; the merged aggregations need a volume.
        case (true, false): planar ? .slicesAveraged : .directionsMerged
        case (true, true): planar ? .slicesMerged : .planesMerged
        }
    }

    /// The grey levels that these settings mean for a region whose lowest intensity is known.
    public func discretisation(lowest: Double) -> Discretisation {
        binCount.map { .fixedBinNumber(count: $0) }
            ?? .fixedBinSize(width: binWidth, origin: (lowest / binWidth).rounded(.down) * binWidth)
    }
}
